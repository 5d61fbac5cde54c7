#include "libs/runtime/config.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <variant>

#include "libs/runtime/secret_file.h"

namespace aplus {

struct ConfigSection::Value {
  using Object = std::map<std::string, std::shared_ptr<const Value>, std::less<>>;
  using Array = std::vector<std::shared_ptr<const Value>>;
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> data;

  // A copy of our own, so that simdjson's parser need not live on. ConfigError on a key given twice.
  static std::shared_ptr<const Value> From(const simdjson::dom::element& element, const std::string& file,
                                           const std::string& path) {
    auto value = std::make_shared<Value>();
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY: {
        Array array;
        for (auto item : simdjson::dom::array(element)) array.push_back(From(item, file, path + "[]"));
        value->data = std::move(array);
        break;
      }
      case simdjson::dom::element_type::OBJECT: {
        Object object;
        for (auto [key, item] : simdjson::dom::object(element)) {
          std::string inner = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
          if (!object.emplace(std::string(key), From(item, file, inner)).second) {
            throw ConfigError(fmt::format("{}: {} stands there twice", file, inner));
          }
        }
        value->data = std::move(object);
        break;
      }
      case simdjson::dom::element_type::INT64:
        value->data = std::int64_t(element);
        break;
      case simdjson::dom::element_type::UINT64:
        throw ConfigError(file + ": " + path + " is too large a number");
      case simdjson::dom::element_type::DOUBLE:
        value->data = double(element);
        break;
      case simdjson::dom::element_type::STRING:
        value->data = std::string(std::string_view(element));
        break;
      case simdjson::dom::element_type::BOOL:
        value->data = bool(element);
        break;
      case simdjson::dom::element_type::NULL_VALUE:
        value->data = nullptr;
        break;
    }
    return value;
  }

  const Object& object() const { return std::get<Object>(data); }
};

ConfigSection::ConfigSection(std::shared_ptr<const Value> value, std::string path, std::string file)
    : value_(std::move(value)), path_(std::move(path)), file_(std::move(file)) {}

const ConfigSection::Value* ConfigSection::Find(std::string_view key) const {
  const auto& object = value_->object();
  auto found = object.find(key);
  return found == object.end() ? nullptr : found->second.get();
}

void ConfigSection::Refuse(std::string_view key, std::string_view expected) const {
  std::string where = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  throw ConfigError(file_ + ": " + where + " " + std::string(expected));
}

const ConfigSection::Value& ConfigSection::Need(std::string_view key) const {
  const Value* value = Find(key);
  if (value == nullptr) Refuse(key, "is missing");
  return *value;
}

bool ConfigSection::Has(std::string_view key) const { return Find(key) != nullptr; }

std::vector<std::string> ConfigSection::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : value_->object()) keys.push_back(key);
  return keys;
}

std::string ConfigSection::Text(std::string_view key) const {
  const auto* text = std::get_if<std::string>(&Need(key).data);
  if (text == nullptr) Refuse(key, "must be a text");
  if (text->empty()) Refuse(key, "is empty");
  return *text;
}

std::int64_t ConfigSection::Int(std::string_view key) const {
  const auto* number = std::get_if<std::int64_t>(&Need(key).data);
  if (number == nullptr) Refuse(key, "must be a whole number");
  return *number;
}

bool ConfigSection::Bool(std::string_view key) const {
  const auto* value = std::get_if<bool>(&Need(key).data);
  if (value == nullptr) Refuse(key, "must be true or false");
  return *value;
}

std::vector<std::string> ConfigSection::TextList(std::string_view key) const {
  const auto* array = std::get_if<Value::Array>(&Need(key).data);
  if (array == nullptr) Refuse(key, "must be a list of texts");
  std::vector<std::string> list;
  for (const auto& item : *array) {
    const auto* text = std::get_if<std::string>(&item->data);
    if (text == nullptr) Refuse(key, "must be a list of texts");
    list.push_back(*text);
  }
  return list;
}

