// Identity tokens: what is said comes back, and nothing else passes (T-AUT-12).
#include "libs/identity/token.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <string>

#include "libs/base/bytes.h"
#include "libs/crypto/ed25519.h"

namespace aplus {
namespace {

using std::chrono::seconds;

struct Pair {
  Key seed;
  std::string private_pem, public_pem;
};

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Pair MakePair() {
  SystemRandom random;
  Key seed = Key::Generate(random);
  const openssl::PrivateOrPublicKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.Reveal().data(), Key::kSize));
  const std::unique_ptr<BIO, openssl::Free<BIO_free>> secret(BIO_new(BIO_s_mem()));
  const std::unique_ptr<BIO, openssl::Free<BIO_free>> open(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(open.get(), key.get());
  return {std::move(seed), Drain(secret.get()), Drain(open.get())};
}

class IdentityToken : public testing::Test {
 protected:
  IdentityToken() {
    issuer_.emplace(*IdentityTokenIssuer::Create("k1", pair_.private_pem, random_));
    verifier_.emplace(*IdentityTokenVerifier::Create({{"k1", pair_.public_pem}}));
    principal_.user = UserId::New(clock_, random_);
    principal_.session = SessionId::New(clock_, random_);
    principal_.auth_time = clock_.Now() - seconds(60);
    principal_.amr = {"mail"};
    principal_.terms_accepted = true;
    principal_.second_factor_due = true;
    principal_.memberships = {
        {GroupId::New(clock_, random_), kRoleHelper, Side::kHelper},
        {GroupId::New(clock_, random_), kRoleInstructor | kRoleManager, Side::kInstructor}};
  }

  std::string Issue() { return *issuer_->Issue(principal_, clock_.Now()); }

  // A token signed by the right key over whatever is given.
  std::string Sign(std::string_view header, std::string_view claims) {
    const std::string part = fmt::format("{}.{}", ToBase64Url(AsBytes(header)), ToBase64Url(AsBytes(claims)));
    return fmt::format("{}.{}", part, ToBase64Url(Ed25519PrivateKey(pair_.seed).Sign(AsBytes(part))));
  }
  static std::string Part(std::string_view token, int index) {
    for (; index > 0; --index) token.remove_prefix(token.find('.') + 1);
    const auto bytes = FromBase64Url(token.substr(0, token.find('.')));
    return std::string(AsText(*bytes));
  }
  bool Accepts(std::string_view token) {
    const auto answer = verifier_->Verify(token, clock_.Now());
    if (!answer.has_value()) EXPECT_EQ(answer.error().reason, Reason::kUnauthenticated);
    return answer.has_value();
  }

