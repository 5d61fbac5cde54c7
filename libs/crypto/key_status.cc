#include "libs/crypto/key_status.h"

#include <fmt/format.h>

#include <set>

namespace aplus {

std::vector<std::string> KeyStatus(std::string_view service, std::string_view key, const Keyring& keyring,
                                   const std::map<Keyring::Version, std::int64_t>& sealed) {
  std::set<Keyring::Version> versions;
  for (const auto& [version, unused] : keyring.keys()) versions.insert(version);
  for (const auto& [version, unused] : sealed) versions.insert(version);
  std::vector<std::string> lines;
  for (const Keyring::Version version : versions) {
    const auto count = sealed.find(version);
    lines.push_back(
        fmt::format(R"({{"service":"{}","key":"{}","version":{},"present":{},"active":{},"sealed":{}}})",
                    service, key, version, keyring.Find(version) != nullptr,
                    version == keyring.active_version(), count == sealed.end() ? 0 : count->second));
  }
  return lines;
}

std::string KeyStatus(std::string_view service, std::string_view key, std::string_view id) {
  return fmt::format(R"({{"service":"{}","key":"{}","id":"{}","active":true}})", service, key, id);
}

}  // namespace aplus
