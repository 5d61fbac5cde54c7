// When not to call a backend at all (SECURITY 3.3). Both are plain state machines with the time passed in;
// one io thread.
#pragma once

#include <array>
#include <cstdint>

#include "libs/runtime/task.h"

namespace aplus {

// Opens at 50 % failures of at least 20 calls in ten seconds, or at five timeouts in a row; lets three probes
// through after five seconds and closes when all of them have succeeded.
class Breaker {
 public:
  enum class Outcome { kSuccess, kFailure, kTimeout, kNothing };

  // Whether a call may be made now; each call let through must be Recorded.
  bool Allow(SteadyTime now);
  // kNothing: the call was given up for reasons of our own and says nothing about the backend.
  void Record(Outcome outcome, SteadyTime now);
  bool IsOpen(SteadyTime now) const { return state_ == State::kOpen && now < open_until_; }

 private:
  enum class State { kClosed, kOpen, kHalfOpen };
  struct Second {
    std::int64_t second = -1;
    int calls = 0, failures = 0;
  };
  static constexpr int kProbes = 3;
  static constexpr int kWindowSeconds = 10;

  void Open(SteadyTime now);
  void Close();
  bool TooManyFailures(std::int64_t second) const;

  State state_ = State::kClosed;
  SteadyTime open_until_{};
  std::array<Second, kWindowSeconds> window_{};
  int timeouts_in_a_row_ = 0;
  int probes_out_ = 0, probes_good_ = 0;
};

// Retries may add a tenth to the load, with ten saved up at most: otherwise they would keep a weak backend
// down.
class RetryBudget {
 public:
  void OnCall() { tenths_ = tenths_ + 1 > kMostTenths ? kMostTenths : tenths_ + 1; }
  bool TakeRetry() {
    if (tenths_ < 10) return false;
    tenths_ -= 10;
    return true;
  }

 private:
  static constexpr int kMostTenths = 100;
  int tenths_ = kMostTenths;
};

}  // namespace aplus