ConfigSection ConfigSection::Section(std::string_view key) const {
  Need(key);
  return *FindSection(key);
}

std::optional<ConfigSection> ConfigSection::FindSection(std::string_view key) const {
  const auto& object = value_->object();
  auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (!std::holds_alternative<Value::Object>(found->second->data)) Refuse(key, "must be an object");
  std::string inner = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  return ConfigSection(found->second, std::move(inner), file_);
}

std::vector<ConfigSection> ConfigSection::SectionList(std::string_view key) const {
  const auto* array = std::get_if<Value::Array>(&Need(key).data);
  if (array == nullptr) Refuse(key, "must be a list of objects");
  std::vector<ConfigSection> list;
  for (const auto& item : *array) {
    if (!std::holds_alternative<Value::Object>(item->data)) Refuse(key, "must be a list of objects");
    std::string inner =
        (path_.empty() ? "" : path_ + ".") + std::string(key) + "[" + std::to_string(list.size()) + "]";
    list.push_back(ConfigSection(item, std::move(inner), file_));
  }
  return list;
}

std::string ConfigSection::TextOr(std::string_view key, std::string_view fallback) const {
  const Value* value = Find(key);
  if (value == nullptr) return std::string(fallback);
  const auto* text = std::get_if<std::string>(&value->data);
  if (text == nullptr) Refuse(key, "must be a text");
  return *text;
}

std::int64_t ConfigSection::IntOr(std::string_view key, std::int64_t fallback) const {
  return Has(key) ? Int(key) : fallback;
}

bool ConfigSection::BoolOr(std::string_view key, bool fallback) const {
  return Has(key) ? Bool(key) : fallback;
}

std::vector<std::string> ConfigSection::TextListOr(std::string_view key,
                                                   std::vector<std::string> fallback) const {
  return Has(key) ? TextList(key) : std::move(fallback);
}

SecretString ConfigSection::SecretFile(std::string_view key) const {
  try {
    return ReadSecretFile(Text(key));
  } catch (const ConfigError& error) {
    if (!Has(key)) throw;
    Refuse(key, std::string(": ") + error.what());
  }
}

DatabaseConfig DatabaseConfig::Copy() const {
  return {host, port, name, user, password.Copy(), owner_user, owner_password.Copy()};
}

Config::Config(ConfigSection root)
    : root_(std::move(root)), asked_(std::make_shared<std::set<std::string, std::less<>>>()) {
  constexpr std::array<std::string_view, 19> kKnown = {
      "service",  "environment",     "listen",   "admin_listen", "public_url", "tls",   "database",
      "keystore", "redis",           "services", "secrets",      "smtp",       "files", "gateway",
      "settings", "common_settings", "log",      "proconnect",   "audit"};
  for (const std::string& key : root_.Keys()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end())
      root_.Refuse(key, "is not a known section");
  }
  service_ = root_.Text("service");
  environment_ = root_.Text("environment");
  listen_ = root_.Text("listen");
  admin_listen_ = root_.Text("admin_listen");
  ConfigSection tls = root_.Section("tls");
  tls_ = {tls.Text("ca"), tls.Text("certificate"), tls.Text("key")};
  // Found out now rather than at the first use.
  log_level();
  for (const std::string_view section : {"settings", "common_settings"}) {
    const auto settings = root_.FindSection(section);
    if (!settings) continue;
    for (const std::string& name : settings->Keys()) settings->Int(name);
  }
  if (auto services = root_.FindSection("services")) {
    for (const std::string& name : services->Keys()) ParseHostPort(services->Text(name));
  }
}

Config Config::Parse(std::string_view json, const std::string& path) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (auto error = parser.parse(simdjson::padded_string(json)).get(document)) {
    throw ConfigError(path + ": not valid JSON: " + simdjson::error_message(error));
  }
  if (!document.is_object()) throw ConfigError(path + ": must be one JSON object");
  return Config(ConfigSection(ConfigSection::Value::From(document, path, ""), "", path));
}

