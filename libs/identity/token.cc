#include "libs/identity/token.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "libs/base/bytes.h"
#include "libs/base/id.h"
#include "libs/crypto/ed25519.h"

namespace aplus {
namespace token {

constexpr std::string_view kIssuer = "aplus-auth";
constexpr std::string_view kAudience = "aplus";

std::string HeaderFor(std::string_view key_id) {
  return ToBase64Url(AsBytes(fmt::format(R"({{"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"{}"}})", key_id)));
}

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
         c == '.';
}

// Key ids, scopes and methods of authentication: nothing that JSON would have to escape.
bool IsPlainText(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, IsPlain);
}

std::int64_t Seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Time FromSeconds(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(Reason::kUnauthenticated, fmt::format("identity token: {}", why));
}

std::string StringArray(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values)
    fmt::format_to(std::back_inserter(out), R"({}"{}")", out.size() > 1 ? "," : "", value);
  return out + "]";
}

openssl::PrivateOrPublicKey ReadPem(std::string_view pem, bool is_private) {
  const std::unique_ptr<BIO, openssl::Free<BIO_free>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  openssl::PrivateOrPublicKey key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                                             : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

// The claims of one token, each taken once.
class Claims {
 public:
  Result<Principal> Read(simdjson::dom::element root) {
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS) return Refuse("claims are no object");
    for (const auto field : object) {
      if (!seen_.insert(field.key).second) return Refuse("a claim stands twice");
      if (!Take(field.key, field.value)) return Refuse("a claim is unknown or not of its type");
    }
    for (const std::string_view name :
         {"iss", "aud", "sub", "sid", "auth_time", "amr", "iat", "exp", "jti", "mem"}) {
      if (!seen_.contains(name)) return Refuse("a claim is missing");
    }
    if (issuer_ != kIssuer) return Refuse("another issuer");
    if (audience_ != kAudience) return Refuse("another audience");
    if (expires_ - issued_ !=
        std::chrono::duration_cast<std::chrono::seconds>(kIdentityTokenLifetime).count()) {
      return Refuse("another lifetime");
    }
    principal_.expires = FromSeconds(expires_);
    return std::move(principal_);
  }

  std::int64_t issued() const { return issued_; }

 private:
  bool Take(std::string_view name, simdjson::dom::element value) {
    if (name == "iss") return Text(value, issuer_);
    if (name == "aud") return Text(value, audience_);
    if (name == "sub") return IdOf(value, principal_.user);
    if (name == "sid") return IdOf(value, principal_.session);
    if (name == "iat") return Number(value, issued_);
    if (name == "exp") return Number(value, expires_);
    if (name == "amr") return TextList(value, principal_.amr);
    if (name == "scp") return TextList(value, principal_.scopes);
    if (name == "shared") return value.get(principal_.shared_account) == simdjson::SUCCESS;
    if (name == "terms") return value.get(principal_.terms_accepted) == simdjson::SUCCESS;
    if (name == "due") return value.get(principal_.second_factor_due) == simdjson::SUCCESS;
    if (name == "mem") return Memberships(value);
    if (name == "jti") {
      std::string ignored;
      return Text(value, ignored);
    }
    std::int64_t number = 0;
    if (name == "auth_time") {
      if (!Number(value, number)) return false;
      principal_.auth_time = FromSeconds(number);
      return true;
    }
    if (name == "acc") {
      if (!Number(value, number) || number < 0 || number > 7) return false;
      principal_.account_roles = static_cast<std::uint8_t>(number);
      return true;
    }
    if (name == "ptn") {
      PartnerId partner;
      if (!IdOf(value, partner)) return false;
      principal_.partner = partner;
      return true;
    }
    return false;
  }

  static bool Text(simdjson::dom::element value, std::string& out) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || text.size() > 100) return false;
    out = text;
    return true;
  }

  static bool Number(simdjson::dom::element value, std::int64_t& out) {
    // Beyond the year 9999 arithmetic on microseconds could overflow.
    return value.get(out) == simdjson::SUCCESS && out >= 0 && out < 253'402'300'800;
  }

  template <class Tag>
  static bool IdOf(simdjson::dom::element value, Id<Tag>& out) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return false;
    const auto id = Id<Tag>::Parse(text);
    if (!id.has_value()) return false;
    out = *id;
    return true;
  }

  static bool TextList(simdjson::dom::element value, std::vector<std::string>& out) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS || array.size() > 20) return false;
    for (const simdjson::dom::element item : array) {
      if (!Text(item, out.emplace_back())) return false;
    }
    return true;
  }

  bool Memberships(simdjson::dom::element value) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS || array.size() > kIdentityTokenMaxMemberships) return false;
    for (const simdjson::dom::element item : array) {
      simdjson::dom::array triple;
      if (item.get(triple) != simdjson::SUCCESS || triple.size() != 3) return false;
      Membership membership;
      std::string_view group;
      std::int64_t roles = 0;
      std::int64_t side = 0;
      if (triple.at(0).get(group) != simdjson::SUCCESS || triple.at(1).get(roles) != simdjson::SUCCESS ||
          triple.at(2).get(side) != simdjson::SUCCESS || roles < 0 || roles > 7 || side < 1 || side > 2) {
        return false;
      }
      const auto bytes = FromBase64Url(group);
      if (!bytes.has_value() || bytes->size() != membership.group.bytes.size()) return false;
      std::ranges::copy(*bytes, membership.group.bytes.begin());
      membership.roles = static_cast<std::uint8_t>(roles);
      membership.side = static_cast<Side>(side);
      principal_.memberships.push_back(membership);
    }
    return true;
  }

  std::set<std::string_view> seen_;
  std::string issuer_;
  std::string audience_;
  std::int64_t issued_ = 0;
  std::int64_t expires_ = 0;
  Principal principal_;
};

}  // namespace token

