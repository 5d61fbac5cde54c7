// Statements signed by others: what the two algorithms and the key that is named say passes, nothing else
// (T-AUT-11).
#include "libs/identity/jwks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <cstring>
#include <memory>
#include <string>

#include "libs/base/bytes.h"
#include "libs/crypto/openssl.h"

namespace aplus {
namespace jwks_test {

using openssl::PrivateOrPublicKey;

Bytes Parameter(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  BN_free(number);
  return bytes;
}

Bytes Padded(Bytes bytes) {
  bytes.insert(bytes.begin(), 32 - bytes.size(), 0);
  return bytes;
}

// A signer with its public half as a JWK.
struct Signer {
  std::string id;
  PrivateOrPublicKey key;

  bool IsRsa() const { return EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA; }
  std::string Algorithm() const { return IsRsa() ? "RS256" : "ES256"; }

  std::string Jwk(std::string_view more = "") const {
    if (IsRsa()) {
      return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"{}}})", id,
                         ToBase64Url(Parameter(key.get(), OSSL_PKEY_PARAM_RSA_N)),
                         ToBase64Url(Parameter(key.get(), OSSL_PKEY_PARAM_RSA_E)), more);
    }
    return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"{}}})", id,
                       ToBase64Url(Padded(Parameter(key.get(), OSSL_PKEY_PARAM_EC_PUB_X))),
                       ToBase64Url(Padded(Parameter(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y))), more);
  }

  Bytes RawSignature(const std::string& input) const {
    const openssl::DigestContext context(EVP_MD_CTX_new());
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
    const BytesView bytes = AsBytes(input);
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size());
    Bytes signature(size);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()), 1);
    signature.resize(size);
    if (IsRsa()) return signature;
    const unsigned char* der = signature.data();
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
    Bytes raw(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32);
    ECDSA_SIG_free(pair);
    return raw;
  }

  std::string SignWith(std::string_view header, std::string_view payload) const {
    const std::string input =
        fmt::format("{}.{}", ToBase64Url(AsBytes(header)), ToBase64Url(AsBytes(payload)));
    return fmt::format("{}.{}", input, ToBase64Url(RawSignature(input)));
  }
  std::string Sign(std::string_view payload) const {
    return SignWith(fmt::format(R"({{"alg":"{}","kid":"{}"}})", Algorithm(), id), payload);
  }
};

Signer Ec(std::string id) { return {std::move(id), PrivateOrPublicKey(EVP_EC_gen("P-256"))}; }
Signer Rsa(std::string id, unsigned bits = 2048) {
  return {std::move(id), PrivateOrPublicKey(EVP_RSA_gen(bits))};
}

std::string SetOf(std::string_view keys) { return fmt::format(R"({{"keys":[{}]}})", keys); }

constexpr std::string_view kPayload = R"({"sub":"agent"})";

TEST(Jwks, T_AUT_11_TwoAlgorithmsPass) {
  const Signer ec = Ec("e1"), rsa = Rsa("r1");
  const auto set = JwkSet::Parse(SetOf(ec.Jwk() + "," + rsa.Jwk(R"(,"use":"sig","alg":"RS256")")));
  ASSERT_TRUE(set) << set.error().diagnostic;
  EXPECT_EQ(set->size(), 2u);
  for (const Signer* signer : {&ec, &rsa}) {
    const auto payload = set->Verify(signer->Sign(kPayload));
    ASSERT_TRUE(payload) << payload.error().diagnostic;
    EXPECT_EQ(*payload, kPayload);
    // Without a name any key of the algorithm may be meant.
    EXPECT_TRUE(
        set->Verify(signer->SignWith(fmt::format(R"({{"alg":"{}"}})", signer->Algorithm()), kPayload)));
  }
}

