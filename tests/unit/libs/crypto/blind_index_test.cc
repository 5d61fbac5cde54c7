#include "libs/crypto/blind_index.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplus {
namespace {

Key KeyOf(int seed) {
  SeededRandom random(static_cast<std::uint64_t>(seed));
  return Key::Generate(random);
}

bool Finds(const SearchTokens& row, const SearchTokens& query) {
  return !query.empty() && std::ranges::includes(row, query);
}

class BlindIndexTest : public ::testing::Test {
 protected:
  SearchTokens Words(std::string_view text) { return index_.Words(text).value(); }
  SearchTokens Names(std::string_view text) { return index_.WordsAndPrefixes(text).value(); }
  SearchTokens Query(std::string_view text) { return index_.Query(text).value(); }

  BlindIndex index_{1, KeyOf(1)};
};

TEST_F(BlindIndexTest, P32_WordsAreFoundWithoutCaseAndAccents) {
  const SearchTokens message = Words("L’allocation d’Élodie n’est plus versée depuis le 3 février 2026.");
  for (std::string_view typed :
       {"allocation", "ALLOCATION", "élodie", "elodie", "versee fevrier", "2026", "E\u0301lodie"}) {
    EXPECT_TRUE(Finds(message, Query(typed))) << typed;
  }
  for (std::string_view typed : {"alloc", "versement", "allocation mars", "elodi", "202"}) {
    EXPECT_FALSE(Finds(message, Query(typed))) << typed;
  }
}

TEST_F(BlindIndexTest, P32_NamesAndSubjectsAreFoundByTheirBeginnings) {
  const SearchTokens citizen = Names("Gisèle Lœwenstein-Ñandú");
  for (std::string_view typed :
       {"gis", "gisel", "gisele", "loe", "lœwen", "loewenstein", "ñan", "nandu", "gis nan"}) {
    EXPECT_TRUE(Finds(citizen, Query(typed))) << typed;
  }
  for (std::string_view typed : {"gi", "isele", "giseles", "loewensteins", "stein"}) {
    EXPECT_FALSE(Finds(citizen, Query(typed))) << typed;
  }
  EXPECT_TRUE(Finds(Names("Bo Li"), Query("bo"))) << "a short name is found whole";
}

TEST_F(BlindIndexTest, PrefixesEndAt24CharactersAndTheWholeWordStays) {
  const std::string word(40, 'a');
  // 22 beginnings of 3 to 24 characters, and the word.
  EXPECT_EQ(Names(word).size(), 23u);
  EXPECT_TRUE(Finds(Names(word), Query(word)));
  EXPECT_TRUE(Finds(Names(word), Query(word.substr(0, 24))));
  EXPECT_FALSE(Finds(Names(word), Query(word.substr(0, 25))));
  EXPECT_EQ(Names("été").size(), 1u);
}

TEST_F(BlindIndexTest, NothingWorthSearchingFindsNothing) {
  for (std::string_view typed : {"", " ", "…", "a", "l’", "1 2 3"})
    EXPECT_TRUE(Query(typed).empty()) << typed;
  EXPECT_FALSE(index_.Words("\xff"));
  EXPECT_EQ(index_.Query("\xff").error().reason, Reason::kInvalidArgument);
}

TEST_F(BlindIndexTest, TokensAreSortedAndUnique) {
  const SearchTokens tokens = Words("un deux un trois deux un");
  EXPECT_EQ(tokens.size(), 3u);
  EXPECT_TRUE(std::ranges::is_sorted(tokens));
  const SearchTokens both = Union(tokens, Words("trois quatre"));
  EXPECT_EQ(both.size(), 4u);
  EXPECT_TRUE(std::ranges::is_sorted(both));
}

TEST_F(BlindIndexTest, P26_PrincipalsNeverMeetWordsOrEachOther) {
  const UuidBytes bytes = ParseUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").value();
  EXPECT_NE(index_.Principal(GroupId{bytes}), index_.Principal(UserId{bytes}));
  EXPECT_EQ(index_.Principal(GroupId{bytes}), index_.Principal(GroupId{bytes}));
  const SearchTokens spelled = Words(UserId{bytes}.ToString());
  EXPECT_FALSE(std::ranges::binary_search(spelled, index_.Principal(UserId{bytes})));
}

TEST_F(BlindIndexTest, AnotherKeyGivesOtherTokens) {
  BlindIndex next(2, KeyOf(2));
  EXPECT_EQ(next.version(), 2);
  EXPECT_NE(next.Words("allocation").value(), Words("allocation"));
  BlindIndex same(1, KeyOf(1));
  EXPECT_EQ(same.Words("allocation").value(), Words("allocation"));
}

// The first eight bytes, big-endian, of HMAC-SHA256(key, "w" || word): fixed, since rows outlive releases.
TEST_F(BlindIndexTest, TheTokenOfAWordIsFixed) {
  HmacSha256 hmac(KeyOf(1));
  const Sha256Digest mac = hmac.Mac(AsBytes("wallocation"));
  std::uint64_t expected = 0;
  for (int i = 0; i < 8; ++i) expected = expected * 256 + mac[i];
  EXPECT_EQ(Words("Allocation"), SearchTokens{static_cast<SearchToken>(expected)});
}

}  // namespace
}  // namespace aplus
