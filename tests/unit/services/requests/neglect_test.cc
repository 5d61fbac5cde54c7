#include "services/requests/domain/neglect.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

using std::chrono::days;

const Time kStart = *ParseTime("2026-01-05T09:00:00Z");

Time After(int whole_days) { return kStart + days(whole_days); }

TEST(Neglect, P35_AProcessedRequestIsAnnouncedAfter50DaysAndClosedAfter60) {
  const Neglect neglect = ExpectNeglect(
      {}, {.state = State::kProcessed, .started_at = kStart, .active_at = After(3)}, {}, After(3));
  EXPECT_EQ(neglect.notice_at, After(53));
  EXPECT_EQ(neglect.close_at, After(63));
  EXPECT_EQ(neglect.raise_at, std::nullopt) << "nobody is waited for";
}

TEST(Neglect, P35_AnUnansweredOneIsRaisedEvery15DaysAndClosedAfter120HoweverOftenTheHelperWrites) {
  Neglect neglect =
      ExpectNeglect({}, {.state = State::kNew, .started_at = kStart, .active_at = kStart}, {}, kStart);
  EXPECT_EQ(neglect.raise_at, After(15));
  EXPECT_EQ(neglect.notice_at, After(110));
  EXPECT_EQ(neglect.close_at, After(120));
  neglect = ExpectNeglect({}, {.state = State::kNew, .started_at = kStart, .active_at = After(30)}, neglect,
                          After(30));
  EXPECT_EQ(neglect.close_at, After(120));
}

TEST(Neglect, P35_AnAnsweredOneCountsFromTheLastThingThatHappened) {
  const NeglectFacts facts{
      .state = State::kInProgress, .started_at = kStart, .last_answer_at = After(10), .active_at = After(40)};
  const Neglect neglect = ExpectNeglect({}, facts, {}, After(40));
  EXPECT_EQ(neglect.close_at, After(160));
  EXPECT_EQ(neglect.raise_at, After(55)) << "rounds of 15 days since the answer: 25, 40 are held, 55 comes";
}

TEST(Neglect, P35_ARoundThatIsDueIsNotSkippedBySomebodysAct) {
  Neglect before =
      ExpectNeglect({}, {.state = State::kNew, .started_at = kStart, .active_at = kStart}, {}, kStart);
  const NeglectFacts later{.state = State::kNew, .started_at = kStart, .active_at = After(16)};
  EXPECT_EQ(ExpectNeglect({}, later, before, After(16)).raise_at, After(15)) << "due and not held";
  before.raise_at.reset();
  EXPECT_EQ(ExpectNeglect({}, later, before, After(16)).raise_at, After(30)) << "held: the next one";
}

TEST(Neglect, P35_WhatWasAnnouncedLateLeavesItsTenDays) {
  const NeglectFacts facts{.state = State::kProcessed, .started_at = kStart, .active_at = kStart};
  const Neglect expected = ExpectNeglect({}, facts, {}, After(70));
  const Neglect announced = Announced({}, expected, After(70));
  EXPECT_EQ(announced.notice_at, std::nullopt);
  EXPECT_EQ(announced.close_at, After(80));
  // Whatever is saved meanwhile without anybody acting (a file erased, say): announced once, for that day.
  EXPECT_EQ(ExpectNeglect({}, facts, announced, After(75)), announced);
}

TEST(Neglect, P35_AnActAfterTheAnnouncementStartsAnew) {
  const NeglectFacts facts{.state = State::kProcessed, .started_at = kStart, .active_at = kStart};
  const Neglect announced = Announced({}, ExpectNeglect({}, facts, {}, After(50)), After(50));
  NeglectFacts acted = facts;
  acted.active_at = After(55);
  const Neglect anew = ExpectNeglect({}, acted, announced, After(55));
  EXPECT_EQ(anew.close_at, After(115));
  EXPECT_EQ(anew.notice_at, After(105));
}

TEST(Neglect, P35_NothingIsExpectedOfAClosedRequest) {
  EXPECT_EQ(
      ExpectNeglect({}, {.state = State::kClosed, .started_at = kStart, .active_at = kStart}, {}, After(1)),
      Neglect{});
}

TEST(Neglect, P35_SansReponseIsWhatNobodyEverAnswered) {
  EXPECT_EQ(ReasonOfNeglect(false), CloseReason::kNoAnswer);
  EXPECT_EQ(ReasonOfNeglect(true), CloseReason::kInactive);
}

}  // namespace
}  // namespace aplus::requests