  ManualClock clock_{Time(seconds(1'800'000'000))};
  SystemRandom random_;
  Pair pair_ = MakePair();
  std::optional<IdentityTokenIssuer> issuer_;
  std::optional<IdentityTokenVerifier> verifier_;
  Principal principal_;
};

TEST_F(IdentityToken, WhatIsSaidComesBack) {
  principal_.account_roles = kRoleExpert;
  principal_.shared_account = true;
  const std::string token = Issue();
  const auto back = verifier_->Verify(token, clock_.Now());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->user, principal_.user);
  EXPECT_EQ(back->session, principal_.session);
  EXPECT_EQ(back->memberships, principal_.memberships);
  EXPECT_EQ(back->account_roles, principal_.account_roles);
  EXPECT_EQ(back->auth_time, principal_.auth_time);
  EXPECT_EQ(back->amr, principal_.amr);
  EXPECT_TRUE(back->shared_account);
  EXPECT_TRUE(back->terms_accepted);
  EXPECT_TRUE(back->second_factor_due);
  EXPECT_EQ(back->token, token);
  EXPECT_EQ(back->expires, clock_.Now() + kIdentityTokenLifetime);
}

TEST_F(IdentityToken, LivesThirtySecondsAndFiveOfSkew) {
  const std::string token = Issue();
  const Time issued = clock_.Now();
  const std::pair<Duration, bool> cases[] = {{seconds(-5), true},
                                             {seconds(-6), false},
                                             {seconds(0), true},
                                             {seconds(34), true},
                                             {seconds(35), false}};
  for (const auto& [offset, good] : cases) {
    clock_.Set(issued + offset);
    EXPECT_EQ(Accepts(token), good) << offset.count();
  }
}

TEST_F(IdentityToken, T_AUT_12_EveryFlippedBitIsRefused) {
  const std::string token = Issue();
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const int bit : {0, 1, 5}) {
      std::string changed = token;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(Accepts(changed)) << "byte " << i << " bit " << bit;
    }
  }
}

TEST_F(IdentityToken, T_AUT_12_OtherHeadersAreRefusedEvenWithTheRightSignature) {
  const std::string claims = Part(Issue(), 1);
  ASSERT_TRUE(Accepts(Sign(R"({"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k1"})", claims)));
  for (const char* header : {
           R"({"alg":"none","typ":"aplus-iit+jwt","kid":"k1"})",
           R"({"alg":"HS256","typ":"aplus-iit+jwt","kid":"k1"})",
           R"({"alg":"EdDSA","typ":"JWT","kid":"k1"})",
           R"({"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k2"})",
           R"({"alg":"EdDSA","typ":"aplus-iit+jwt"})",
           R"({"typ":"aplus-iit+jwt","alg":"EdDSA","kid":"k1"})",
           R"({ "alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k1"})",
           R"({"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k1","crit":["b64"],"b64":false})",
           R"({"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k1","jku":"https://evil.test/keys"})",
           R"({"alg":"EdDSA","typ":"aplus-iit+jwt","kid":"k1","jwk":{}})",
           R"({"alg":"EdDSA","alg":"none","typ":"aplus-iit+jwt","kid":"k1"})",
           "{}",
           "",
       }) {
    EXPECT_FALSE(Accepts(Sign(header, claims))) << header;
  }
}

TEST_F(IdentityToken, T_AUT_12_OtherClaimsAreRefusedEvenWithTheRightSignature) {
  const std::string header = Part(Issue(), 0);
  const std::string claims = Part(Issue(), 1);
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = claims;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::string sub = fmt::format(R"("sub":"{}")", principal_.user.ToString());
  ASSERT_TRUE(Accepts(Sign(header, claims)));
  for (const std::string& changed : {
           replaced("aplus-auth", "other"),
           replaced(R"("aud":"aplus")", R"("aud":"other")"),
           replaced(R"("aud":"aplus")", R"("aud":["aplus"])"),
           replaced(R"("aud":"aplus",)", ""),
           replaced(sub, R"("sub":"1")"),
           replaced(sub, sub + "," + sub),
           replaced(R"("exp":1800000030)", R"("exp":1900000000)"),
           replaced(R"("exp":1800000030)", R"("exp":"1800000030")"),
           replaced(R"("exp":1800000030)", R"("exp":1800000030.5)"),
           replaced(R"("exp":1800000030)", R"("exp":99999999999999999)"),
           replaced(R"("iat":1800000000)", R"("iat":-1)"),
           replaced(R"("terms":true)", R"("terms":1)"),
           replaced(R"("terms":true)", R"("terms":true,"admin":true)"),
           replaced(R"("amr":["mail"])", R"("amr":"mail")"),
           replaced(R"("mem":[[)", R"("mem":[[],[)"),
           claims + " {}",
           "[" + claims + "]",
           std::string("null"),
           std::string(),
       }) {
    EXPECT_FALSE(Accepts(Sign(header, changed))) << changed;
  }
}

TEST_F(IdentityToken, T_AUT_12_OtherShapesAreRefused) {
  const std::string token = Issue();
  const std::string head = token.substr(0, token.find('.'));
  for (const std::string& changed :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".",
        token + "." + head, "." + token, " " + token, token + "=", token + "\n",
        token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1), std::string(7000, 'a'),
        token + std::string(7000, 'A'), std::string("\0\0", 2)}) {
    EXPECT_FALSE(Accepts(changed)) << changed.substr(0, 100);
  }
}

TEST_F(IdentityToken, AnotherKeyOfTheSameNameIsRefused) {
  const Pair other = MakePair();
  const auto forger = IdentityTokenIssuer::Create("k1", other.private_pem, random_);
  EXPECT_FALSE(Accepts(*forger->Issue(principal_, clock_.Now())));
}

TEST_F(IdentityToken, TwoKeysLiveTogetherDuringRotation) {
  const Pair next = MakePair();
  const auto both = IdentityTokenVerifier::Create({{"k1", pair_.public_pem}, {"k2", next.public_pem}});
  const auto second = IdentityTokenIssuer::Create("k2", next.private_pem, random_);
  EXPECT_TRUE(both->Verify(Issue(), clock_.Now()).has_value());
  EXPECT_TRUE(both->Verify(*second->Issue(principal_, clock_.Now()), clock_.Now()).has_value());
}

TEST_F(IdentityToken, TwoHundredMembershipsFitMoreAreRefused) {
  principal_.memberships.resize(kIdentityTokenMaxMemberships,
                                {GroupId::New(clock_, random_), 7, Side::kInstructor});
  // 200 memberships are as many as the claims may hold; the size decides first where names are long.
  const auto whole = issuer_->Issue(principal_, clock_.Now());
  if (whole.has_value()) {
    EXPECT_TRUE(Accepts(*whole));
  } else {
    EXPECT_EQ(whole.error().reason, Reason::kTooLarge);
  }
  principal_.memberships.push_back(principal_.memberships.front());
  EXPECT_EQ(issuer_->Issue(principal_, clock_.Now()).error().reason, Reason::kTooLarge);
}

TEST_F(IdentityToken, T_CFG_01_BrokenKeysAreRefused) {
  EXPECT_FALSE(IdentityTokenIssuer::Create("k1", "", random_).has_value());
  EXPECT_FALSE(IdentityTokenIssuer::Create("k1", pair_.public_pem, random_).has_value());
  EXPECT_FALSE(IdentityTokenIssuer::Create("", pair_.private_pem, random_).has_value());
  EXPECT_FALSE(IdentityTokenIssuer::Create("k\"1", pair_.private_pem, random_).has_value());
  EXPECT_FALSE(IdentityTokenVerifier::Create({}).has_value());
  EXPECT_FALSE(IdentityTokenVerifier::Create({{"k1", pair_.private_pem}}).has_value());
  EXPECT_FALSE(IdentityTokenVerifier::LoadFolder("/nonexistent").has_value());
}

}  // namespace
}  // namespace aplus
