// Rows as messages.
#pragma once

#include <optional>

#include "aplus/notifications/v1/notifications.pb.h"
#include "libs/rpc/timestamp.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

// The enums count alike but for UNSPECIFIED, which field rules refuse.
inline v1::Frequency ToProto(Frequency frequency) {
  switch (frequency) {
    case Frequency::kEach:
      return v1::FREQUENCY_EACH;
    case Frequency::kTwiceADay:
      return v1::FREQUENCY_TWICE_A_DAY;
    case Frequency::kDaily:
      return v1::FREQUENCY_DAILY;
    case Frequency::kNone:
      return v1::FREQUENCY_NONE;
  }
  return v1::FREQUENCY_UNSPECIFIED;
}

inline std::optional<Frequency> FromProto(v1::Frequency frequency) {
  switch (frequency) {
    case v1::FREQUENCY_EACH:
      return Frequency::kEach;
    case v1::FREQUENCY_TWICE_A_DAY:
      return Frequency::kTwiceADay;
    case v1::FREQUENCY_DAILY:
      return Frequency::kDaily;
    case v1::FREQUENCY_NONE:
      return Frequency::kNone;
    default:
      return std::nullopt;
  }
}

inline void ToProto(const NoticeRow& row, v1::ListNotificationsResponse::Notification& out) {
  out.set_id(row.id.ToString());
  SetTime(row.at, *out.mutable_at());
  out.set_kind(std::string(Describe(row.kind).code));
  if (row.request) out.set_request_id(row.request->ToString());
  out.set_request_number(row.number);
}

}  // namespace aplus::notifications
