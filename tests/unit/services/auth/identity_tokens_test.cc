#include "services/auth/rpc/identity_tokens.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "libs/base/random.h"

namespace aplus::auth {
namespace {

using std::chrono::seconds;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 5 / 12} + std::chrono::hours(17)};

std::string NewPrivateKeyPem() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

class IdentityTokensTest : public ::testing::Test {
 protected:
  static IdentityTokenIssuer Issuer(Random& random) {
    auto issuer = IdentityTokenIssuer::Create("test-1", NewPrivateKeyPem(), random);
    EXPECT_TRUE(issuer) << issuer.error().diagnostic;
    return *std::move(issuer);
  }
  Principal Somebody() {
    Principal principal;
    principal.user = UserId::New(clock_, random_);
    principal.session = SessionId::New(clock_, random_);
    principal.memberships = {{GroupId::New(clock_, random_), kRoleHelper, Side::kHelper}};
    principal.auth_time = kNow - seconds(60);
    principal.amr = {"mail"};
    return principal;
  }
  SystemClock clock_;
  SystemRandom random_;
  IdentityTokens tokens_{Issuer(random_)};
};

TEST_F(IdentityTokensTest, P14_a_token_is_signed_anew_every_twenty_seconds_and_lives_thirty) {
  const Principal principal = Somebody();
  const SignedIdentity first = *tokens_.For(principal, kNow);
  EXPECT_EQ(first.expires, kNow + seconds(30));
  EXPECT_EQ(tokens_.For(principal, kNow + seconds(19))->token, first.token);
  const SignedIdentity second = *tokens_.For(principal, kNow + seconds(20));
  EXPECT_NE(second.token, first.token);
  EXPECT_EQ(second.expires, kNow + seconds(50));
  EXPECT_EQ(tokens_.signed_count(), 2u);
}

TEST_F(IdentityTokensTest, P14_what_changes_is_signed_at_once) {
  Principal principal = Somebody();
  std::string before = tokens_.For(principal, kNow)->token;
  const auto expect_new = [&](const char* what) {
    const std::string after = tokens_.For(principal, kNow)->token;
    EXPECT_NE(after, before) << what;
    EXPECT_EQ(tokens_.For(principal, kNow)->token, after) << what;
    before = after;
  };
  principal.memberships[0].roles |= kRoleManager;
  expect_new("a role more");
  principal.memberships.clear();
  expect_new("no group any more");
  principal.terms_accepted = true;
  expect_new("terms accepted");
  principal.account_roles = kRoleExpert;
  expect_new("an account role");
  principal.shared_account = true;
  expect_new("shared");
}

TEST_F(IdentityTokensTest, a_clock_set_back_does_not_stretch_the_reuse) {
  const Principal principal = Somebody();
  const std::string first = tokens_.For(principal, kNow)->token;
  EXPECT_NE(tokens_.For(principal, kNow - seconds(1))->token, first);
}

TEST_F(IdentityTokensTest, sessions_not_seen_any_more_are_forgotten) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(tokens_.For(Somebody(), kNow));
  EXPECT_EQ(tokens_.size(), 50u);
  ASSERT_TRUE(tokens_.For(Somebody(), kNow + seconds(40)));
  EXPECT_EQ(tokens_.size(), 1u);
}

}  // namespace
}  // namespace aplus::auth
