#include "services/auth/store/credentials.h"

#include <absl/container/flat_hash_set.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "libs/base/bytes.h"

namespace aplus::auth {
namespace {

TEST(Credentials, T_AUT_08_tokens_are_32_random_bytes_and_stored_as_sha256) {
  SystemRandom random;
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    const Token token = Token::Draw(random);
    EXPECT_EQ(token.text.size(), 43u);
    EXPECT_TRUE(seen.insert(token.text.Reveal()).second);
    if (i % 1000 != 0) continue;
    EXPECT_EQ(HashOfToken(token.text.Reveal()), token.hash);
    EXPECT_EQ(Sha256(*FromBase64Url(token.text.Reveal())), token.hash);
  }
}

TEST(Credentials, what_cannot_be_a_token_has_no_hash) {
  SystemRandom random;
  const Token token = Token::Draw(random);
  const std::string& text = token.text.Reveal();
  for (const std::string& other : {std::string(), text.substr(1), text + "A", text + "=", " " + text,
                                   std::string(43, '+'), std::string(43, '\0'), std::string(44, 'A')}) {
    EXPECT_EQ(HashOfToken(other), std::nullopt) << other.size();
  }
}

TEST(Credentials, P10_a_code_is_forgiven_its_case_blanks_and_lookalikes) {
  SystemRandom random;
  CodeBook codes(Key::Generate(random));
  const LoginRequestId request = LoginRequestId::New(SystemClock(), random);
  for (int i = 0; i < 200; ++i) {
    const SecretString code = CodeBook::DrawCode(random);
    const std::string& text = code.Reveal();
    ASSERT_EQ(text.size(), 8u);
    std::string typed = text.substr(0, 4) + " - " + text.substr(4);
    std::transform(typed.begin(), typed.end(), typed.begin(), [](char c) {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      return lower == '0' ? 'o' : lower == '1' ? 'l' : lower;
    });
    EXPECT_EQ(codes.MacOfCode(request, typed), codes.MacOfCode(request, text)) << typed;
  }
  for (const char* wrong : {"", "ABCD", "ABCDEFGHJ", "ABCD-EFG!", "UUUUUUUU", "ABCDEFGÉ"}) {
    EXPECT_EQ(codes.MacOfCode(request, wrong), std::nullopt) << wrong;
  }
}

TEST(Credentials, a_code_means_nothing_for_another_request_or_under_another_key) {
  SystemRandom random;
  CodeBook codes(Key::Generate(random)), others(Key::Generate(random));
  const LoginRequestId one = LoginRequestId::New(SystemClock(), random);
  const LoginRequestId two = LoginRequestId::New(SystemClock(), random);
  EXPECT_NE(codes.MacOfCode(one, "ABCDEFGH"), codes.MacOfCode(two, "ABCDEFGH"));
  EXPECT_NE(codes.MacOfCode(one, "ABCDEFGH"), others.MacOfCode(one, "ABCDEFGH"));
  EXPECT_NE(codes.MacOfNetwork("a@b.test"), codes.MacOfEmail("a@b.test"));
}

}  // namespace
}  // namespace aplus::auth
