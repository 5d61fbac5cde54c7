// The delays and limits of auth, each with the default that the product rules give it.
#pragma once

#include "libs/base/time.h"
#include "libs/runtime/config.h"
#include "services/auth/acts/office.h"
#include "services/auth/domain/login_link.h"
#include "services/auth/domain/mail_throttle.h"
#include "services/auth/domain/second_factor.h"
#include "services/auth/domain/session_rules.h"

namespace aplus::auth {

struct Settings {
  LinkRules links;
  SessionRules sessions;
  FactorRules factors;
  MailLimits mails;
  MailLimits shared_mails = MailLimits::ForShared();
  Duration purge_every = std::chrono::minutes(10);
  PeopleRules people;

  // Under "settings": session_lifetime_seconds, administrator_idle_seconds, sessions_per_person,
  // sessions_per_shared_account, login_link_seconds, login_links_live, login_code_tries, login_wait_seconds,
  // login_requests_per_browser, login_mails_at_once, login_mail_refill_seconds, login_mails_per_hour,
  // login_mails_per_day, shared_login_mails_per_hour, shared_login_mails_per_day, no_account_mails_per_hour,
  // login_purge_seconds, second_factor_draft_seconds, second_factor_misses, second_factor_pause_seconds,
  // second_factor_misses_per_day, experts, import_rows, import_preview_seconds, undo_seconds,
  // inactivity_first_warning_seconds, inactivity_second_warning_seconds, inactivity_deactivation_seconds,
  // upkeep_seconds. ConfigError when one is out of its range.
  static Settings From(const Config& config);
};

}  // namespace aplus::auth
