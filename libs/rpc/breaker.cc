#include "libs/rpc/breaker.h"

namespace aplus {
namespace breaker {

constexpr int kLeastCalls = 20;
constexpr int kTimeoutsInARow = 5;
constexpr auto kOpenFor = std::chrono::seconds(5);

std::int64_t SecondOf(SteadyTime now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace breaker

bool Breaker::Allow(SteadyTime now) {
  if (state_ == State::kClosed) return true;
  if (state_ == State::kOpen) {
    if (now < open_until_) return false;
    state_ = State::kHalfOpen;
    probes_out_ = probes_good_ = 0;
  }
  if (probes_out_ + probes_good_ >= kProbes) return false;
  ++probes_out_;
  return true;
}

void Breaker::Record(Outcome outcome, SteadyTime now) {
  const bool failed = outcome == Outcome::kFailure || outcome == Outcome::kTimeout;
  if (state_ == State::kOpen) return;  // a call from before
  if (state_ == State::kHalfOpen) {
    if (probes_out_ > 0) --probes_out_;
    if (failed) {
      Open(now);
    } else if (outcome == Outcome::kSuccess && ++probes_good_ >= kProbes) {
      Close();
    }
    return;
  }
  if (outcome == Outcome::kNothing) return;
  const std::int64_t second = breaker::SecondOf(now);
  Second& slot = window_[static_cast<std::size_t>(second % kWindowSeconds)];
  if (slot.second != second) slot = {second, 0, 0};
  ++slot.calls;
  if (failed) ++slot.failures;
  timeouts_in_a_row_ = outcome == Outcome::kTimeout ? timeouts_in_a_row_ + 1 : 0;
  if (failed && (timeouts_in_a_row_ >= breaker::kTimeoutsInARow || TooManyFailures(second))) Open(now);
}

bool Breaker::TooManyFailures(std::int64_t second) const {
  int calls = 0, failures = 0;
  for (const Second& slot : window_) {
    if (slot.second < 0 || slot.second + kWindowSeconds <= second) continue;
    calls += slot.calls;
    failures += slot.failures;
  }
  return calls >= breaker::kLeastCalls && failures * 2 >= calls;
}

void Breaker::Open(SteadyTime now) {
  state_ = State::kOpen;
  open_until_ = now + breaker::kOpenFor;
}

void Breaker::Close() {
  state_ = State::kClosed;
  window_.fill({});
  timeouts_in_a_row_ = 0;
}

}  // namespace aplus
