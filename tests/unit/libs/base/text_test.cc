#include "libs/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/random.h"

namespace aplus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr std::string_view kNotUtf8[] = {
    "\xc0\x80",          // overlong NUL
    "\xc1\xbf",          // overlong
    "\xe0\x9f\xbf",      // overlong, three bytes
    "\xf0\x8f\xbf\xbf",  // overlong, four bytes
    "\xed\xa0\x80",      // surrogate
    "\xed\xbf\xbf",      // surrogate
    "\xf4\x90\x80\x80",  // above U+10FFFF
    "\xf5\x80\x80\x80",  // above U+10FFFF
    "\x80",              // continuation alone
    "\xc3",              // cut short
    "\xe2\x82",          // cut short
    "\xf0\x9f\x98",      // cut short
    "a\xff",             // never a byte of UTF-8
    "\xc3\x28",          // bad continuation
};

TEST(TextTest, OnlyStrictUtf8IsText) {
  for (std::string_view bad : kNotUtf8) {
    EXPECT_FALSE(IsValidUtf8(bad));
    EXPECT_FALSE(NormaliseText(bad));
    EXPECT_FALSE(NormaliseLine(bad));
    EXPECT_FALSE(CountCharacters(bad));
    EXPECT_FALSE(FoldForSearch(bad));
    EXPECT_FALSE(FoldedWords(bad));
  }
  for (std::string_view good :
       {"", "a", "é", "€", "😊", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
  EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
}

TEST(TextTest, NormalisingComposesAndKeepsLines) {
  EXPECT_THAT(NormaliseText("e\u0301te\u0301"), Optional(std::string("été")));
  EXPECT_THAT(NormaliseText("un\r\ndeux\rtrois\n\tquatre\u2028cinq"),
              Optional(std::string("un\ndeux\ntrois\n\tquatre\ncinq")));
  EXPECT_THAT(NormaliseText(std::string_view("a\0b\x07\x7f\u009fc", 8)), Optional(std::string("abc")));
}

TEST(TextTest, BidiControlsGoAndDoNotKeepALetterFromItsAccent) {
  EXPECT_THAT(NormaliseLine("facture\u202Efdp.exe"), Optional(std::string("facturefdp.exe")));
  EXPECT_THAT(NormaliseText("\u2066a\u2069\u200e\u200f\u061c"), Optional(std::string("a")));
  EXPECT_THAT(NormaliseText("e\u202d\u0301"), Optional(std::string("é")));
}

TEST(TextTest, ALineHasSingleSpacesInside) {
  EXPECT_THAT(NormaliseLine("  Jean\u00a0\t Paul\r\nDurand \u202f"),
              Optional(std::string("Jean Paul Durand")));
  EXPECT_THAT(NormaliseLine(" \n "), Optional(std::string()));
}

TEST(TextTest, WhatNobodySeesIsEmpty) {
  for (const char* invisible :
       {"\u200b\u200b", " \u2060\n", "\u00ad", "\ufeff", "\u3164", "\u0301", "\u200d\ufe0f", "\t"}) {
    EXPECT_THAT(NormaliseText(invisible), Optional(std::string())) << invisible;
    EXPECT_THAT(NormaliseLine(invisible), Optional(std::string())) << invisible;
  }
  EXPECT_THAT(NormaliseLine("a\u200bb"), Optional(std::string("a\u200bb")));
  EXPECT_THAT(NormaliseLine("👩\u200d💻"), Optional(std::string("👩\u200d💻")));
}

TEST(TextTest, CharactersAreCodePoints) {
  EXPECT_EQ(CountCharacters("été 😊"), 5u);
  EXPECT_EQ(CountCharacters(""), 0u);
}

TEST(TextTest, P32_SearchIgnoresCaseAndAccents) {
  for (auto [text, folded] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"Élodie CŒUR", "elodie coeur"},
           {"ÇA", "ca"},
           {"Łukasz Øster Ǿ", "lukasz oster o"},
           {"straße", "strasse"},
           {"İstanbul ılık", "istanbul ilik"},
           {"ﬁnancière", "financiere"},
           {"Æther", "aether"},
           {"2º", "2o"},
           {"so\u00adft", "soft"}}) {
    EXPECT_THAT(FoldForSearch(text), Optional(std::string(folded)));
  }
}

TEST(TextTest, P32_WordsAreLettersAndDigits) {
  EXPECT_THAT(FoldedWords("L’allocation d'Été, n° 42-B !"),
              Optional(ElementsAre("l", "allocation", "d", "ete", "n", "42", "b")));
  EXPECT_THAT(FoldedWords("  …  "), Optional(IsEmpty()));
}

// Whatever stands in the text: the normal forms are fixed points, and composed and decomposed spellings of a
// word are found by each other.
TEST(TextTest, NormalFormsAreFixedPoints) {
  constexpr std::uint64_t kSeed = 20260513;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  constexpr std::string_view kPieces[] = {
      "e", "\u0301", "é", "œ", " ", "\u00a0", "\r", "\n", "\u202e",       "ß",  "İ",  "ǿ",
      "ﬀ", "\u0328", "ẞ", "Ω", "’", "7",      "½",  "ŉ",  "\u1e9b\u0323", "한", "ﾊﾟ", "\u0345"};
  for (int i = 0; i < 20'000; ++i) {
    std::uint8_t draw[9];
    random.Fill(draw);
    std::string text;
    for (int k = 0; k <= draw[8] % 8; ++k) text += kPieces[draw[k] % std::size(kPieces)];
    const std::string once = NormaliseText(text).value();
    EXPECT_EQ(NormaliseText(once), once) << text;
    const std::string line = NormaliseLine(text).value();
    EXPECT_EQ(NormaliseLine(line), line) << text;
    const std::string folded = FoldForSearch(text).value();
    EXPECT_EQ(FoldForSearch(folded), folded) << text;
    EXPECT_EQ(FoldedWords(once), FoldedWords(text)) << text;
  }
}

}  // namespace
}  // namespace aplus
