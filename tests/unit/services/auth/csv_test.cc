#include "services/auth/domain/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aplus::auth {
namespace {

using ::testing::ElementsAre;
using Cells = std::vector<std::string>;

std::vector<Cells> Read(std::string_view text) {
  const auto records = ReadCsv(text);
  std::vector<Cells> cells;
  if (!records) return {{"<broken>"}};
  for (const CsvRecord& record : *records) cells.push_back(record.cells);
  return cells;
}

TEST(Csv, P4_separators_line_ends_and_marks_are_those_of_any_spreadsheet) {
  const std::vector<Cells> expected{{"nom", "e-mail"}, {"Été", "a@b.test"}};
  EXPECT_EQ(Read("nom;e-mail\nÉté;a@b.test\n"), expected);
  EXPECT_EQ(Read("nom,e-mail\r\nÉté,a@b.test"), expected);
  EXPECT_EQ(Read("nom\te-mail\rÉté\ta@b.test\r"), expected);
  EXPECT_EQ(Read("\xEF\xBB\xBFnom;e-mail\r\n\r\nÉté;a@b.test\r\n\r\n"), expected);
}

TEST(Csv, P4_quotes_keep_separators_quotes_and_line_breaks) {
  EXPECT_EQ(Read("a;b\n\"x;y\";\"dit \"\"oui\"\"\"\n"),
            (std::vector<Cells>{{"a", "b"}, {"x;y", "dit \"oui\""}}));
  EXPECT_EQ(Read("a;b\n\"x\ny\";z"), (std::vector<Cells>{{"a", "b"}, {"x\ny", "z"}}));
  EXPECT_EQ(Read("a;b\n\"x\"y;z"), (std::vector<Cells>{{"a", "b"}, {"xy", "z"}}));
  // The separator is looked for outside quotes.
  EXPECT_EQ(Read("\"a;b;c\",d\n1,2"), (std::vector<Cells>{{"a;b;c", "d"}, {"1", "2"}}));
  EXPECT_FALSE(ReadCsv("a;b\n\"never closed;z\n"));
}

TEST(Csv, lines_are_counted_as_in_the_file) {
  const auto records = ReadCsv("a;b\n\n\"x\ny\";z\n;\nlast;1\n");
  ASSERT_TRUE(records);
  std::vector<int> lines;
  for (const CsvRecord& record : *records) lines.push_back(record.line);
  EXPECT_THAT(lines, ElementsAre(1, 3, 6));
}

TEST(Csv, nothing_is_nothing) {
  EXPECT_TRUE(Read("").empty());
  EXPECT_TRUE(Read("\n \n;;\n").empty());
}

}  // namespace
}  // namespace aplus::auth