Config Config::Load(const std::string& path) { return Parse(ReadWholeFile(path), path); }

DatabaseConfig Config::Database(std::string_view section_name) const {
  ConfigSection section = root_.Section(section_name);
  DatabaseConfig database;
  database.host = section.Text("host");
  const std::int64_t port = section.IntOr("port", 5432);
  if (port < 1 || port > 65535) section.Refuse("port", "must be a port number");
  database.port = static_cast<std::uint16_t>(port);
  database.name = section.Text("name");
  database.user = section.Text("user");
  database.password = section.SecretFile("password_file");
  if (section.Has("owner_user")) {
    database.owner_user = section.Text("owner_user");
    database.owner_password = section.SecretFile("owner_password_file");
  }
  return database;
}

RedisConfig Config::redis() const {
  ConfigSection section = root_.Section("redis");
  RedisConfig redis;
  redis.host = section.Text("host");
  const std::int64_t port = section.IntOr("port", 6379);
  if (port < 1 || port > 65535) section.Refuse("port", "must be a port number");
  redis.port = static_cast<std::uint16_t>(port);
  redis.user = section.Text("user");
  redis.password = section.SecretFile("password_file");
  return redis;
}

std::string Config::public_url() const {
  std::string url = root_.Text("public_url");
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    root_.Refuse("public_url", "must begin with http:// or https://");
  }
  return url;
}

std::string Config::ServiceAddress(std::string_view service) const {
  return root_.Section("services").Text(service);
}

SecretString Config::LoadSecret(std::string_view name) const {
  return root_.Section("secrets").SecretFile(name);
}

std::string Config::SecretPath(std::string_view name) const {
  ConfigSection secrets = root_.Section("secrets");
  secrets.SecretFile(name);
  return secrets.Text(name);
}

std::int64_t Config::Setting(std::string_view name, std::int64_t fallback) const {
  asked_->emplace(name);
  for (const std::string_view section : {"settings", "common_settings"}) {
    const auto settings = root_.FindSection(section);
    if (settings && settings->Has(name)) return settings->Int(name);
  }
  return fallback;
}

void Config::RefuseUnknown() const {
  constexpr std::array<std::string_view, 6> kServices = {"auth",          "requests", "files",
                                                         "notifications", "stats",    "gateway"};
  if (const auto settings = root_.FindSection("settings")) {
    for (const std::string& name : settings->Keys()) {
      if (asked_->contains(name)) continue;
      std::string known;
      for (const std::string& one : *asked_) known += (known.empty() ? "" : ", ") + one;
      settings->Refuse(name, "is not a setting of " + service_ + ", which knows: " + known);
    }
  }
  if (const auto services = root_.FindSection("services")) {
    for (const std::string& name : services->Keys()) {
      if (std::find(kServices.begin(), kServices.end(), name) == kServices.end())
        services->Refuse(name, "is not a known service");
    }
  }
}

std::string Config::log_level() const {
  auto section = root_.FindSection("log");
  std::string level = section ? section->TextOr("level", "info") : "info";
  for (std::string_view known : {"debug", "info", "warn", "error"}) {
    if (level == known) return level;
  }
  section->Refuse("level", "must be debug, info, warn or error");
}

HostPort ParseHostPort(std::string_view text) {
  const auto refuse = [&] {
    return ConfigError("not an address of the form host:port: \"" + std::string(text) + "\"");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw refuse();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    throw refuse();
  }
  int port = 0;
  for (char c : digits) port = port * 10 + (c - '0');
  if (port > 65535) throw refuse();
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw refuse();
  }
  if (host.empty()) throw refuse();
  return {std::string(host), static_cast<std::uint16_t>(port)};
}

}  // namespace aplus
