#include "services/notifications/domain/preference.h"

#include <gtest/gtest.h>

namespace aplus::notifications {
namespace {

constexpr Frequency kAll[]{Frequency::kEach, Frequency::kTwiceADay, Frequency::kDaily, Frequency::kNone};

TEST(Preferences, P72_LoginAndAccountMailsAlwaysLeaveAtOnce) {
  for (const Frequency frequency : kAll) {
    EXPECT_EQ(DepartureOf(Kind::kLogin, frequency), Departure::kNow);
    EXPECT_EQ(DepartureOf(Kind::kWelcome, frequency), Departure::kNow);
  }
}

TEST(Preferences, P72_OthersFollowThePreference) {
  EXPECT_EQ(DepartureOf(Kind::kMessage, Frequency::kEach), Departure::kNow);
  EXPECT_EQ(DepartureOf(Kind::kMessage, Frequency::kTwiceADay), Departure::kTwiceADay);
  EXPECT_EQ(DepartureOf(Kind::kMessage, Frequency::kDaily), Departure::kDaily);
  EXPECT_EQ(DepartureOf(Kind::kMessage, Frequency::kNone), Departure::kNever);
}

TEST(Preferences, P72_LateNoticesToAPersonAreJoinedIntoOneADay) {
  EXPECT_EQ(DepartureOf(Kind::kLate, Frequency::kEach), Departure::kLate);
  EXPECT_EQ(DepartureOf(Kind::kLateSoon, Frequency::kEach), Departure::kLate);
  EXPECT_EQ(DepartureOf(Kind::kLate, Frequency::kTwiceADay), Departure::kTwiceADay);
  EXPECT_EQ(DepartureOf(Kind::kLate, Frequency::kNone), Departure::kNever);
  EXPECT_EQ(DepartureToMailbox(Kind::kLate), Departure::kNow);
}

TEST(Preferences, P43_P72_ARoundOfRemindersIsOneMailADay) {
  for (const Kind kind : {Kind::kToBeClosed, Kind::kUnread, Kind::kRaised, Kind::kFileExpiring}) {
    EXPECT_EQ(DepartureOf(kind, Frequency::kEach), Departure::kTogether);
    EXPECT_EQ(DepartureOf(kind, Frequency::kDaily), Departure::kDaily);
    EXPECT_EQ(DepartureOf(kind, Frequency::kNone), Departure::kNever);
  }
  EXPECT_EQ(DepartureOf(Kind::kEndAnnounced, Frequency::kEach), Departure::kLate);
}

TEST(Preferences, WhatIsForTheScreenOnlyIsNeverMailed) {
  for (const Frequency frequency : kAll) {
    EXPECT_EQ(DepartureOf(Kind::kClosed, frequency), Departure::kNever);
    EXPECT_EQ(DepartureOf(Kind::kDeclined, frequency), Departure::kNever);
  }
  EXPECT_EQ(DepartureToMailbox(Kind::kClosed), Departure::kNever);
}

TEST(Kinds, CodesAreUniqueAndReadBack) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Kind::kCount_); ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(KindFromCode(Describe(kind).code), kind);
  }
  EXPECT_EQ(KindFromCode("nonsense"), std::nullopt);
}

}  // namespace
}  // namespace aplus::notifications