struct IdentityTokenIssuer::State {
  std::string header;
  Ed25519PrivateKey key;
  Random& random;
};

IdentityTokenIssuer::IdentityTokenIssuer(std::unique_ptr<State> state) : state_(std::move(state)) {}
IdentityTokenIssuer::~IdentityTokenIssuer() = default;
IdentityTokenIssuer::IdentityTokenIssuer(IdentityTokenIssuer&&) noexcept = default;
IdentityTokenIssuer& IdentityTokenIssuer::operator=(IdentityTokenIssuer&&) noexcept = default;

Result<IdentityTokenIssuer> IdentityTokenIssuer::Create(std::string_view key_id,
                                                        std::string_view private_key_pem, Random& random) {
  if (!token::IsPlainText(key_id, 32)) return Fail(Reason::kInternal, "identity key: bad key id");
  const openssl::PrivateOrPublicKey pem = token::ReadPem(private_key_pem, true);
  if (pem == nullptr) return Fail(Reason::kInternal, "identity key: not a PEM private key of Ed25519");
  const Key seed = Key::Make([&](std::span<std::uint8_t, Key::kSize> out) {
    std::size_t size = out.size();
    openssl::Require(EVP_PKEY_get_raw_private_key(pem.get(), out.data(), &size) == 1, "Ed25519 seed");
  });
  return IdentityTokenIssuer(
      std::make_unique<State>(State{token::HeaderFor(key_id), Ed25519PrivateKey(seed), random}));
}

Result<std::string> IdentityTokenIssuer::Issue(const Principal& principal, Time now) const {
  if (principal.memberships.size() > kIdentityTokenMaxMemberships) {
    return Fail(Reason::kTooLarge, "identity token: too many memberships");
  }
  for (const auto* list : {&principal.amr, &principal.scopes}) {
    for (const std::string& value : *list) {
      if (!token::IsPlainText(value, 100)) return Fail(Reason::kInternal, "identity token: odd amr or scope");
    }
  }
  std::array<std::uint8_t, 16> jti;
  state_->random.Fill(jti);
  const std::int64_t issued = token::Seconds(now);
  std::string claims = fmt::format(
      R"({{"iss":"{}","aud":"{}","sub":"{}","sid":"{}","auth_time":{},"amr":{},"iat":{},"exp":{},"jti":"{}")",
      token::kIssuer, token::kAudience, principal.user.ToString(), principal.session.ToString(),
      token::Seconds(principal.auth_time), token::StringArray(principal.amr), issued,
      issued + std::chrono::duration_cast<std::chrono::seconds>(kIdentityTokenLifetime).count(),
      ToBase64Url(jti));
  auto out = std::back_inserter(claims);
  if (principal.account_roles != 0) fmt::format_to(out, R"(,"acc":{})", principal.account_roles);
  if (principal.shared_account) fmt::format_to(out, R"(,"shared":true)");
  if (principal.terms_accepted) fmt::format_to(out, R"(,"terms":true)");
  if (principal.second_factor_due) fmt::format_to(out, R"(,"due":true)");
  if (principal.partner.has_value()) fmt::format_to(out, R"(,"ptn":"{}")", principal.partner->ToString());
  if (!principal.scopes.empty()) fmt::format_to(out, R"(,"scp":{})", token::StringArray(principal.scopes));
  claims += R"(,"mem":[)";
  for (std::size_t i = 0; i < principal.memberships.size(); ++i) {
    const Membership& membership = principal.memberships[i];
    fmt::format_to(out, R"({}["{}",{},{}])", i > 0 ? "," : "", ToBase64Url(membership.group.bytes),
                   membership.roles, static_cast<int>(membership.side));
  }
  claims += "]}";

  std::string signed_part = fmt::format("{}.{}", state_->header, ToBase64Url(AsBytes(claims)));
  const Ed25519Signature signature = state_->key.Sign(AsBytes(signed_part));
  std::string whole = fmt::format("{}.{}", signed_part, ToBase64Url(signature));
  if (whole.size() > kIdentityTokenMaxBytes) return Fail(Reason::kTooLarge, "identity token: over 6 KiB");
  return whole;
}

