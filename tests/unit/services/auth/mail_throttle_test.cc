#include "services/auth/domain/mail_throttle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace aplus::auth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 5 / 12} + hours(17)};

// Asks at each moment and answers which mails left.
std::vector<bool> Ask(const std::vector<Time>& moments, const MailLimits& limits) {
  std::vector<Time> sent;
  std::vector<bool> allowed;
  for (const Time moment : moments) {
    allowed.push_back(MayMail(sent, moment, limits));
    if (allowed.back()) sent.push_back(moment);
  }
  return allowed;
}

struct ThrottleCase {
  const char* name;
  std::vector<seconds> ages;  // of earlier mails, oldest first
  bool may;
};

TEST(MailThrottle, P11_three_at_once_then_one_a_minute_ten_an_hour_forty_a_day) {
  std::vector<seconds> ten_in_an_hour, forty_in_a_day;
  for (int i = 10; i > 0; --i) ten_in_an_hour.push_back(minutes(5 * i + 5));
  for (int i = 40; i > 0; --i) forty_in_a_day.push_back(minutes(30 * i));
  std::vector<seconds> ten_but_one_too_old = ten_in_an_hour;
  ten_but_one_too_old.front() = minutes(61);
  std::vector<seconds> forty_but_one_too_old = forty_in_a_day;
  forty_but_one_too_old.front() = hours(24);

  const std::vector<ThrottleCase> cases{
      {"never", {}, true},
      {"one just now", {seconds(0)}, true},
      {"two just now", {seconds(0), seconds(0)}, true},
      {"three just now", {seconds(0), seconds(0), seconds(0)}, false},
      {"three a minute ago", {seconds(60), seconds(60), seconds(60)}, true},
      {"three 59 s ago", {seconds(59), seconds(59), seconds(59)}, false},
      {"three, and one since", {seconds(60), seconds(60), seconds(60), seconds(0)}, false},
      {"three two minutes ago, one since", {seconds(120), seconds(120), seconds(120), seconds(10)}, true},
      {"full again after three minutes",
       {seconds(180), seconds(180), seconds(180), seconds(0), seconds(0)},
       true},
      {"ten within the hour", ten_in_an_hour, false},
      {"nine within the hour", ten_but_one_too_old, true},
      {"forty within the day", forty_in_a_day, false},
      {"thirty-nine within the day", forty_but_one_too_old, true},
      {"one of the future counts as now", {seconds(-5), seconds(-5), seconds(-5)}, false},
  };
  for (const ThrottleCase& c : cases) {
    std::vector<Time> sent;
    for (const seconds age : c.ages) sent.push_back(kNow - age);
    EXPECT_EQ(MayMail(sent, kNow, {}), c.may) << c.name;
  }
}

TEST(MailThrottle, P11_asking_without_end_gets_ten_an_hour_and_forty_a_day) {
  std::vector<Time> every_five_seconds;
  for (int i = 0; i < 24 * 720; ++i) every_five_seconds.push_back(kNow + seconds(5 * i));
  const auto count = [&](const MailLimits& limits, std::size_t steps) {
    const std::vector<bool> allowed =
        Ask({every_five_seconds.begin(), every_five_seconds.begin() + static_cast<std::ptrdiff_t>(steps)},
            limits);
    return std::count(allowed.begin(), allowed.end(), true);
  };
  EXPECT_EQ(count({}, 12), 3);    // the first minute
  EXPECT_EQ(count({}, 720), 10);  // the first hour
  EXPECT_EQ(count({}, 24 * 720), 40);
  EXPECT_EQ(count(MailLimits::ForShared(), 720), 60);
}

}  // namespace
}  // namespace aplus::auth
