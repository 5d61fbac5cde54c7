#include "services/auth/domain/mail_throttle.h"

#include <algorithm>
#include <optional>

namespace aplus::auth {
namespace mail_throttle {

// What is left in a bucket of `limits.at_once` that regains one every `limits.refill`, in parts of a mail so
// that nothing is rounded: one mail costs `refill` microseconds of waiting.
class Bucket {
 public:
  explicit Bucket(const MailLimits& limits)
      : cost_(std::max(limits.refill, Duration(1))), capacity_(cost_ * limits.at_once), level_(capacity_) {}

  void Pass(Duration time) { level_ = std::min(capacity_, level_ + std::min(time, capacity_)); }
  void Take() { level_ = std::max(Duration(0), level_ - cost_); }
  bool HasOne() const { return level_ >= cost_; }

 private:
  Duration cost_, capacity_, level_;
};

}  // namespace mail_throttle

bool MayMail(std::span<const Time> sent, Time now, const MailLimits& limits) {
  mail_throttle::Bucket bucket(limits);
  int in_hour = 0;
  int in_day = 0;
  std::optional<Time> at;
  for (const Time mail : sent) {
    const Time moment = std::min(mail, now);
    if (now - moment >= std::chrono::days(1)) continue;
    ++in_day;
    if (now - moment < std::chrono::hours(1)) ++in_hour;
    if (at) bucket.Pass(moment - *at);
    bucket.Take();
    at = moment;
  }
  if (at) bucket.Pass(now - *at);
  return bucket.HasOne() && in_hour < limits.per_hour && in_day < limits.per_day;
}

}  // namespace aplus::auth