struct IdentityTokenVerifier::State {
  // By the whole protected header, as it travels.
  std::map<std::string, Ed25519PublicKey, std::less<>> keys;
  simdjson::dom::parser parser;
};

IdentityTokenVerifier::IdentityTokenVerifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
IdentityTokenVerifier::~IdentityTokenVerifier() = default;
IdentityTokenVerifier::IdentityTokenVerifier(IdentityTokenVerifier&&) noexcept = default;
IdentityTokenVerifier& IdentityTokenVerifier::operator=(IdentityTokenVerifier&&) noexcept = default;

Result<IdentityTokenVerifier> IdentityTokenVerifier::Create(const std::vector<IdentityPublicKey>& keys) {
  if (keys.empty()) return Fail(Reason::kInternal, "identity keys: none given");
  auto state = std::make_unique<State>();
  for (const IdentityPublicKey& key : keys) {
    if (!token::IsPlainText(key.key_id, 32)) return Fail(Reason::kInternal, "identity keys: bad key id");
    const openssl::PrivateOrPublicKey pem = token::ReadPem(key.pem, false);
    if (pem == nullptr) {
      return Fail(Reason::kInternal,
                  fmt::format("identity key {}: not a PEM public key of Ed25519", key.key_id));
    }
    std::array<std::uint8_t, Ed25519PublicKey::kSize> bytes;
    std::size_t size = bytes.size();
    openssl::Require(EVP_PKEY_get_raw_public_key(pem.get(), bytes.data(), &size) == 1, "Ed25519 public key");
    state->keys.emplace(token::HeaderFor(key.key_id), *Ed25519PublicKey::FromBytes(bytes));
  }
  return IdentityTokenVerifier(std::move(state));
}

Result<IdentityTokenVerifier> IdentityTokenVerifier::LoadFolder(const std::string& folder) {
  std::vector<IdentityPublicKey> keys;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (entry.path().extension() != ".pem") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    keys.push_back({entry.path().stem().string(), std::move(pem)});
  }
  if (problem) return Fail(Reason::kInternal, fmt::format("identity keys: cannot read {}", folder));
  return Create(keys);
}

Result<Principal> IdentityTokenVerifier::Verify(std::string_view token, Time now) const {
  if (token.size() > kIdentityTokenMaxBytes) return token::Refuse("over 6 KiB");
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return token::Refuse("no parts");
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return token::Refuse("two parts");
  const auto key = state_->keys.find(token.substr(0, first));
  if (key == state_->keys.end()) return token::Refuse("no header of ours");
  // A further dot would fall into the signature, where base64url has none.
  const auto signature = FromBase64Url(token.substr(second + 1));
  const auto claims_text = FromBase64Url(token.substr(first + 1, second - first - 1));
  if (!signature.has_value() || !claims_text.has_value() || claims_text->empty())
    return token::Refuse("not base64url");
  if (!key->second.Verify(AsBytes(token.substr(0, second)), *signature))
    return token::Refuse("wrong signature");

  simdjson::dom::element root;
  if (state_->parser.parse(claims_text->data(), claims_text->size()).get(root) != simdjson::SUCCESS) {
    return token::Refuse("claims are no JSON");
  }
  token::Claims claims;
  TRY(Principal principal, claims.Read(root));
  if (token::FromSeconds(claims.issued()) > now + kIdentityTokenSkew)
    return token::Refuse("issued in the future");
  if (now >= principal.expires + kIdentityTokenSkew) return token::Refuse("expired");
  principal.token = token;
  return principal;
}

}  // namespace aplus
