// The whole table against its second copy, rights.txt: a flipped cell or state is always found (T-AZ-08).
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "libs/identity/rights.h"
#include "tests/unit/libs/identity/examples.h"

namespace aplus {
namespace {

using rights::Persona;

constexpr int kPersonas = static_cast<int>(Persona::kCount_);
constexpr int kOperations = static_cast<int>(Operation::kCount_);

struct GoldenRow {
  std::string code;
  std::vector<char> cells;
  std::string phases;  // "-": not of a request
};

std::vector<GoldenRow> Golden() {
  std::ifstream file(APLUS_RIGHTS);
  std::vector<GoldenRow> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    GoldenRow row;
    if (!(words >> row.code)) continue;
    for (int i = 0; i < kPersonas; ++i) {
      char cell = '?';
      words >> cell;
      row.cells.push_back(cell);
    }
    words >> row.phases;
    rows.push_back(std::move(row));
  }
  return rows;
}

Verdict InState(char letter) {
  if (letter == 'I') return Verdict::kImpossible;
  if (letter == 'E') return Verdict::kErased;
  return Verdict::kAllow;
}

TEST(RightsGolden, T_AZ_08_EveryCellIsTheOneDecided) {
  const std::vector<GoldenRow> golden = Golden();
  ASSERT_EQ(golden.size(), static_cast<std::size_t>(kOperations)) << "one row per operation";
  int cells = 0;
  for (int o = 0; o < kOperations; ++o) {
    const auto operation = static_cast<Operation>(o);
    EXPECT_EQ(golden[o].code, Code(operation)) << "in the order of the table";
    for (int p = 0; p < kPersonas; ++p) {
      ++cells;
      EXPECT_EQ(rights::Cell(operation, static_cast<Persona>(p)), golden[o].cells[p])
          << golden[o].code << " persona " << p;
    }
  }
  EXPECT_EQ(cells, kOperations * kPersonas);
}

// Whom the cell allows is told what the state makes of it; whom it refuses learns nothing from the state. An
// expert's invitation ends with the request.
TEST(RightsGolden, T_AZ_08_EveryStateIsTheOneDecided) {
  for (const GoldenRow& row : Golden()) {
    const auto operation = OperationFromCode(row.code);
    ASSERT_TRUE(operation) << row.code;
    ASSERT_EQ(IsAboutRequest(*operation), row.phases != "-") << row.code;
    if (row.phases == "-") continue;
    ASSERT_EQ(row.phases.size(), 4u) << row.code;
    for (int p = 0; p < kPersonas; ++p) {
      const auto persona = static_cast<Persona>(p);
      Situation s = Example(persona);
      s.relation.own = true;
      if (persona == Persona::kPartner) s.relation.instructor = true;
      const bool expert = persona == Persona::kInvitedExpert;
      const std::set<char> allowing = {'A', 'S', 'G'};
      const char letter = row.cells[p];
      const Verdict refusal = letter == 'U'   ? Verdict::kUnauthenticated
                              : letter == 'H' ? Verdict::kHidden
                              : letter == 'N' ? Verdict::kEmpty
                              : letter == 'M' ? Verdict::kMetadataOnly
                                              : Verdict::kForbidden;
      for (int phase = 0; phase < 4; ++phase) {
        s.relation.phase = static_cast<Phase>(phase);
        Verdict expected = allowing.contains(letter) ? InState(row.phases[phase]) : refusal;
        if (letter == 'S' && persona == Persona::kPartner) expected = InState(row.phases[phase]);
        if (expert && phase >= 2) {
          const char other = row.cells[static_cast<int>(Persona::kOtherExpert)];
          expected = other == 'N' ? Verdict::kEmpty : Verdict::kHidden;
          EXPECT_TRUE(other == 'N' || other == 'H') << row.code;
        }
        EXPECT_EQ(Decide(s.caller, *operation, s.relation), expected)
            << row.code << " persona " << p << " phase " << phase;
      }
    }
  }
}

}  // namespace
}  // namespace aplus
