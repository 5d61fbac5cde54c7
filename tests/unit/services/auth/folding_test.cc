// Search in names folds in the database as it does here: what one finds the other finds (P4, P32).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utf8proc.h>

#include <string>
#include <vector>

#include "auth_migrations.h"
#include "libs/base/text.h"
#include "libs/postgres/testing/describe.h"
#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::folding_test {

using ::testing::IsEmpty;

std::string Utf8(utf8proc_int32_t codepoint) {
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(codepoint, bytes);
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool IsLetter(utf8proc_int32_t codepoint) {
  const auto category = utf8proc_category(codepoint);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

// Every letter of the Latin blocks, alone and between others; those that are one letter and a mark also as
// the two characters that people's keyboards may send.
std::vector<std::string> LatinLetters() {
  std::vector<std::string> letters;
  for (const auto& [first, last] : std::initializer_list<std::pair<int, int>>{{0x41, 0x24f},
                                                                              {0x1e00, 0x1eff},
                                                                              {0x2c60, 0x2c7f},
                                                                              {0xa722, 0xa787},
                                                                              {0xfb00, 0xfb06},
                                                                              {0xff21, 0xff5a}}) {
    for (int codepoint = first; codepoint <= last; ++codepoint) {
      if (!IsLetter(codepoint)) continue;
      letters.push_back(Utf8(codepoint));
      letters.push_back("D'" + Utf8(codepoint) + "z ");
      for (int mark = 0x300; mark <= 0x36f && codepoint < 0x7b; ++mark)
        letters.push_back(Utf8(codepoint) + Utf8(mark));
    }
  }
  for (const char* text :
       {"so\u00adft", "Zo\u200bë", "Straße", "ẞ", "Dvořák-Łukasz Ǿ", "Nguyễn Thị Đào", "Şahin IĞDIR ı İ"})
    letters.emplace_back(text);
  return letters;
}

TEST(Folding, P32_the_database_folds_every_latin_letter_as_we_do) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  aplus::testing::ScratchDatabase scratch(auth_migrations);
  const std::vector<std::string> letters = LatinLetters();
  std::string values;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    std::string quoted;
    for (const char c : letters[i]) quoted += c == '\'' ? "''" : std::string(1, c);
    values += (i == 0 ? "(" : ", (") + std::to_string(i) + ", '" + quoted + "')";
  }
  const auto folded = scratch.Sql("SELECT folded(v.letter) FROM (VALUES " + values +
                                  ") AS v (number, letter) ORDER BY v.number");
  ASSERT_EQ(folded.size(), letters.size());
  std::vector<std::string> differ;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const std::string ours = FoldForSearch(letters[i]).value();
    if (ours != folded[i]) differ.push_back(letters[i] + ": " + ours + " / " + folded[i]);
  }
  EXPECT_THAT(differ, IsEmpty());
  EXPECT_GT(letters.size(), 7000u);
}

}  // namespace aplus::auth::folding_test
