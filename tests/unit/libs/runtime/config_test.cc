#include "libs/runtime/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/runtime/secret_file.h"

namespace aplus {
namespace {

using ::testing::HasSubstr;

const char* const kMinimal = R"("service": "requests", "environment": "test", "listen": "127.0.0.1:0",
  "admin_listen": "127.0.0.1:0", "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem"})";

Config With(const std::string& more) {
  return Config::Parse("{" + std::string(kMinimal) + (more.empty() ? "" : ", " + more) + "}", "test.json");
}

// The message of the ConfigError that `act` must throw.
template <class Act>
std::string Refusal(Act act) {
  try {
    act();
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

class SecretFiles : public ::testing::Test {
 protected:
  SecretFiles()
      : folder_(std::filesystem::temp_directory_path() / ("aplus-config-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~SecretFiles() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& contents, mode_t mode = 0600) {
    const std::string path = folder_ / name;
    std::ofstream(path) << contents;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path folder_;
};

TEST(Config, ReadsWhatIsThere) {
  Config config = With(R"("public_url": "http://localhost:8080/", "services": {"auth": "127.0.0.1:7001"},
                          "settings": {"late_hours": 72}, "log": {"level": "debug"},
                          "smtp": {"host": "mail", "port": 25, "starttls": true, "to": ["a", "b"],
                                   "relays": [{"host": "x"}, {"host": "y"}]})");
  EXPECT_EQ(config.service(), "requests");
  EXPECT_EQ(config.tls().certificate, "c.pem");
  EXPECT_EQ(config.public_url(), "http://localhost:8080");
  EXPECT_EQ(config.ServiceAddress("auth"), "127.0.0.1:7001");
  EXPECT_EQ(config.Setting("late_hours", 1), 72);
  EXPECT_EQ(config.Setting("other", 5), 5);
  EXPECT_EQ(config.log_level(), "debug");
  ConfigSection smtp = config.Section("smtp");
  EXPECT_EQ(smtp.Text("host"), "mail");
  EXPECT_EQ(smtp.Int("port"), 25);
  EXPECT_TRUE(smtp.Bool("starttls"));
  EXPECT_EQ(smtp.TextList("to"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(smtp.SectionList("relays")[1].Text("host"), "y");
  EXPECT_EQ(smtp.TextOr("from", "x"), "x");
  EXPECT_EQ(smtp.IntOr("timeout", 30), 30);
}

TEST(Config, ErrorsNameFileKeyAndExpectation) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"nonsense", "test.json: not valid JSON"},
      {"[]", "must be one JSON object"},
      {"{}", "test.json: service is missing"},
      {"{" + std::string(kMinimal) + R"(, "databse": {}})", "databse is not a known section"},
      {"{" + std::string(kMinimal) + R"(, "service": "x"})", "service stands there twice"},
      {"{" + std::string(kMinimal) + R"(, "log": {"level": "loud"}})",
       "log.level must be debug, info, warn or error"},
      {"{" + std::string(kMinimal) + R"(, "settings": {"a": "b"}})", "settings.a must be a whole number"},
      {"{" + std::string(kMinimal) + R"(, "settings": 3})", "settings must be an object"},
      {"{" + std::string(kMinimal) + R"(, "services": {"auth": "nowhere"}})",
       "not an address of the form host:port"},
      {R"({"service": 5})", "service must be a text"},
      {R"({"service": ""})", "service is empty"},
      {R"({"service": "a", "environment": "b", "listen": "c", "admin_listen": "d", "tls": {"ca": "x"}})",
       "tls.certificate is missing"},
      {"{" + std::string(kMinimal) + R"(, "settings": {"a": 99999999999999999999}})", "test.json"},
  };
  for (const auto& [json, expected] : table) {
    EXPECT_THAT(Refusal([&] { Config::Parse(json, "test.json"); }), HasSubstr(expected)) << json;
  }
  EXPECT_THAT(Refusal([] { Config::Load("/nonexistent/x.json"); }), HasSubstr("/nonexistent/x.json"));
  EXPECT_THAT(Refusal([] { With("").ServiceAddress("auth"); }), HasSubstr("services is missing"));
  EXPECT_THAT(Refusal([] { With(R"("services": {})").ServiceAddress("auth"); }),
              HasSubstr("services.auth is missing"));
  EXPECT_THAT(Refusal([] { With(R"("public_url": "ftp://x")").public_url(); }), HasSubstr("http"));
}

TEST(Config, RefusesASettingThatNobodyAskedFor) {
  const Config config = With(R"("settings": {"late_hours": 72, "late_huors": 1},
                                "common_settings": {"late_hours": 5, "drain_delay_ms": 0, "of_another": 3})");
  EXPECT_EQ(config.Setting("late_hours", 1), 72) << "its own before what all share";
  EXPECT_EQ(config.Setting("drain_delay_ms", 1), 0);
  EXPECT_EQ(Refusal([&] { config.RefuseUnknown(); }),
            "test.json: settings.late_huors is not a setting of requests, which knows: drain_delay_ms, "
            "late_hours");
  config.Setting("late_huors", 2);
  config.RefuseUnknown();
  EXPECT_THAT(Refusal([] { With(R"("services": {"auht": "127.0.0.1:1"})").RefuseUnknown(); }),
              HasSubstr("services.auht is not a known service"));
  EXPECT_THAT(Refusal([] { With(R"("common_settings": {"a": "b"})"); }),
              HasSubstr("common_settings.a must be a whole number"));
}

TEST_F(SecretFiles, ReadWithoutTheirLineBreak) {
  const SecretString plain = ReadSecretFile(Write("a", "s3cret\n"));
  EXPECT_EQ(plain.Reveal(), "s3cret");
  const SecretString two_breaks = ReadSecretFile(Write("b", "line\n\n", 0400));
  EXPECT_EQ(two_breaks.Reveal(), "line\n") << "only one line break is the editor's";
}

TEST_F(SecretFiles, T_CFG_01_RefusesEmptyOpenAndMissingSecrets) {
  EXPECT_THAT(Refusal([&] { ReadSecretFile(Write("empty", "")); }), HasSubstr("is empty"));
  EXPECT_THAT(Refusal([&] { ReadSecretFile(Write("newline", "\n")); }), HasSubstr("is empty"));
  for (mode_t mode : {0640, 0604, 0660, 0606, 0644, 0666, 0610, 0601, 0620, 0602}) {
    EXPECT_THAT(Refusal([&] { ReadSecretFile(Write("open", "x", mode)); }),
                HasSubstr("open to group or others"))
        << std::oct << mode;
  }
  EXPECT_THAT(Refusal([&] { ReadSecretFile(folder_ / "missing"); }), HasSubstr("cannot be read"));
  EXPECT_THAT(Refusal([&] { ReadSecretFile(folder_); }), HasSubstr("no regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(Refusal([&] { ReadSecretFile(folder_ / "fifo"); }), HasSubstr("no regular file"));
  EXPECT_THAT(Refusal([&] { ReadSecretFile(Write("large", std::string(2 << 20, 'x'))); }),
              HasSubstr("larger"));
}

TEST_F(SecretFiles, DatabaseAndSecretsComeWithTheirFiles) {
  const std::string app = Write("app", "app-password\n");
  const std::string owner = Write("owner", "owner-password\n");
  const std::string open = Write("open", "x", 0644);
  Config config =
      With(R"("database": {"host": "/run/pg", "port": 5433, "name": "requests", "user": "requests_app",
      "password_file": ")" +
           app + R"(", "owner_user": "requests_owner", "owner_password_file": ")" + owner + R"("},
      "keystore": {"host": "h", "name": "k", "user": "u", "password_file": ")" +
           open + R"("},
      "secrets": {"kek": ")" +
           app + R"(", "bad": ")" + open + R"("})");
  DatabaseConfig database = config.database();
  EXPECT_EQ(database.host, "/run/pg");
  EXPECT_EQ(database.port, 5433);
  EXPECT_EQ(database.password.Reveal(), "app-password");
  EXPECT_EQ(database.owner_password.Reveal(), "owner-password");
  const DatabaseConfig copy = database.Copy();
  EXPECT_EQ(copy.password.Reveal(), "app-password");
  const SecretString kek = config.LoadSecret("kek");
  EXPECT_EQ(kek.Reveal(), "app-password");
  EXPECT_EQ(config.SecretPath("kek"), app);
  EXPECT_THAT(Refusal([&] { config.keystore(); }), HasSubstr("keystore.password_file"));
  EXPECT_THAT(Refusal([&] { config.LoadSecret("bad"); }), HasSubstr("secrets.bad"));
  EXPECT_THAT(Refusal([&] { config.LoadSecret("none"); }), HasSubstr("secrets.none is missing"));
  EXPECT_THAT(Refusal([&] { config.redis(); }), HasSubstr("redis is missing"));
}

TEST(ParseHostPort, TakesNamesAndAddresses) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:7001").port, 7001);
  EXPECT_EQ(ParseHostPort("[::1]:80").host, "::1");
  EXPECT_EQ(ParseHostPort("auth.aplus.svc:1").host, "auth.aplus.svc");
  for (const char* bad :
       {"", ":", "host", "host:", ":80", "host:70000", "host:8a", "host:-1", "::1:80", "[]:80", "a:b:1"}) {
    EXPECT_THROW(ParseHostPort(bad), ConfigError) << bad;
  }
}

}  // namespace
}  // namespace aplus
