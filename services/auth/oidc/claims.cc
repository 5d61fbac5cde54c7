#include "services/auth/oidc/claims.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>

#include "libs/base/bytes.h"

namespace aplus::auth {
namespace claims {

constexpr Duration kSkew = std::chrono::seconds(30);
constexpr Duration kOldest = std::chrono::minutes(10);
constexpr std::size_t kLongest = 1024;
constexpr std::size_t kMaxMethods = 20;

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(Reason::kProviderRefused, fmt::format("identity provider: {}", why));
}

// The members of one statement, each there once.
class Claims {
 public:
  Result<void> Read(std::string_view json) {
    simdjson::dom::object object;
    if (json.empty() || parser_.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
      return Refuse("a statement that is no object");
    for (const auto member : object) {
      if (!members_.emplace(member.key, member.value).second) return Refuse("a claim stands twice");
    }
    return {};
  }

  bool Has(std::string_view name) const { return members_.contains(name); }

  std::optional<std::string_view> Text(std::string_view name) const {
    const auto found = members_.find(name);
    std::string_view text;
    if (found == members_.end() || found->second.get(text) != simdjson::SUCCESS || text.size() > kLongest)
      return std::nullopt;
    return text;
  }

  // Seconds since 1970, as every date in a JWT.
  std::optional<Time> Date(std::string_view name) const {
    const auto found = members_.find(name);
    std::int64_t seconds = 0;
    // Beyond the year 9999 arithmetic on microseconds could overflow.
    if (found == members_.end() || found->second.get(seconds) != simdjson::SUCCESS || seconds < 0 ||
        seconds > 253'402'300'800) {
      return std::nullopt;
    }
    return Time(std::chrono::seconds(seconds));
  }

  std::optional<bool> Flag(std::string_view name) const {
    const auto found = members_.find(name);
    bool flag = false;
    if (found == members_.end() || found->second.get(flag) != simdjson::SUCCESS) return std::nullopt;
    return flag;
  }

  // A text, or a list of texts.
  std::vector<std::string_view> Texts(std::string_view name) const {
    if (const auto one = Text(name)) return {*one};
    const auto found = members_.find(name);
    simdjson::dom::array array;
    if (found == members_.end() || found->second.get(array) != simdjson::SUCCESS ||
        array.size() > kMaxMethods) {
      return {};
    }
    std::vector<std::string_view> texts;
    for (const simdjson::dom::element element : array) {
      std::string_view text;
      if (element.get(text) != simdjson::SUCCESS) return {};
      texts.push_back(text);
    }
    return texts;
  }

 private:
  simdjson::dom::parser parser_;
  std::map<std::string_view, simdjson::dom::element> members_;
};

// Of both statements: from whom, for whom, still good.
Result<void> CheckFrame(const Claims& claims, const ExpectedClaims& expected) {
  if (claims.Text("iss") != expected.issuer) return Refuse("another issuer");
  const auto audience = claims.Texts("aud");
  if (std::ranges::find(audience, expected.client_id) == audience.end()) return Refuse("for somebody else");
  if (claims.Has("azp") ? claims.Text("azp") != expected.client_id : audience.size() > 1)
    return Refuse("given to somebody else");
  const auto expires = claims.Date("exp");
  if (claims.Has("exp") && (!expires || expected.now >= *expires + kSkew)) return Refuse("expired");
  const auto issued = claims.Date("iat");
  if (claims.Has("iat") && (!issued || *issued > expected.now + kSkew)) return Refuse("of the future");
  const auto not_before = claims.Date("nbf");
  if (claims.Has("nbf") && (!not_before || *not_before > expected.now + kSkew)) return Refuse("not yet good");
  return {};
}

Result<std::string> SubjectOf(const Claims& claims) {
  const auto subject = claims.Text("sub");
  // OpenID Connect Core section 2: at most 255 ASCII characters.
  const bool plain = subject && !subject->empty() && subject->size() <= 255 &&
                     std::ranges::all_of(*subject, [](char c) { return c > ' ' && c < 0x7f; });
  if (!plain) return Refuse("no subject");
  return std::string(*subject);
}

}  // namespace claims

Result<IdTokenClaims> ReadIdToken(std::string_view json, const ExpectedClaims& expected) {
  claims::Claims read;
  TRY_VOID(read.Read(json));
  TRY_VOID(claims::CheckFrame(read, expected));
  if (!read.Has("exp")) return claims::Refuse("an ID token without an end");
  const auto issued = read.Date("iat");
  if (!issued || *issued < expected.now - claims::kOldest) return claims::Refuse("an old ID token");
  const auto nonce = read.Text("nonce");
  if (!nonce || !ConstantTimeEquals(*nonce, expected.nonce))
    return claims::Refuse("an answer to another login");
  IdTokenClaims token;
  TRY(token.subject, claims::SubjectOf(read));
  for (const std::string_view method : read.Texts("amr")) token.amr.emplace_back(method);
  token.auth_time = read.Date("auth_time");
  if (read.Has("auth_time") && !token.auth_time) return claims::Refuse("a login at no time");
  return token;
}

Result<UserInfoClaims> ReadUserInfo(std::string_view json, const ExpectedClaims& expected) {
  claims::Claims read;
  TRY_VOID(read.Read(json));
  TRY_VOID(claims::CheckFrame(read, expected));
  UserInfoClaims info;
  TRY(info.subject, claims::SubjectOf(read));
  const auto email = read.Text("email");
  if (!email || email->size() > 254 || email->find('@') == std::string_view::npos)
    return claims::Refuse("no e-mail address");
  if (read.Has("email_verified") && read.Flag("email_verified") != true)
    return claims::Refuse("an e-mail address that it has not verified");
  info.email = *email;
  return info;
}

std::vector<std::string> MethodsOf(const std::vector<std::string>& amr) {
  std::vector<std::string> methods{"proconnect"};
  for (const std::string_view known : {"pwd", "mail", "totp", "otp", "pop", "mfa"}) {
    if (std::ranges::find(amr, known) == amr.end()) continue;
    const std::string_view ours = known == "totp" ? "otp" : known;
    if (std::ranges::find(methods, ours) == methods.end()) methods.emplace_back(ours);
  }
  return methods;
}

}  // namespace aplus::auth
