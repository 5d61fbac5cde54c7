// A process's configuration: one JSON file named by --config, read once at start-up.
//
//   {"service": "requests", "environment": "demo",
//    "listen": "127.0.0.1:7002", "admin_listen": "127.0.0.1:7102", "public_url": "http://127.0.0.1:8080",
//    "tls": {"ca": "…/ca.pem", "certificate": "…/requests.pem", "key": "…/requests.key"},
//    "database": {"host": …, "port": …, "name": …, "user": …, "password_file": …,
//                 "owner_user": …, "owner_password_file": …},
//    "keystore": {as database}, "redis": {"host", "port", "user", "password_file"},
//    "services": {"auth": "127.0.0.1:7001", …}, "secrets": {"kek": "…/kek"},
//    "smtp": {…}, "files": {…}, "gateway": {…}, "proconnect": {…}, "audit": {…},
//    "settings": {"file_lifetime_seconds": 3600},
//    "common_settings": {"drain_delay_ms": 0}, "log": {"level": "info"}}
//
// Secrets are never in it, only the paths of files that hold them; such a file is refused when it is empty or
// when anyone but its owner could read it (T-CFG-01). Unknown keys at the top level are refused, because a
// misspelt section would silently mean its default; so are settings that the process never asks for, once it
// is built (RefuseUnknown). `common_settings` may be the same for every process: each takes what it knows,
// and its own `settings` win.
//
// Everything here is for start-up and throws ConfigError with a sentence that names the file, the key and
// what is expected. Immutable afterwards, so it may be read from any thread; only
// Setting() is for one thread at start-up, because it remembers what was asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/secret.h"

namespace aplus {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One JSON object of the file. Cheap to copy; keeps the document alive.
class ConfigSection {
 public:
  bool Has(std::string_view key) const;
  std::vector<std::string> Keys() const;

  // Required values. ConfigError when missing, empty or of another type.
  std::string Text(std::string_view key) const;
  std::int64_t Int(std::string_view key) const;
  bool Bool(std::string_view key) const;
  std::vector<std::string> TextList(std::string_view key) const;
  ConfigSection Section(std::string_view key) const;
  std::vector<ConfigSection> SectionList(std::string_view key) const;

  // The fallback when absent; ConfigError when present and of another type.
  std::string TextOr(std::string_view key, std::string_view fallback) const;
  std::int64_t IntOr(std::string_view key, std::int64_t fallback) const;
  bool BoolOr(std::string_view key, bool fallback) const;
  std::vector<std::string> TextListOr(std::string_view key, std::vector<std::string> fallback) const;
  std::optional<ConfigSection> FindSection(std::string_view key) const;

  // The contents of the secret file whose path stands under `key` (libs/runtime/secret_file.h).
  SecretString SecretFile(std::string_view key) const;

  // Where this section stands, for messages: "smtp" or "files.s3".
  const std::string& path() const { return path_; }

 private:
  friend class Config;
  struct Value;
  ConfigSection(std::shared_ptr<const Value> value, std::string path, std::string file);
  const Value* Find(std::string_view key) const;
  const Value& Need(std::string_view key) const;
  [[noreturn]] void Refuse(std::string_view key, std::string_view expected) const;

  std::shared_ptr<const Value> value_;
  std::string path_;
  std::string file_;
};

struct TlsConfig {
  std::string ca, certificate, key;  // paths; re-read while the process runs
};

struct DatabaseConfig {
  std::string host;  // name, address, or folder of a Unix socket
  std::uint16_t port = 5432;
  std::string name;
  std::string user;
  SecretString password;
  // For migrations only; empty when the file does not give them.
  std::string owner_user;
  SecretString owner_password;

  DatabaseConfig Copy() const;
};

struct RedisConfig {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;
  SecretString password;
};

class Config {
 public:
  // Reads and checks the file. ConfigError on anything wrong.
  static Config Load(const std::string& path);
  // The same from text, for tests; `path` only stands in messages.
  static Config Parse(std::string_view json, const std::string& path);

  const std::string& service() const { return service_; }
  const std::string& environment() const { return environment_; }
  const std::string& listen() const { return listen_; }
  const std::string& admin_listen() const { return admin_listen_; }
  // Without a slash at its end. ConfigError when absent.
  std::string public_url() const;
  const TlsConfig& tls() const { return tls_; }

  // ConfigError when the section is absent or incomplete.
  DatabaseConfig database() const { return Database("database"); }
  DatabaseConfig keystore() const { return Database("keystore"); }
  RedisConfig redis() const;

  // "host:port" of a service. ConfigError when not listed.
  std::string ServiceAddress(std::string_view service) const;
  // The contents of a file listed under "secrets".
  SecretString LoadSecret(std::string_view name) const;
  // Its path, for keys that are read by a library of their own; checked like a secret file.
  std::string SecretPath(std::string_view name) const;
  // A number under "settings" or "common_settings" (delays and limits of PRODUCT.md), or its default.
  std::int64_t Setting(std::string_view name, std::int64_t fallback) const;
  // To be called when everything has asked for its settings: ConfigError when one stands in the file that
  // nobody asked for, or when "services" names a service that does not exist.
  void RefuseUnknown() const;
  // A free section: "smtp", "files", "gateway". ConfigError when absent.
  ConfigSection Section(std::string_view name) const { return root_.Section(name); }
  const ConfigSection& root() const { return root_; }
  // "debug", "info", "warn" or "error".
  std::string log_level() const;

 private:
  explicit Config(ConfigSection root);
  DatabaseConfig Database(std::string_view section) const;

  ConfigSection root_;
  std::string service_, environment_, listen_, admin_listen_;
  TlsConfig tls_;
  // Names given to Setting(); shared by the copies of one configuration.
  std::shared_ptr<std::set<std::string, std::less<>>> asked_;
};

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
// "127.0.0.1:7001", "[::1]:7001", "auth.aplus.svc:7001". ConfigError otherwise.
HostPort ParseHostPort(std::string_view text);

}  // namespace aplus
