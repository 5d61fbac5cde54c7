#include "services/stats/domain/fact.h"

#include <gtest/gtest.h>

#include "services/stats/domain/day.h"

namespace aplus::stats {
namespace {

using namespace std::chrono_literals;

const Time kCreated = *ParseTime("2026-05-12T15:00:00Z");

Change At(Duration after, State state, Happening what,
          std::optional<std::int64_t> first_answer = std::nullopt) {
  Change change;
  change.created_at = kCreated;
  change.area = "62";
  change.state = state;
  change.at = kCreated + after;
  change.first_answer_working = first_answer;
  change.what = std::move(what);
  return change;
}

Fact After(const std::vector<Change>& changes) {
  Fact fact = Begin(changes.front());
  for (const Change& change : changes) fact = Apply(std::move(fact), change);
  return fact;
}

TEST(Facts, P80_SolvedIsTheLatestPassageToProcessed) {
  const Fact fact = After({At(0h, State::kNew, Opened{}), At(10h, State::kProcessed, Processed{100}, 100),
                           At(20h, State::kInProgress, Message{true, true, false}),
                           At(30h, State::kProcessed, Processed{300})});
  EXPECT_EQ(fact.processed_at, kCreated + 30h);
  EXPECT_EQ(fact.processed_working, 300);
  EXPECT_EQ(fact.first_answer_at, kCreated + 10h);
}

TEST(Facts, P80_NothingIsSolvedWhileItIsBackInProgress) {
  const Fact fact = After({At(0h, State::kNew, Opened{}), At(10h, State::kProcessed, Processed{100}),
                           At(20h, State::kInProgress, Message{true, true, false})});
  EXPECT_EQ(fact.processed_at, std::nullopt);
  EXPECT_EQ(fact.processed_working, std::nullopt);
}

TEST(Facts, P30_ReopeningTakesClosingAndSolvingBack) {
  const Fact fact = After({At(0h, State::kNew, Opened{}), At(1h, State::kProcessed, Processed{100}),
                           At(2h, State::kClosed, Closed{CloseReason::kSolved, Usefulness::kGood}),
                           At(3h, State::kInProgress, Reopened{})});
  EXPECT_EQ(fact.state, State::kInProgress);
  EXPECT_EQ(fact.closed_at, std::nullopt);
  EXPECT_EQ(fact.close_reason, std::nullopt);
  EXPECT_EQ(fact.usefulness, std::nullopt);
  EXPECT_EQ(fact.processed_at, std::nullopt);
}

TEST(Facts, P40_TheFirstAnswerStaysTheFirst) {
  const Fact fact = After({At(0h, State::kNew, Opened{}), At(5h, State::kInProgress, Message{}, 500),
                           At(6h, State::kInProgress, Message{}, 600)});
  EXPECT_EQ(fact.first_answer_at, kCreated + 5h);
  EXPECT_EQ(fact.first_answer_working, 500);
  EXPECT_EQ(fact.messages, 2);
}

TEST(Facts, P28_APrivateMessageChangesNoFigure) {
  const std::vector<Change> without{At(0h, State::kNew, Opened{}),
                                    At(5h, State::kInProgress, Message{}, 500)};
  std::vector<Change> with = without;
  with.push_back(At(6h, State::kInProgress, Message{.visible_to_all = false}));
  EXPECT_EQ(After(with), After(without));
}

TEST(Facts, P29_AStandardProcedureMarksTheRequestOnceAndForAll) {
  EXPECT_TRUE(After({At(0h, State::kNew, Opened{}), At(1h, State::kInProgress, Message{true, false, true}),
                     At(2h, State::kInProgress, Message{})})
                  .standard_procedure);
}

TEST(Facts, P42_OnceLateAlwaysLateInTheFigures) {
  EXPECT_TRUE(After({At(0h, State::kNew, Opened{}), At(1h, State::kNew, Late{}),
                     At(2h, State::kInProgress, Message{}, 1)})
                  .late);
}

// A log that was cut (or read from its middle) still gives a fact.
TEST(Facts, AnyEventCanBeTheFirstOne) {
  const Fact fact = After({At(5h, State::kProcessed, Processed{100}, 100)});
  EXPECT_EQ(fact.created_at, kCreated);
  EXPECT_EQ(fact.area, "62");
  EXPECT_EQ(fact.processed_at, kCreated + 5h);
}

TEST(Days, OnlyDaysThatExist) {
  EXPECT_EQ(FormatDay(*ParseDay("2026-05-12")), "2026-05-12");
  EXPECT_EQ(FormatDay(*ParseDay("2024-02-29")), "2024-02-29");
  for (const char* bad : {"", "2026-5-12", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32",
                          "2026/01/01", "2026-01-1a", " 2026-01-1", "20260101", "2026-01-011"}) {
    EXPECT_EQ(ParseDay(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace aplus::stats
