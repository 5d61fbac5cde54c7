#include "services/notifications/settings.h"

#include <fmt/format.h>

#include "services/notifications/domain/encoding.h"

namespace aplus::notifications {
namespace settings {

std::int64_t Number(const Config& config, std::string_view name, std::int64_t fallback, std::int64_t least,
                    std::int64_t most) {
  const std::int64_t value = config.Setting(name, fallback);
  if (value < least || value > most) {
    throw ConfigError(
        fmt::format("settings.{} is {}; it must be between {} and {}", name, value, least, most));
  }
  return value;
}

std::string Address(const ConfigSection& section, std::string_view key, std::string value) {
  if (!IsPlainAddress(value)) {
    throw ConfigError(
        fmt::format("{}.{} must be an e-mail address such as name@example.fr", section.path(), key));
  }
  return value;
}

bool IsThisMachine(const std::string& host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost";
}

smtp::Relay RelayOf(const Config& config, const ConfigSection& section) {
  smtp::Relay relay;
  relay.host = section.Text("host");
  const std::int64_t port = section.Int("port");
  if (port < 1 || port > 65'535) throw ConfigError("smtp.port must be between 1 and 65535");
  relay.port = static_cast<std::uint16_t>(port);
  const bool starttls = section.BoolOr("starttls", true);
  if (!starttls && !IsThisMachine(relay.host)) {
    throw ConfigError(
        "smtp.starttls may be false only when smtp.host is this machine: mails hold login links");
  }
  relay.tls = starttls ? smtp::Tls::kRequired : smtp::Tls::kNone;
  relay.ca_file = section.TextOr("ca", "");
  relay.user = section.TextOr("user", "");
  if (!relay.user.empty()) relay.password = section.SecretFile("password_file");
  relay.hello_name = section.TextOr("hello_name", "localhost");
  relay.step_limit = std::chrono::seconds(Number(config, "smtp_step_seconds", 30, 1, 300));
  return relay;
}

RetrySchedule Scaled(RetrySchedule schedule, Duration unit, Duration default_unit, Duration give_up) {
  for (Duration& wait : schedule.waits) wait = wait / default_unit * unit;
  schedule.give_up_after = give_up;
  return schedule;
}

}  // namespace settings

Settings Settings::From(const Config& config) {
  using settings::Number;
  using std::chrono::days;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const ConfigSection section = config.Section("smtp");
  Settings all;
  MailerOptions& mailer = all.mailer;
  mailer.relay = settings::RelayOf(config, section);
  mailer.from_name = section.TextOr("from_name", "aplus");
  mailer.site = {config.public_url(), mailer.from_name};
  mailer.from_address = settings::Address(section, "from", section.Text("from"));
  if (section.Has("bounce"))
    mailer.bounce_address = settings::Address(section, "bounce", section.Text("bounce"));
  mailer.others = settings::Scaled(
      RetrySchedule::ForOthers(), milliseconds(Number(config, "mail_retry_unit_ms", 60'000, 1, 3'600'000)),
      minutes(1), seconds(Number(config, "mail_give_up_seconds", 172'800, 1, 1'000'000)));
  mailer.login = settings::Scaled(
      RetrySchedule::ForLogin(), milliseconds(Number(config, "login_mail_retry_unit_ms", 1'000, 1, 60'000)),
      seconds(1), seconds(Number(config, "login_mail_give_up_seconds", 600, 1, 3'600)));
  mailer.sending_limit = seconds(Number(config, "mail_sending_limit_seconds", 120, 1, 3'600));
  mailer.lease = seconds(Number(config, "mail_lease_seconds", 60, 1, 3'600));
  mailer.poll = milliseconds(Number(config, "mail_poll_ms", 1'000, 10, 60'000));
  mailer.mails_per_connection = static_cast<int>(Number(config, "mails_per_connection", 100, 1, 10'000));

  HousekeepingOptions& housekeeping = all.housekeeping;
  housekeeping.hours.every = seconds(Number(config, "digest_every_seconds", 0, 0, 86'400));
  housekeeping.sending_limit = mailer.sending_limit;
  housekeeping.keep_mails = days(Number(config, "mail_keep_days", 30, 1, 365));
  housekeeping.keep_notices = days(Number(config, "notice_keep_days", 60, 1, 365));
  all.alarms_every = seconds(Number(config, "alarms_every_seconds", 10, 1, 3'600));
  all.head_mail.poll = seconds(Number(config, "audit_head_mail_seconds", 600, 1, 86'400));
  if (const auto audit = config.root().FindSection("audit")) {
    all.head_mail.address = settings::Address(*audit, "security_officer", audit->Text("security_officer"));
  }
  return all;
}

}  // namespace aplus::notifications