TEST(Jwks, T_AUT_11_EverythingElseIsRefused) {
  const Signer ec = Ec("e1"), rsa = Rsa("r1"), foreign = Ec("e1"), unknown = Ec("e2");
  const auto set = JwkSet::Parse(SetOf(ec.Jwk() + "," + rsa.Jwk()));
  ASSERT_TRUE(set);
  const auto hmac = [](std::string_view header, const std::string& secret) {
    const std::string input =
        fmt::format("{}.{}", ToBase64Url(AsBytes(header)), ToBase64Url(AsBytes(kPayload)));
    Bytes mac(32);
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), AsBytes(input).data(), input.size(),
         mac.data(), &size);
    return fmt::format("{}.{}", input, ToBase64Url(mac));
  };
  const std::string good = ec.Sign(kPayload);
  const std::size_t first = good.find('.'), second = good.rfind('.');
  const std::string header = good.substr(0, first), claims = good.substr(first + 1, second - first - 1),
                    signature = good.substr(second + 1);
  const std::string none = ToBase64Url(AsBytes(R"({"alg":"none"})"));
  const std::string none_named = ToBase64Url(AsBytes(R"({"alg":"none","kid":"e1"})"));
  std::vector<std::string> bad = {
      "", ".", "..", "...", good + ".", good + ".x", header + "." + claims, header + "." + claims + ".",
      "." + claims + "." + signature, header + ".." + signature, none + "." + claims + ".",
      none + "." + claims + "." + signature, none_named + "." + claims + ".", good + "=", " " + good,
      good + "\n", foreign.Sign(kPayload), hmac(R"({"alg":"HS256","kid":"e1"})", ec.Jwk()),
      hmac(R"({"alg":"HS256","kid":"r1"})", rsa.Jwk()), hmac(R"({"alg":"HS256"})", ""),
      // The key of one algorithm under the name of the other.
      rsa.SignWith(R"({"alg":"ES256","kid":"r1"})", kPayload),
      ec.SignWith(R"({"alg":"RS256","kid":"e1"})", kPayload),
      rsa.SignWith(R"({"alg":"RS256","kid":"e1"})", kPayload),
      rsa.SignWith(R"({"alg":"PS256","kid":"r1"})", kPayload),
      rsa.SignWith(R"({"alg":"RS512","kid":"r1"})", kPayload),
      ec.SignWith(R"({"alg":"es256","kid":"e1"})", kPayload), ec.SignWith(R"({"kid":"e1"})", kPayload),
      ec.SignWith(R"({"alg":["ES256"],"kid":"e1"})", kPayload), ec.SignWith(R"(["ES256"])", kPayload),
      ec.SignWith("ES256", kPayload), ec.SignWith("", kPayload),
      ec.SignWith(R"({"alg":"ES256","alg":"ES256","kid":"e1"})", kPayload),
      ec.SignWith(R"({"alg":"ES256","kid":"e1","crit":["exp"]})", kPayload),
      ec.SignWith(R"({"alg":"ES256","kid":"e1","b64":false,"crit":["b64"]})", kPayload),
      ec.SignWith(R"({"alg":"ES256","kid":"e1","b64":true})", kPayload),
      // A key that it brings itself.
      foreign.SignWith(fmt::format(R"({{"alg":"ES256","jwk":{}}})", foreign.Jwk()), kPayload),
      std::string(kJwsMaxBytes, 'A') + good};
  // DER where the two numbers belong, and the two numbers cut or swapped.
  const Bytes raw = *FromBase64Url(signature);
  bad.push_back(header + "." + claims + "." + ToBase64Url(BytesView(raw).first(63)));
  Bytes swapped(raw.begin() + 32, raw.end());
  swapped.insert(swapped.end(), raw.begin(), raw.begin() + 32);
  bad.push_back(header + "." + claims + "." + ToBase64Url(swapped));
  bad.push_back(header + "." + claims + "." + ToBase64Url(Bytes(64, 0)));
  for (const std::string& jws : bad) {
    const auto payload = set->Verify(jws);
    EXPECT_FALSE(payload) << jws.substr(0, 200);
  }
  EXPECT_EQ(set->Verify(unknown.Sign(kPayload)).error().reason, Reason::kNotFound)
      << "a newer key may say so";
  ASSERT_TRUE(set->Verify(good));
}

TEST(Jwks, T_AUT_11_EveryFlippedBitIsRefused) {
  const Signer ec = Ec("e1");
  const auto set = JwkSet::Parse(SetOf(ec.Jwk()));
  ASSERT_TRUE(set);
  const std::string good = ec.Sign(kPayload);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string broken = good;
      broken[i] = static_cast<char>(broken[i] ^ 1 << bit);
      EXPECT_FALSE(set->Verify(broken)) << i << " " << bit;
    }
  }
}

TEST(Jwks, OnlyKeysOfUseAreKept) {
  const Signer ec = Ec("e1"), weak = Rsa("w", 1024);
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), SetOf(""), SetOf(weak.Jwk()),
        SetOf(R"({"kty":"oct","k":"AAAA"})"), SetOf(ec.Jwk(R"(,"use":"enc")")),
        SetOf(ec.Jwk(R"(,"alg":"ES384")")), SetOf("1,\"x\",null"),
        SetOf(R"({"kty":"EC","crv":"P-256","kid":"x","x":"AAAA","y":"AAAA"})"),
        // A point off the curve.
        SetOf(fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}})", ToBase64Url(Bytes(32, 1)),
                          ToBase64Url(Bytes(32, 2)))),
        SetOf(R"({"kty":"EC","crv":"P-384","kid":"x","x":"AAAA","y":"AAAA"})"),
        SetOf(R"({"kty":"RSA","n":"!","e":"AQAB"})")}) {
    EXPECT_FALSE(JwkSet::Parse(text)) << text.substr(0, 100);
  }
  const auto mixed = JwkSet::Parse(SetOf(weak.Jwk() + "," + ec.Jwk()));
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->size(), 1u);
}

}  // namespace jwks_test
}  // namespace aplus
