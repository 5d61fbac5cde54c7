#include "services/auth/settings.h"

#include <fmt/format.h>

namespace aplus::auth {
namespace settings {

std::int64_t Number(const Config& config, std::string_view name, std::int64_t fallback, std::int64_t most) {
  const std::int64_t value = config.Setting(name, fallback);
  if (value < 1 || value > most) {
    throw ConfigError(fmt::format("settings.{} is {}; it must be between 1 and {}", name, value, most));
  }
  return value;
}

int Count(const Config& config, std::string_view name, int fallback) {
  return static_cast<int>(Number(config, name, fallback, 100'000));
}

Duration Seconds(const Config& config, std::string_view name, Duration fallback, Duration most) {
  const auto whole = [](Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  };
  return std::chrono::seconds(Number(config, name, whole(fallback), whole(most)));
}

}  // namespace settings

Settings Settings::From(const Config& config) {
  using settings::Count;
  using settings::Seconds;
  using std::chrono::days;
  using std::chrono::hours;
  Settings all;
  SessionRules& sessions = all.sessions;
  sessions.lifetime = Seconds(config, "session_lifetime_seconds", sessions.lifetime, days(7));
  sessions.administrator_idle =
      Seconds(config, "administrator_idle_seconds", sessions.administrator_idle, hours(12));
  sessions.per_person = Count(config, "sessions_per_person", sessions.per_person);
  sessions.per_shared_account = Count(config, "sessions_per_shared_account", sessions.per_shared_account);

  FactorRules& factors = all.factors;
  factors.draft_lifetime = Seconds(config, "second_factor_draft_seconds", factors.draft_lifetime, hours(1));
  factors.misses_at_once = Count(config, "second_factor_misses", factors.misses_at_once);
  factors.pause = Seconds(config, "second_factor_pause_seconds", factors.pause, hours(24));
  factors.misses_per_day = Count(config, "second_factor_misses_per_day", factors.misses_per_day);

  LinkRules& links = all.links;
  links.lifetime = Seconds(config, "login_link_seconds", links.lifetime, hours(1));
  links.live_per_account = Count(config, "login_links_live", links.live_per_account);
  links.code_tries = Count(config, "login_code_tries", links.code_tries);
  links.wait_at_most = Seconds(config, "login_wait_seconds", links.wait_at_most, hours(1));
  links.per_browser = Count(config, "login_requests_per_browser", links.per_browser);
  links.no_account_per_hour = Count(config, "no_account_mails_per_hour", links.no_account_per_hour);

  MailLimits& mails = all.mails;
  mails.at_once = Count(config, "login_mails_at_once", mails.at_once);
  mails.refill = Seconds(config, "login_mail_refill_seconds", mails.refill, days(1));
  mails.per_hour = Count(config, "login_mails_per_hour", mails.per_hour);
  mails.per_day = Count(config, "login_mails_per_day", mails.per_day);
  MailLimits& shared = all.shared_mails;
  shared.at_once = mails.at_once;
  shared.refill = mails.refill;
  shared.per_hour = Count(config, "shared_login_mails_per_hour", shared.per_hour);
  shared.per_day = Count(config, "shared_login_mails_per_day", shared.per_day);

  all.purge_every = Seconds(config, "login_purge_seconds", all.purge_every, hours(24));

  PeopleRules& people = all.people;
  people.experts = Count(config, "experts", people.experts);
  people.import_rows = Count(config, "import_rows", people.import_rows);
  people.preview_kept = Seconds(config, "import_preview_seconds", people.preview_kept, days(7));
  people.undo_kept = Seconds(config, "undo_seconds", people.undo_kept, days(365));
  people.upkeep_every = Seconds(config, "upkeep_seconds", people.upkeep_every, hours(24));
  people.anonymous_after = Seconds(config, "anonymise_seconds", people.anonymous_after, days(3650));
  InactivityRules& idle = people.inactivity;
  idle.first_warning = Seconds(config, "inactivity_first_warning_seconds", idle.first_warning, days(3650));
  idle.second_warning = Seconds(config, "inactivity_second_warning_seconds", idle.second_warning, days(3650));
  idle.deactivation = Seconds(config, "inactivity_deactivation_seconds", idle.deactivation, days(3650));
  if (idle.first_warning >= idle.second_warning || idle.second_warning >= idle.deactivation) {
    throw ConfigError(
        "settings.inactivity_*: the first warning comes before the second, and both before the end");
  }
  return all;
}

}  // namespace aplus::auth
