// The configuration of notifications, checked at start-up.
#pragma once

#include "libs/runtime/config.h"
#include "services/notifications/jobs/housekeeping.h"
#include "services/notifications/jobs/mailer.h"
#include "services/notifications/rpc/head_mail.h"

namespace aplus::notifications {

struct Settings {
  // ConfigError names what is wrong. Under "smtp": host, port, from, and optionally from_name, bounce,
  // starttls (true; false only towards this machine itself), ca, user, password_file, hello_name. Under
  // "settings", with the defaults of PRODUCT and SECURITY 2.12: mail_retry_unit_ms (60 000; waits are 1, 5,
  // 15, 30, 60 units), mail_give_up_seconds, login_mail_retry_unit_ms (1 000; 5, 15, 30, 60, 120 units),
  // login_mail_give_up_seconds, smtp_step_seconds, mail_sending_limit_seconds, mail_lease_seconds,
  // mail_poll_ms, mails_per_connection, digest_every_seconds (0: at the hours of P72), mail_keep_days,
  // notice_keep_days, alarms_every_seconds, audit_head_mail_seconds (how often it is looked whether the day's
  // mail is due). Under "audit", optional: security_officer, whom the day's signed heads are mailed to.
  static Settings From(const Config& config);

  MailerOptions mailer;
  HousekeepingOptions housekeeping;
  Duration alarms_every = std::chrono::seconds(10);
  HeadMailOptions head_mail;
};

}  // namespace aplus::notifications
