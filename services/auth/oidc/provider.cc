#include "services/auth/oidc/provider.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <utility>

#include "libs/base/percent.h"
#include "libs/crypto/digest.h"
#include "libs/http/url.h"
#include "services/auth/oidc/claims.h"

namespace aplus::auth {
namespace provider {

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";
constexpr std::string_view kCallback = "/connexion/proconnect";
// ProConnect tells how the person logged in only when it is asked to.
constexpr std::string_view kClaims = R"({"id_token":{"amr":{"essential":true}}})";
using Field = std::pair<std::string_view, std::string_view>;

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(Reason::kProviderRefused, fmt::format("identity provider: {}", why));
}

tl::unexpected<Error> Away(std::string_view why) {
  return Fail(Reason::kUnavailable, fmt::format("identity provider: {}", why));
}

// The texts of some members of a JSON object; false when one is missing or empty.
template <std::size_t N>
bool ReadTexts(const std::string& json,
               const std::array<std::pair<std::string_view, std::string*>, N>& wanted) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS) return false;
  for (const auto& [name, out] : wanted) {
    std::string_view text;
    if (object.at_key(name).get(text) != simdjson::SUCCESS || text.empty()) return false;
    *out = text;
  }
  return true;
}

std::string ChallengeOf(const SecretString& verifier) {
  return ToBase64Url(Sha256(AsBytes(verifier.Reveal())));
}

}  // namespace provider

std::optional<ProviderOptions> ProviderOptions::From(const Config& config) {
  const auto section = config.root().FindSection("proconnect");
  if (!section) return std::nullopt;
  ProviderOptions options;
  options.issuer = section->Text("issuer");
  options.client_id = section->Text("client_id");
  options.client_secret = config.LoadSecret("proconnect_client_secret");
  options.redirect_uri = config.public_url() + std::string(provider::kCallback);
  options.scope = section->TextOr("scope", options.scope);
  options.acr_values = section->TextOr("acr_values", "");
  options.ca_file = section->TextOr("ca", "");
  options.pkce = section->BoolOr("pkce", options.pkce);
  options.keep = std::chrono::seconds(config.Setting("proconnect_keep_seconds", 3600));
  options.ask_again = std::chrono::seconds(config.Setting("proconnect_ask_again_seconds", 30));
  if (const auto url = HttpUrl::Parse(options.issuer); !url || options.issuer.ends_with('/')) {
    throw ConfigError("proconnect.issuer is an https:// address without a slash at its end");
  }
  return options;
}

Task<Result<std::string>> Provider::AuthorizationUrl(const ProviderLogin& login, SteadyTime deadline) {
  CO_TRY_VOID(co_await Learn(deadline));
  std::vector<provider::Field> fields{{"response_type", "code"},
                                      {"client_id", options_.client_id},
                                      {"redirect_uri", options_.redirect_uri},
                                      {"scope", options_.scope},
                                      {"state", login.state.Reveal()},
                                      {"nonce", login.nonce.Reveal()},
                                      {"claims", provider::kClaims}};
  if (!options_.acr_values.empty()) fields.emplace_back("acr_values", options_.acr_values);
  std::string challenge;
  if (options_.pkce) {
    challenge = provider::ChallengeOf(login.verifier);
    fields.emplace_back("code_challenge", challenge);
    fields.emplace_back("code_challenge_method", "S256");
  }
  const std::string& page = metadata_->authorization_endpoint;
  co_return fmt::format("{}{}{}", page, page.find('?') == std::string::npos ? '?' : '&', FormEncode(fields));
}

Task<Result<ProviderIdentity>> Provider::Redeem(SecretString code, const ProviderLogin& login, Time now,
                                                SteadyTime deadline) {
  CO_TRY_VOID(co_await Learn(deadline));
  CO_TRY(const Tokens tokens, co_await Exchange(std::move(code), login, deadline));
  const ExpectedClaims expected{
      .issuer = options_.issuer, .client_id = options_.client_id, .nonce = login.nonce.Reveal(), .now = now};
  CO_TRY(const std::string token_json, co_await Verify(tokens.id_token.Reveal(), deadline));
  CO_TRY(IdTokenClaims token, ReadIdToken(token_json, expected));
  CO_TRY(std::string signed_info, co_await AskUserInfo(tokens.access_token, deadline));
  CO_TRY(const std::string info_json, co_await Verify(std::move(signed_info), deadline));
  CO_TRY(UserInfoClaims info, ReadUserInfo(info_json, expected));
  // OpenID Connect Core 5.3.2: who swaps the one for somebody else's is found out here.
  if (info.subject != token.subject) co_return provider::Refuse("two statements about two people");
  co_return ProviderIdentity{options_.issuer, std::move(token.subject), std::move(info.email),
                             MethodsOf(token.amr), token.auth_time};
}

