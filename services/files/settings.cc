#include "services/files/settings.h"

#include <fmt/format.h>

namespace aplus::files {
namespace settings {

std::int64_t Number(const Config& config, std::string_view name, std::int64_t fallback, std::int64_t most) {
  const std::int64_t value = config.Setting(name, fallback);
  if (value < 1 || value > most) {
    throw ConfigError(fmt::format("settings.{} is {}; it must be between 1 and {}", name, value, most));
  }
  return value;
}

void ReadSeconds(const Config& config, std::string_view name, Duration& duration, Duration most) {
  using std::chrono::seconds;
  duration = seconds(Number(config, name, std::chrono::duration_cast<seconds>(duration).count(),
                            std::chrono::duration_cast<seconds>(most).count()));
}

}  // namespace settings

Settings Settings::From(const Config& config) {
  using settings::ReadSeconds;
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  Settings all;
  Rules& rules = all.rules;
  // An upload's checks and limits are made for files of some megabytes.
  rules.max_bytes = static_cast<std::uint64_t>(
      settings::Number(config, "file_max_bytes", static_cast<std::int64_t>(rules.max_bytes), 100'000'000));
  // P50 promises fifteen days; a key may live fourteen.
  ReadSeconds(config, "file_lifetime_seconds", rules.lifetime, days(14));
  ReadSeconds(config, "erasure_poll_seconds", rules.erasure_poll, hours(1));
  ReadSeconds(config, "upload_lease_seconds", rules.upload_lease, minutes(10));
  ReadSeconds(config, "upload_sweep_seconds", rules.sweep_every, hours(1));
  ReadSeconds(config, "orphan_seconds", rules.orphan_age, days(1));
  ReadSeconds(config, "scan_limit_seconds", rules.scan_limit, minutes(1));
  const ConfigSection files = config.Section("files");
  all.directory = files.Text("directory");
  if (files.Has("clamd")) all.clamd = files.Text("clamd");
  return all;
}

}  // namespace aplus::files
