// What an identity provider must say, claim by claim (OpenID Connect Core 3.1.3.7, T-AUT-11).
#include "services/auth/oidc/claims.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace aplus::auth::claims_test {

constexpr std::int64_t kNow = 1'800'000'000;
const ExpectedClaims kExpected{.issuer = "https://fca.example/api/v2",
                               .client_id = "aplus",
                               .nonce = "0123456789012345678901234567890123456789012",
                               .now = Time(std::chrono::seconds(kNow))};

// Claims as JSON values by name; an empty value leaves one out.
using Changes = std::map<std::string, std::string>;

std::string Json(Changes claims) {
  std::string json = "{";
  for (const auto& [name, value] : claims) {
    if (value.empty()) continue;
    json += fmt::format(R"({}"{}":{})", json.size() > 1 ? "," : "", name, value);
  }
  return json + "}";
}

std::string IdToken(const Changes& changes = {}) {
  Changes claims{{"iss", R"("https://fca.example/api/v2")"},
                 {"aud", R"("aplus")"},
                 {"sub", R"("agent-1")"},
                 {"nonce", R"("0123456789012345678901234567890123456789012")"},
                 {"iat", std::to_string(kNow - 1)},
                 {"exp", std::to_string(kNow + 60)},
                 {"amr", R"(["pwd","totp"])"},
                 {"auth_time", std::to_string(kNow - 100)}};
  for (const auto& [name, value] : changes) claims[name] = value;
  return Json(claims);
}

std::string UserInfo(const Changes& changes = {}) {
  Changes claims{{"iss", R"("https://fca.example/api/v2")"},
                 {"aud", R"("aplus")"},
                 {"sub", R"("agent-1")"},
                 {"email", R"("lea.bernard@caf95.test")"}};
  for (const auto& [name, value] : changes) claims[name] = value;
  return Json(claims);
}

TEST(Claims, P12_AnIdTokenSaysWhoAndHow) {
  const auto token = ReadIdToken(IdToken(), kExpected);
  ASSERT_TRUE(token) << token.error().diagnostic;
  EXPECT_EQ(token->subject, "agent-1");
  EXPECT_EQ(token->amr, (std::vector<std::string>{"pwd", "totp"}));
  EXPECT_EQ(token->auth_time, Time(std::chrono::seconds(kNow - 100)));
  // Clocks differ, lists hold one, and not everything is always told.
  for (const Changes& changes :
       {Changes{{"iat", std::to_string(kNow + 29)}}, Changes{{"exp", std::to_string(kNow - 29)}},
        Changes{{"aud", R"(["aplus"])"}}, Changes{{"aud", R"(["other","aplus"])"}, {"azp", R"("aplus")"}},
        Changes{{"azp", R"("aplus")"}}, Changes{{"amr", ""}}, Changes{{"auth_time", ""}},
        Changes{{"amr", "7"}}, Changes{{"nbf", std::to_string(kNow)}},
        Changes{{"new_claim", R"({"a":[1]})"}}}) {
    EXPECT_TRUE(ReadIdToken(IdToken(changes), kExpected)) << IdToken(changes);
  }
}

TEST(Claims, T_AUT_11_NothingElsePassesForAnIdToken) {
  for (const Changes& changes : {Changes{{"iss", ""}},
                                 Changes{{"iss", R"("https://fca.example/api/v2/")"}},
                                 Changes{{"iss", "1"}},
                                 Changes{{"aud", ""}},
                                 Changes{{"aud", R"("other")"}},
                                 Changes{{"aud", "[]"}},
                                 Changes{{"aud", R"([1,"aplus"])"}},
                                 Changes{{"aud", R"(["aplus","other"])"}},
                                 Changes{{"azp", R"("other")"}},
                                 Changes{{"azp", "1"}},
                                 Changes{{"sub", ""}},
                                 Changes{{"sub", R"("")"}},
                                 Changes{{"sub", "1"}},
                                 Changes{{"sub", R"("a b")"}},
                                 Changes{{"sub", '"' + std::string(256, 'a') + '"'}},
                                 Changes{{"nonce", ""}},
                                 Changes{{"nonce", R"("")"}},
                                 Changes{{"nonce", R"("0123456789012345678901234567890123456789013")"}},
                                 Changes{{"exp", ""}},
                                 Changes{{"exp", std::to_string(kNow - 30)}},
                                 Changes{{"exp", R"("2099")"}},
                                 Changes{{"exp", "1.5"}},
                                 Changes{{"exp", "-1"}},
                                 Changes{{"exp", "99999999999999"}},
                                 Changes{{"iat", ""}},
                                 Changes{{"iat", std::to_string(kNow + 31)}},
                                 Changes{{"iat", std::to_string(kNow - 601)}},
                                 Changes{{"nbf", std::to_string(kNow + 31)}},
                                 Changes{{"auth_time", R"("now")"}}}) {
    const auto token = ReadIdToken(IdToken(changes), kExpected);
    ASSERT_FALSE(token) << IdToken(changes);
    EXPECT_EQ(token.error().reason, Reason::kProviderRefused);
  }
  std::string twice = IdToken();
  twice.back() = ',';
  for (const std::string& json : {std::string(), std::string("[]"), std::string("null"), std::string("{"),
                                  twice + R"("sub":"somebody-else"})"}) {
    EXPECT_FALSE(ReadIdToken(json, kExpected)) << json;
  }
}

TEST(Claims, T_AUT_11_UserInfoIsForUsAndItsAddressVerified) {
  const auto info = ReadUserInfo(UserInfo(), kExpected);
  ASSERT_TRUE(info) << info.error().diagnostic;
  EXPECT_EQ(info->email, "lea.bernard@caf95.test");
  EXPECT_TRUE(ReadUserInfo(UserInfo({{"email_verified", "true"}}), kExpected));
  for (const Changes& changes :
       {Changes{{"email_verified", "false"}}, Changes{{"email_verified", R"("true")"}},
        Changes{{"email", ""}}, Changes{{"email", R"("nobody")"}}, Changes{{"email", R"(["a@b.test"])"}},
        Changes{{"iss", ""}}, Changes{{"aud", R"("other")"}}, Changes{{"sub", ""}},
        Changes{{"exp", std::to_string(kNow - 31)}},
        Changes{{"email", '"' + std::string(255, 'a') + "@b.test\""}}}) {
    EXPECT_FALSE(ReadUserInfo(UserInfo(changes), kExpected)) << UserInfo(changes);
  }
}

TEST(Claims, P13_MethodsInOurWords) {
  using Methods = std::vector<std::string>;
  EXPECT_EQ(MethodsOf({}), Methods{"proconnect"});
  EXPECT_EQ(MethodsOf({"pwd", "totp"}), (Methods{"proconnect", "pwd", "otp"}));
  EXPECT_EQ(MethodsOf({"otp", "totp", "otp"}), (Methods{"proconnect", "otp"}));
  // What we do not know proves nothing, and could not stand in an identity token.
  EXPECT_EQ(MethodsOf({"face", "x\"y", "mail"}), (Methods{"proconnect", "mail"}));
}

}  // namespace aplus::auth::claims_test
