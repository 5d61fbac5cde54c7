#include "libs/identity/jwks.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/crypto/openssl.h"

namespace aplus {
namespace jwks {

using openssl::Free;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

constexpr std::size_t kCoordinate = 32;  // of P-256
constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kMaxKeys = 50;

enum class Algorithm : std::uint8_t { kRs256, kEs256 };
constexpr std::string_view NameOf(Algorithm algorithm) {
  return algorithm == Algorithm::kRs256 ? "RS256" : "ES256";
}

struct SigningKey {
  std::string id;
  Algorithm algorithm;
  openssl::PrivateOrPublicKey key;
};

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(Reason::kUnauthenticated, fmt::format("signed statement: {}", why));
}

// The text of a member; nullopt when it is absent or no text.
std::optional<std::string_view> TextOf(simdjson::dom::object object, std::string_view name) {
  std::string_view text;
  if (object.at_key(name).get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<Bytes> BytesOf(simdjson::dom::object object, std::string_view name) {
  const auto text = TextOf(object, name);
  return text ? FromBase64Url(*text) : std::nullopt;
}

openssl::PrivateOrPublicKey FromParams(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  ERR_clear_error();
  return openssl::PrivateOrPublicKey(made ? key : nullptr);
}

openssl::PrivateOrPublicKey RsaKey(simdjson::dom::object object) {
  const auto n = BytesOf(object, "n");
  const auto e = BytesOf(object, "e");
  if (!n || !e || n->size() > 1024 || e->size() > 8) return nullptr;
  const BigNumber modulus(BN_bin2bn(n->data(), static_cast<int>(n->size()), nullptr));
  const BigNumber exponent(BN_bin2bn(e->data(), static_cast<int>(e->size()), nullptr));
  if (BN_num_bits(modulus.get()) < kLeastRsaBits) return nullptr;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  openssl::Require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
                       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1,
                   "RSA parameters");
  return FromParams("RSA", builder.get());
}

// A point off the curve is refused by OpenSSL.
openssl::PrivateOrPublicKey EcKey(simdjson::dom::object object) {
  const auto x = BytesOf(object, "x");
  const auto y = BytesOf(object, "y");
  if (TextOf(object, "crv") != "P-256" || !x || !y || x->size() != kCoordinate || y->size() != kCoordinate) {
    return nullptr;
  }
  Bytes point{0x04};  // uncompressed
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  openssl::Require(
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
          OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()) == 1,
      "EC parameters");
  return FromParams("EC", builder.get());
}

std::optional<SigningKey> KeyOf(simdjson::dom::object object) {
  const auto kind = TextOf(object, "kty");
  const auto purpose = TextOf(object, "use");
  if (!kind || (purpose && *purpose != "sig")) return std::nullopt;
  SigningKey key{std::string(TextOf(object, "kid").value_or("")), Algorithm::kRs256, nullptr};
  if (*kind == "RSA") {
    key.key = RsaKey(object);
  } else if (*kind == "EC") {
    key.algorithm = Algorithm::kEs256;
    key.key = EcKey(object);
  }
  if (key.key == nullptr) return std::nullopt;
  const auto algorithm = TextOf(object, "alg");
  if (algorithm && *algorithm != NameOf(key.algorithm)) return std::nullopt;
  return key;
}

struct Header {
  std::string algorithm, key_id;
};

Result<Header> ReadHeader(std::string_view json, simdjson::dom::parser& parser) {
  simdjson::dom::object object;
  // simdjson copies what it is given, and of nothing there is nothing to copy.
  if (json.empty() || parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
    return Refuse("its header is no object");
  Header header;
  std::set<std::string_view> seen;
  for (const auto member : object) {
    if (!seen.insert(member.key).second) return Refuse("its header says something twice");
    // What must be understood, and we do not: critical extensions, unencoded payloads (RFC 7797).
    if (member.key == "crit" || member.key == "b64") return Refuse("its header wants extensions");
  }
  header.algorithm = TextOf(object, "alg").value_or("");
  header.key_id = TextOf(object, "kid").value_or("");
  return header;
}

// JWS has r and s side by side, OpenSSL wants them in DER.
std::optional<Bytes> ToDer(const Bytes& signature) {
  if (signature.size() != 2 * kCoordinate) return std::nullopt;
  const EcSignature pair(ECDSA_SIG_new());
  BigNumber r(BN_bin2bn(signature.data(), kCoordinate, nullptr));
  BigNumber s(BN_bin2bn(signature.data() + kCoordinate, kCoordinate, nullptr));
  openssl::Require(pair && r && s && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1, "ECDSA pair");
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return std::nullopt;
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  openssl::Require(i2d_ECDSA_SIG(pair.get(), &out) == size, "ECDSA in DER");
  return der;
}

bool IsSignedBy(const SigningKey& key, std::string_view message, Bytes signature) {
  if (key.algorithm == Algorithm::kEs256) {
    auto der = ToDer(signature);
    if (!der) return false;
    signature = *std::move(der);
  }
  const openssl::DigestContext context(EVP_MD_CTX_new());
  openssl::Require(
      context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) == 1,
      "verification");
  const BytesView bytes = AsBytes(message);
  const bool good =
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace jwks

struct JwkSet::State {
  std::vector<jwks::SigningKey> keys;
  mutable simdjson::dom::parser parser;
};

JwkSet::JwkSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
JwkSet::~JwkSet() = default;
JwkSet::JwkSet(JwkSet&&) noexcept = default;
JwkSet& JwkSet::operator=(JwkSet&&) noexcept = default;

std::size_t JwkSet::size() const { return state_->keys.size(); }

Result<JwkSet> JwkSet::Parse(std::string_view json) {
  auto state = std::make_unique<State>();
  simdjson::dom::object root;
  simdjson::dom::array keys;
  if (json.empty() || state->parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
      root.at_key("keys").get(keys) != simdjson::SUCCESS || keys.size() > jwks::kMaxKeys) {
    return Fail(Reason::kInvalidArgument, "key set: not a JWK set");
  }
  for (const simdjson::dom::element element : keys) {
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) continue;
    if (auto key = jwks::KeyOf(object)) state->keys.push_back(*std::move(key));
  }
  if (state->keys.empty())
    return Fail(Reason::kInvalidArgument, "key set: no RSA or P-256 key to verify with");
  return JwkSet(std::move(state));
}

Result<std::string> JwkSet::Verify(std::string_view jws) const {
  if (jws.size() > kJwsMaxBytes) return jwks::Refuse("too long");
  const std::size_t first = jws.find('.');
  const std::size_t second = first == std::string_view::npos ? first : jws.find('.', first + 1);
  if (second == std::string_view::npos) return jwks::Refuse("not three parts");
  // A further dot would fall into the signature, where base64url has none.
  const auto header_text = FromBase64Url(jws.substr(0, first));
  const auto payload = FromBase64Url(jws.substr(first + 1, second - first - 1));
  const auto signature = FromBase64Url(jws.substr(second + 1));
  if (!header_text || !payload || !signature) return jwks::Refuse("not base64url");
  TRY(const jwks::Header header, jwks::ReadHeader(AsText(*header_text), state_->parser));
  bool known = false;
  for (const jwks::SigningKey& key : state_->keys) {
    // Without a name any key of the algorithm may have signed; with one, only the key of that name.
    if (!header.key_id.empty() && key.id != header.key_id) continue;
    known = true;
    if (header.algorithm != jwks::NameOf(key.algorithm)) continue;
    if (jwks::IsSignedBy(key, jws.substr(0, second), *signature)) return std::string(AsText(*payload));
  }
  if (!known) return Fail(Reason::kNotFound, "signed statement: a key that we do not have");
  return jwks::Refuse("no signature of its key and algorithm");
}

}  // namespace aplus
