#include "libs/crypto/keyring.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include "libs/crypto/key_file.h"

namespace aplus {
namespace keyring {

constexpr std::string_view kActive = "active";
constexpr std::string_view kSuffix = ".key";

// One spelling per version: no sign, no leading zero.
std::optional<Keyring::Version> ParseVersion(std::string_view text) {
  Keyring::Version version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (version < 1 || text.front() == '0') return std::nullopt;
  return version;
}

tl::unexpected<Error> Refuse(const std::filesystem::path& folder, const std::string& what) {
  return Fail(Reason::kInternal, "keyring " + folder.string() + ": " + what);
}

Result<Keyring::Version> ReadActive(const std::filesystem::path& folder,
                                    const std::map<Keyring::Version, Key>& keys) {
  std::ifstream file(folder / kActive);
  if (!file) {
    if (keys.size() == 1) return keys.begin()->first;
    return Refuse(folder, "several versions and no readable file `active` that names one");
  }
  std::string text;
  std::getline(file, text);
  if (text.ends_with('\r')) text.pop_back();
  const auto version = ParseVersion(text);
  if (!version) return Refuse(folder, "`active` does not hold a version number");
  return *version;
}

}  // namespace keyring

Result<Keyring> Keyring::Make(std::map<Version, Key> keys, Version active) {
  if (!keys.contains(active)) {
    return Fail(Reason::kInternal, "keyring: active version " + std::to_string(active) + " has no key");
  }
  for (auto one = keys.begin(); one != keys.end(); ++one) {
    for (auto other = std::next(one); other != keys.end(); ++other) {
      if (one->second == other->second) {
        return Fail(Reason::kInternal, "keyring: versions " + std::to_string(one->first) + " and " +
                                           std::to_string(other->first) + " hold the same key");
      }
    }
  }
  return Keyring(std::move(keys), active);
}

Result<Keyring> Keyring::Load(const std::filesystem::path& folder) {
  std::map<Version, Key> keys;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    // Kubernetes keeps its own `..data` beside the files.
    if (name.starts_with('.') || name == keyring::kActive) continue;
    const auto version =
        name.ends_with(keyring::kSuffix)
            ? keyring::ParseVersion(std::string_view(name).substr(0, name.size() - keyring::kSuffix.size()))
            : std::nullopt;
    if (!version) return keyring::Refuse(folder, "`" + name + "` is no `<version>.key`");
    TRY(Key key, ReadKeyFile(entry->path()));
    keys.emplace(*version, std::move(key));
  }
  if (error) return keyring::Refuse(folder, error.message());
  if (keys.empty()) return keyring::Refuse(folder, "holds no key");
  TRY(const Version active, keyring::ReadActive(folder, keys));
  return Make(std::move(keys), active);
}

const Key* Keyring::Find(Version version) const {
  const auto found = keys_.find(version);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace aplus
