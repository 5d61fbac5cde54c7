// Moments, between proto and ours: microseconds, as PostgreSQL keeps them. What is finer is cut off.
#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include "libs/base/time.h"

namespace aplus {

inline Time TimeOf(const google::protobuf::Timestamp& at) {
  return Time{std::chrono::microseconds(google::protobuf::util::TimeUtil::TimestampToMicroseconds(at))};
}

inline void SetTime(Time time, google::protobuf::Timestamp& out) {
  out = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

}  // namespace aplus
