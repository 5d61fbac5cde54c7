// Moments, between proto and ours.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "libs/base/time.h"

namespace aplus::stats {

inline Time TimeOf(const google::protobuf::Timestamp& at) {
  return Time{std::chrono::seconds(at.seconds()) + std::chrono::microseconds(at.nanos() / 1000)};
}

inline void ToProto(Time time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

}  // namespace aplus::stats
