#include "services/requests/load/demo_story.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libs/rpc/formats.h"

namespace aplus::requests {
namespace {

DemoPeople People() {
  auto people = ReadDemoPeople(APLUS_DATA);
  EXPECT_TRUE(people.has_value()) << people.error().diagnostic;
  return *std::move(people);
}

const DemoGroup& Find(const DemoPeople& people, const GroupId& id) {
  const auto group = std::ranges::find(people.instructors, id, &DemoGroup::id);
  EXPECT_NE(group, people.instructors.end());
  return *group;
}

TEST(DemoPeople, ReadsBothSidesWithTheirActors) {
  const DemoPeople people = People();
  EXPECT_EQ(people.helpers.size(), 5u);
  EXPECT_EQ(people.instructors.size(), 28u);
  for (const DemoGroup& group : people.helpers) {
    for (const auto& actor : group.actors) {
      EXPECT_TRUE(actor->Has(group.id, kRoleHelper));
      EXPECT_FALSE(actor->shared_account);
    }
  }
  EXPECT_FALSE(people.subjects.at("caf").empty());
}

TEST(DemoPeople, SaysWhichFileIsMissing) {
  const auto people = ReadDemoPeople("/nowhere");
  ASSERT_FALSE(people.has_value());
  EXPECT_NE(people.error().diagnostic.find("/nowhere/reference/organisations.json"), std::string::npos);
}

TEST(DemoStory, SaysTheSameAgainWithTheSameSeed) {
  const DemoPeople people = People();
  for (std::uint64_t number = 0; number < 50; ++number) {
    const DemoStory one = TellStory(people, 7, number);
    const DemoStory two = TellStory(people, 7, number);
    EXPECT_EQ(one.citizen, two.citizen);
    EXPECT_EQ(one.description, two.description);
    EXPECT_EQ(one.acts.size(), two.acts.size());
  }
}

TEST(DemoStory, P20_P21_P22_P23_EveryStoryKeepsTheRules) {
  const DemoPeople people = People();
  for (std::uint64_t number = 0; number < 5'000; ++number) {
    const DemoStory story = TellStory(people, 1, number);
    EXPECT_TRUE(story.creator->Has(story.group, kRoleHelper));
    Identifiers entitled = 0;
    for (const GroupId& recipient : story.recipients) {
      const DemoGroup& group = Find(people, recipient);
      EXPECT_TRUE(std::ranges::count(group.areas, story.area)) << story.area;
      entitled |= group.entitled;
    }
    EXPECT_EQ(IdentifiersIn(story.citizen) & ~entitled, 0);
    EXPECT_TRUE(IsBirthDate(story.citizen.birth_date)) << story.citizen.birth_date;
    EXPECT_TRUE(story.citizen.phone.empty() || IsPhoneNumber(story.citizen.phone)) << story.citizen.phone;
    EXPECT_TRUE(story.citizen.nir.empty() || IsNir(story.citizen.nir)) << story.citizen.nir;
    EXPECT_TRUE(story.citizen.caf_number.empty() || IsCafNumber(story.citizen.caf_number));
    EXPECT_TRUE(story.citizen.tax_number.empty() || IsTaxNumber(story.citizen.tax_number));
    EXPECT_FALSE(story.by_phone && story.citizen.phone.empty());
    EXPECT_FALSE(story.subject.empty());
    for (const DemoAct& act : story.acts) {
      const bool helper = act.group == story.group;
      EXPECT_TRUE(act.who->Has(act.group, helper ? kRoleHelper : kRoleInstructor));
      EXPECT_EQ(act.deed == DemoDeed::kMessage || act.deed == DemoDeed::kPrivateMessage ||
                    act.deed == DemoDeed::kDecline,
                !act.text.empty());
    }
  }
}

TEST(DemoStory, EndsAsTheRealServiceDoes) {
  const DemoPeople people = People();
  int solved = 0;
  constexpr int kStories = 5'000;
  for (std::uint64_t number = 0; number < kStories; ++number) {
    const DemoStory story = TellStory(people, 3, number);
    solved += static_cast<int>(std::ranges::count(story.acts, DemoDeed::kProcess, &DemoAct::deed));
  }
  EXPECT_GT(solved, kStories * 65 / 100);
  EXPECT_LT(solved, kStories * 80 / 100);
}

TEST(DemoStory, P21_InventsNumbersOfCorsicaAndOverseasWithTheRightKey) {
  for (const char* area : {"2A", "2B", "974", "75", "01"}) {
    const std::string nir = InventNir(true, 1984, 5, area, 42);
    EXPECT_EQ(nir.size(), 15u) << nir;
    EXPECT_TRUE(IsNir(nir)) << nir;
  }
}

}  // namespace
}  // namespace aplus::requests
