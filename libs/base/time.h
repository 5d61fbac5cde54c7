// Points in time as PostgreSQL keeps them (microseconds, UTC), and the clock that is injected everywhere.
// Business time comes from the database's clock_timestamp(); this clock is for ids, timers and tokens.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aplus {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// The system's wall clock. Thread-safe.
class SystemClock final : public Clock {
 public:
  Time Now() const override;
};

// A clock that stands until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time now) : now_(now) {}
  Time Now() const override { return now_; }
  void Advance(Duration by) { now_ += by; }
  void Set(Time now) { now_ = now; }

 private:
  Time now_;
};

// RFC 3339 in UTC, "2026-05-12T15:00:00Z", with up to six decimals where needed. Years 0 to 9999.
std::string FormatTime(Time time);
// nullopt unless RFC 3339. Any offset; finer than a microsecond is cut off; no leap seconds (neither protobuf
// nor std::chrono has them).
std::optional<Time> ParseTime(std::string_view text);

}  // namespace aplus
