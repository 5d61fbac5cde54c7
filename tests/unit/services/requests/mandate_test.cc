#include "services/requests/domain/mandate.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

using std::chrono::local_days;
using std::chrono::year;

const local_days kToday{year{2026} / 11 / 22};

TEST(Mandate, P23_TheDayOfTheAgreementIsNotInTheFuture) {
  EXPECT_TRUE(CheckMandate({MandateKind::kPaper, year{2026} / 11 / 22}, {}, kToday));
  const Result<void> tomorrow = CheckMandate({MandateKind::kPaper, year{2026} / 11 / 23}, {}, kToday);
  ASSERT_FALSE(tomorrow);
  EXPECT_EQ(tomorrow.error().reason, Reason::kMandateIncomplete);
  EXPECT_EQ(tomorrow.error().violations.at(0).path, "mandate.givenOn");
  EXPECT_FALSE(CheckMandate({MandateKind::kPaper, year{2026} / 2 / 30}, {}, kToday));
}

TEST(Mandate, P23_BySmsOrPhoneTheNumberIsRequired) {
  Citizen citizen;
  for (MandateKind kind : {MandateKind::kSms, MandateKind::kPhone}) {
    citizen.phone = "";
    const Result<void> missing = CheckMandate({kind, year{2026} / 11 / 22}, citizen, kToday);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().violations.at(0).path, "citizen.phone");
    citizen.phone = "06 12 34 56 78";
    EXPECT_TRUE(CheckMandate({kind, year{2026} / 11 / 22}, citizen, kToday));
  }
}

}  // namespace
}  // namespace aplus::requests
