#include "libs/rpc/formats.h"

#include <gtest/gtest.h>

#include <string>

namespace aplus {
namespace {

struct Case {
  std::string_view text;
  bool good;
};

TEST(Formats, P21_NirWithItsKey) {
  for (const Case& c : {
           // 1 85 05 78 006 084, key 97 - n mod 97.
           Case{"1850578006084", true},
           Case{"185057800608491", true},
           Case{"1 85 05 78 006 084 91", true},
           Case{"185057800608490", false},
           Case{"185057800608400", false},
           // Corsica: 2A counts as 19, 2B as 18.
           Case{"2690499324589", true},
           Case{"1850520006084", true},
           Case{"185052A006084", true},
           Case{"185052b006084", true},
           Case{"185052C006084", false},
           // Months: unknown ones are written 20 and above.
           Case{"1852078006084", true},
           Case{"1850078006084", false},
           Case{"1851378006084", false},
           Case{"0850578006084", false},
           Case{"9850578006084", false},
           Case{"18505780060841", false},
           Case{"18505780060", false},
           Case{"185057800608AA", false},
           Case{"1850578006 08X", false},
       }) {
    EXPECT_EQ(IsNir(c.text), c.good) << c.text;
  }
}

// The key of every 13-character number is accepted, and no other is.
TEST(Formats, P21_NirAcceptsExactlyOneKey) {
  for (const std::string_view number : {"1850578006084", "2690499324589", "185052A006084", "185052B006084"}) {
    int accepted = 0;
    for (int key = 0; key < 100; ++key) {
      const std::string whole = std::string(number) + (key < 10 ? "0" : "") + std::to_string(key);
      accepted += IsNir(whole) ? 1 : 0;
    }
    EXPECT_EQ(accepted, 1) << number;
  }
}

TEST(Formats, P21_CafAndTaxNumbers) {
  for (const Case& c :
       {Case{"1234567", true}, Case{"1234567A", true}, Case{"1234567 a", true}, Case{"123456", false},
        Case{"12345678", false}, Case{"1234567AB", false}, Case{"A234567", false}}) {
    EXPECT_EQ(IsCafNumber(c.text), c.good) << c.text;
  }
  for (const Case& c : {Case{"1234567890123", true}, Case{"12 34 567 890 123", true},
                        Case{"123456789012", false}, Case{"123456789012A", false}}) {
    EXPECT_EQ(IsTaxNumber(c.text), c.good) << c.text;
  }
}

TEST(Formats, P21_BirthDatesAreFreeAsLongAsAYearIsThere) {
  for (const Case& c :
       {Case{"1984", true}, Case{"12/05/1984", true}, Case{"12 mai 1984", true}, Case{"vers 1950", true},
        Case{"1984-05-12", true}, Case{"12051984", true}, Case{"12/05/84", false}, Case{"mai", false},
        Case{"1750", false}, Case{"99999", false}}) {
    EXPECT_EQ(IsBirthDate(c.text), c.good) << c.text;
  }
}

TEST(Formats, Phones) {
  for (const Case& c : {Case{"0612345678", true}, Case{"06 12 34 56 78", true}, Case{"06.12.34.56.78", true},
                        Case{"+33 6 12 34 56 78", true}, Case{"+262692123456", true},
                        Case{"06\xC2\xA0"
                             "12345678",
                             true},
                        Case{"0012345678", false}, Case{"061234567", false}, Case{"06123456789", false},
                        Case{"+33", false}, Case{"06 12 34 56 7x", false}, Case{"112", false}}) {
    EXPECT_EQ(IsPhoneNumber(c.text), c.good) << c.text;
  }
}

TEST(Formats, P10_EmailAddresses) {
  for (const Case& c :
       {Case{"prenom.nom@structure.fr", true}, Case{"o'brien+a@sous.domaine.gouv.fr", true},
        Case{"PRENOM@STRUCTURE.FR", true}, Case{"a@b.c1", true}, Case{"a@localhost", false},
        Case{"@b.fr", false}, Case{"a@", false}, Case{"a b@c.fr", false}, Case{"a@b..fr", false},
        Case{".a@b.fr", false}, Case{"a.@b.fr", false}, Case{"a..b@c.fr", false}, Case{"a@-b.fr", false},
        Case{"a@b-.fr", false}, Case{"a@[127.0.0.1]", false}, Case{"\"a\"@b.fr", false},
        Case{"a@b.fr\r\nBcc: x@y.fr", false}, Case{"a@b@c.fr", false}, Case{"a@1.2", false}}) {
    EXPECT_EQ(IsEmailAddress(c.text), c.good) << c.text;
  }
}

TEST(Formats, DatesExist) {
  for (const Case& c : {Case{"2026-05-12", true}, Case{"2024-02-29", true}, Case{"2026-02-29", false},
                        Case{"2026-13-01", false}, Case{"2026-00-10", false}, Case{"2026-5-12", false},
                        Case{"12/05/2026", false}, Case{"2026-05-12T", false}, Case{"1700-01-01", false}}) {
    EXPECT_EQ(IsDate(c.text), c.good) << c.text;
  }
}

TEST(Formats, P15_OnlyPathsOfThisSite) {
  for (const Case& c : {Case{"/", true}, Case{"/demandes/1?x=1", true}, Case{"//evil.test", false},
                        Case{"/\\evil.test", false}, Case{"https://evil.test", false},
                        Case{"demandes", false}, Case{"/a\\b", false}, Case{"/a\nb", false},
                        Case{"/a b", false}, Case{"", false}, Case{"/\t/evil.test", false}}) {
    EXPECT_EQ(IsSitePath(c.text), c.good) << c.text;
  }
}

TEST(Formats, Areas) {
  for (const Case& c : {Case{"01", true}, Case{"2A", true}, Case{"976", true}, Case{"20", false},
                        Case{"96", false}, Case{"975", false}, Case{"1", false}, Case{"2a", false}}) {
    EXPECT_EQ(IsAreaCode(c.text), c.good) << c.text;
  }
}

}  // namespace
}  // namespace aplus
