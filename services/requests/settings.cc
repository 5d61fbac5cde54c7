#include "services/requests/settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace aplus::requests {
namespace settings {

std::int64_t Number(const Config& config, std::string_view name, std::int64_t fallback, std::int64_t most) {
  const std::int64_t value = config.Setting(name, fallback);
  if (value < 1 || value > most) {
    throw ConfigError(fmt::format("settings.{} is {}; it must be between 1 and {}", name, value, most));
  }
  return value;
}

Duration Seconds(const Config& config, std::string_view name, Duration fallback, Duration most) {
  const auto whole = [](Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  };
  return std::chrono::seconds(Number(config, name, whole(fallback), whole(most)));
}

}  // namespace settings

Settings Settings::From(const Config& config) {
  using settings::Number;
  using settings::Seconds;
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  Settings all;
  ClockRules& clock = all.rules.clock;
  clock.first_answer = Seconds(config, "first_answer_seconds", clock.first_answer, days(60));
  clock.next_answer = Seconds(config, "next_answer_seconds", clock.next_answer, days(90));
  clock.warning_ahead = Seconds(config, "late_warning_seconds", clock.warning_ahead, days(30));

  NeglectRules& neglect = all.rules.neglect;
  neglect.processed = Seconds(config, "close_processed_seconds", neglect.processed, days(365));
  neglect.unanswered = Seconds(config, "close_unanswered_seconds", neglect.unanswered, days(365));
  neglect.notice = Seconds(config, "close_notice_seconds", neglect.notice, days(60));
  neglect.raise = Seconds(config, "raise_unanswered_seconds", neglect.raise, days(90));
  if (neglect.notice >= std::min(neglect.processed, neglect.unanswered)) {
    throw ConfigError(
        "settings.close_notice_seconds must be less than the delays after which requests are closed");
  }

  Rules& rules = all.rules;
  rules.remind_every = Seconds(config, "remind_seconds", rules.remind_every, days(90));
  rules.unread_after = Seconds(config, "unread_answer_seconds", rules.unread_after, days(90));
  rules.file_warning = Seconds(config, "file_warning_seconds", rules.file_warning, days(14));
  // Not beyond what is promised: 15 days, 90 days, less the day that copies of keys live (P50, P51).
  rules.file_lifetime = Seconds(config, "file_lifetime_seconds", rules.file_lifetime, days(14));
  rules.request_erasure = Seconds(config, "request_erasure_seconds", rules.request_erasure, days(89));
  rules.draft_lifetime = Seconds(config, "draft_lifetime_seconds", rules.draft_lifetime, days(7));
  rules.drafts_per_person = Number(config, "drafts_per_person", rules.drafts_per_person, 1000);
  rules.files_per_message = Number(config, "files_per_message", rules.files_per_message, 100);
  rules.bytes_per_request = Number(config, "bytes_per_request", rules.bytes_per_request, 10'000'000'000);

  all.lateness_poll = Seconds(config, "lateness_poll_seconds", all.lateness_poll, minutes(1));
  all.neglect_poll = Seconds(config, "neglect_poll_seconds", all.neglect_poll, hours(1));
  all.reminder_poll = Seconds(config, "reminder_poll_seconds", all.reminder_poll, hours(12));
  all.erasure_poll = Seconds(config, "erasure_poll_seconds", all.erasure_poll, hours(1));
  all.orphan_sweep = Seconds(config, "orphan_sweep_seconds", all.orphan_sweep, days(1));
  all.reconciliation = Seconds(config, "reconciliation_seconds", all.reconciliation, days(7));
  all.housekeeping = Seconds(config, "housekeeping_seconds", all.housekeeping, days(1));
  all.live_stream = Seconds(config, "live_stream_seconds", all.live_stream, hours(1));
  return all;
}

}  // namespace aplus::requests