Task<Result<void>> Provider::Learn(SteadyTime deadline) {
  if (metadata_ && SteadyClock::now() - metadata_->read < options_.keep) co_return Result<void>{};
  auto answer = co_await http_.Ask({.url = options_.issuer + std::string(provider::kWellKnown)}, deadline);
  if (!answer || answer->status != 200) {
    // What it said an hour ago is better than nothing.
    if (metadata_) co_return Result<void>{};
    co_return provider::Away(answer ? "no metadata" : answer.error().diagnostic);
  }
  Metadata read;
  read.read = SteadyClock::now();
  std::string issuer;
  const bool whole =
      provider::ReadTexts<5>(answer->body, {{{"issuer", &issuer},
                                             {"authorization_endpoint", &read.authorization_endpoint},
                                             {"token_endpoint", &read.token_endpoint},
                                             {"userinfo_endpoint", &read.userinfo_endpoint},
                                             {"jwks_uri", &read.jwks_uri}}});
  if (!whole || issuer != options_.issuer)
    co_return provider::Away("metadata of somebody else, or not whole");
  for (const std::string* address :
       {&read.authorization_endpoint, &read.token_endpoint, &read.userinfo_endpoint, &read.jwks_uri}) {
    if (!HttpUrl::Parse(*address)) co_return provider::Away("an endpoint that may not be called");
  }
  metadata_ = std::move(read);
  co_return Result<void>{};
}

Task<Result<void>> Provider::LearnKeys(SteadyTime deadline) {
  auto answer = co_await http_.Ask({.url = metadata_->jwks_uri}, deadline);
  if (!answer || answer->status != 200) {
    co_return provider::Away(answer ? "no keys" : answer.error().diagnostic);
  }
  auto keys = JwkSet::Parse(answer->body);
  if (!keys) co_return provider::Away(keys.error().diagnostic);
  keys_ = *std::move(keys);
  keys_read_ = SteadyClock::now();
  co_return Result<void>{};
}

Task<Result<Provider::Tokens>> Provider::Exchange(SecretString code, const ProviderLogin& login,
                                                  SteadyTime deadline) {
  std::vector<provider::Field> fields{{"grant_type", "authorization_code"},
                                      {"code", code.Reveal()},
                                      {"redirect_uri", options_.redirect_uri},
                                      {"client_id", options_.client_id},
                                      {"client_secret", options_.client_secret.Reveal()}};
  if (options_.pkce) fields.emplace_back("code_verifier", login.verifier.Reveal());
  HttpQuestion question{.url = metadata_->token_endpoint,
                        .form = FormEncode(fields),
                        .fields = {{"Accept", "application/json"}}};
  CO_TRY(HttpAnswer answer, co_await http_.Ask(std::move(question), deadline));
  if (answer.status >= 500) co_return provider::Away("an error of its own for the code");
  if (answer.status != 200) co_return provider::Refuse("the code is refused");
  std::string id_token, access_token, type;
  const bool whole = provider::ReadTexts<3>(
      answer.body, {{{"id_token", &id_token}, {"access_token", &access_token}, {"token_type", &type}}});
  Wipe(answer.body);
  Tokens tokens{SecretString(std::move(id_token)), SecretString(std::move(access_token))};
  const bool bearer = type == "Bearer" || type == "bearer";
  if (!whole || !bearer) co_return provider::Refuse("no tokens for the code");
  // It goes into a header.
  for (const char c : tokens.access_token.Reveal()) {
    if (c <= ' ' || c >= 0x7f) co_return provider::Refuse("an access token that no header can hold");
  }
  co_return tokens;
}

Task<Result<std::string>> Provider::AskUserInfo(const SecretString& access_token, SteadyTime deadline) {
  HttpQuestion question{
      .url = metadata_->userinfo_endpoint,
      .fields = {{"Authorization", "Bearer " + access_token.Reveal()}, {"Accept", "application/jwt"}}};
  CO_TRY(HttpAnswer answer, co_await http_.Ask(std::move(question), deadline));
  if (answer.status >= 500) co_return provider::Away("an error of its own for the userinfo");
  if (answer.status != 200) co_return provider::Refuse("the userinfo is refused");
  // Plain JSON would be anybody's word.
  if (answer.content_type != "application/jwt") co_return provider::Refuse("the userinfo is not signed");
  co_return std::move(answer.body);
}

Task<Result<std::string>> Provider::Verify(std::string jws, SteadyTime deadline) {
  const SteadyTime now = SteadyClock::now();
  if (!keys_ || now - keys_read_ >= options_.keep) {
    const auto learnt = co_await LearnKeys(deadline);
    if (!learnt && !keys_) co_return Fail(learnt.error());
  }
  auto payload = keys_->Verify(jws);
  const bool unknown = !payload && payload.error().reason == Reason::kNotFound;
  if (unknown && SteadyClock::now() - keys_read_ >= options_.ask_again) {
    CO_TRY_VOID(co_await LearnKeys(deadline));
    payload = keys_->Verify(jws);
  }
  Wipe(jws);
  if (!payload) co_return provider::Refuse(payload.error().diagnostic);
  co_return *std::move(payload);
}

}  // namespace aplus::auth
