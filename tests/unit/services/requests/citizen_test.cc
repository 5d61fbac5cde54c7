#include "services/requests/domain/citizen.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

Citizen Whole() {
  return {.first_name = "Élodie",
          .last_name = "Martin",
          .birth_date = "1984",
          .birth_name = "Durand",
          .phone = "06 12 34 56 78",
          .address = "3 rue des Lilas\n62400 Béthune",
          .caf_number = "1234567A",
          .nir = "284026200100135",
          .tax_number = "1234567890123",
          .file_number = "D-1",
          .other_label = "Identifiant",
          .other_value = "77"};
}

TEST(Citizen, P22_AnIdentifierIsShownOnlyToWhoIsEntitledToIt) {
  const Citizen citizen = Whole();
  EXPECT_EQ(IdentifiersIn(citizen), kAllIdentifiers);
  const Citizen for_caf = Masked(citizen, kNir | kCafNumber);
  EXPECT_EQ(for_caf.nir, citizen.nir);
  EXPECT_EQ(for_caf.caf_number, citizen.caf_number);
  EXPECT_EQ(for_caf.tax_number, "");
  const Citizen for_nobody = Masked(citizen, 0);
  EXPECT_EQ(IdentifiersIn(for_nobody), 0);
  EXPECT_EQ(for_nobody.last_name, "Martin");
  EXPECT_EQ(for_nobody.file_number, "D-1");
}

TEST(Citizen, P21_ACorrectionChangesOnlyWhatIsPresent) {
  CitizenPatch patch;
  EXPECT_TRUE(patch.IsEmpty());
  patch.phone = "07 00 00 00 00";
  patch.nir = "";
  EXPECT_EQ(IdentifiersIn(patch), 0);
  const Result<Citizen> corrected = Corrected(Whole(), patch);
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->phone, "07 00 00 00 00");
  EXPECT_EQ(corrected->nir, "");
  EXPECT_EQ(corrected->last_name, "Martin");
}

TEST(Citizen, P21_ARequiredFieldIsNeverEmptied) {
  CitizenPatch patch;
  patch.last_name = "";
  const Result<Citizen> corrected = Corrected(Whole(), patch);
  ASSERT_FALSE(corrected);
  EXPECT_EQ(corrected.error().reason, Reason::kInvalidArgument);
  ASSERT_EQ(corrected.error().violations.size(), 1u);
  EXPECT_EQ(corrected.error().violations[0].path, "citizen.lastName");
}

TEST(Citizen, TheSealedFormRoundTripsAndRefusesEveryTruncation) {
  const Citizen citizen = Whole();
  const Bytes bytes = Serialise(citizen);
  const Result<Citizen> back = ParseCitizen(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, citizen);
  EXPECT_EQ(*ParseCitizen(Serialise(Citizen{})), Citizen{});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const Result<Citizen> cut = ParseCitizen(BytesView(bytes).first(size));
    if (cut) EXPECT_NE(*cut, citizen);
  }
}

TEST(Citizen, AFieldOfALaterVersionIsSkipped) {
  Bytes bytes = {200, 0, 0, 0, 2, 'x', 'y'};
  const Bytes known = Serialise({.first_name = "A"});
  bytes.insert(bytes.end(), known.begin(), known.end());
  const Result<Citizen> read = ParseCitizen(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first_name, "A");
}

}  // namespace
}  // namespace aplus::requests
