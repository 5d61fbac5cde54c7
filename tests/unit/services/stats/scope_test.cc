#include "services/stats/domain/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aplus::stats {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GroupId Group(std::uint8_t n) {
  GroupId id;
  id.bytes[15] = n;
  return id;
}
const GroupId kHelpers = Group(1), kCaf = Group(2), kCpam = Group(3), kOther = Group(4);
const Time kNow = *ParseTime("2026-05-12T15:00:00Z");

Principal Member(std::uint8_t roles, std::vector<GroupId> groups, std::uint8_t account_roles = 0) {
  Principal principal;
  principal.user.bytes[15] = 9;
  principal.account_roles = account_roles;
  for (const GroupId& group : groups) principal.memberships.push_back({group, roles, Side::kHelper});
  return principal;
}

Result<Selection> Ask(const Principal& principal, Filter filter = {}, std::vector<GroupId> asked = {},
                      Observed observed = {}, std::vector<GroupId> observed_groups = {}) {
  return Select(principal, kNow, filter, asked, observed, observed_groups);
}

TEST(Scope, P81_AMemberSeesHisGroups) {
  for (const std::uint8_t role : {kRoleHelper, kRoleInstructor, kRoleManager}) {
    const auto selection = Ask(Member(role, {kHelpers, kCaf}));
    ASSERT_TRUE(selection);
    EXPECT_FALSE(selection->all);
    EXPECT_THAT(selection->groups, ElementsAre(kHelpers, kCaf));
    EXPECT_THAT(selection->areas, IsEmpty());
    EXPECT_EQ(selection->narrow, std::nullopt);
  }
}

TEST(Scope, P81_AGroupOfOnesOwnNarrows) {
  const auto selection =
      Ask(Member(kRoleHelper, {kHelpers, kCaf}), {.area = "62", .organisation = {}, .group = kCaf}, {kCaf});
  ASSERT_TRUE(selection);
  EXPECT_THAT(selection->groups, ElementsAre(kCaf));
  EXPECT_EQ(selection->area, "62");
}

TEST(Scope, P81_AForeignGroupIsNotFoundLikeOneThatDoesNotExist) {
  const Principal member = Member(kRoleManager, {kHelpers});
  const auto foreign = Ask(member, {.area = {}, .organisation = {}, .group = kCpam}, {kCpam});
  const auto unknown = Ask(member, {.area = {}, .organisation = {}, .group = kOther}, {});
  ASSERT_FALSE(foreign);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(foreign.error().reason, Reason::kNotFound);
  EXPECT_EQ(unknown.error().reason, Reason::kNotFound);
  const auto organisation = Ask(member, {.area = {}, .organisation = "cpam", .group = {}}, {kCpam});
  ASSERT_FALSE(organisation);
  EXPECT_EQ(organisation.error().reason, Reason::kNotFound);
}

TEST(Scope, P81_OfAnOrganisationAMemberSeesHisOwnGroupsOnly) {
  const auto selection =
      Ask(Member(kRoleInstructor, {kCaf}), {.area = {}, .organisation = "caf", .group = {}}, {kCaf, kOther});
  ASSERT_TRUE(selection);
  EXPECT_THAT(selection->groups, ElementsAre(kCaf));
}

TEST(Scope, P81_AnAdministratorSeesAll) {
  const Principal administrator = Member(0, {}, kRoleAdministrator);
  const auto all = Ask(administrator);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->all);
  const auto one = Ask(administrator, {.area = {}, .organisation = {}, .group = kCpam}, {kCpam});
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->all);
  EXPECT_THAT(one->groups, ElementsAre(kCpam));
  const auto unknown = Ask(administrator, {.area = {}, .organisation = {}, .group = kOther}, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason, Reason::kNotFound);
}

TEST(Scope, P81_AnObserverSeesHisOrganisationsAndAreas) {
  const Principal observer = Member(0, {}, kRoleObserver);
  const auto by_organisation = Ask(observer, {}, {}, {.organisations = {"caf"}, .areas = {}}, {kCaf, kOther});
  ASSERT_TRUE(by_organisation);
  EXPECT_THAT(by_organisation->groups, ElementsAre(kCaf, kOther));
  const auto by_area = Ask(observer, {}, {}, {.organisations = {}, .areas = {"62"}});
  ASSERT_TRUE(by_area);
  EXPECT_THAT(by_area->areas, ElementsAre("62"));
  // Any group, as far as its requests lie in his areas.
  const auto group = Ask(observer, {.area = {}, .organisation = {}, .group = kCpam}, {kCpam},
                         {.organisations = {}, .areas = {"62"}});
  ASSERT_TRUE(group);
  EXPECT_THAT(group->groups, IsEmpty());
  EXPECT_THAT(group->areas, ElementsAre("62"));
  EXPECT_THAT(*group->narrow, ElementsAre(kCpam));
}

TEST(Scope, P81_WhoHasNothingToSeeSeesNothing) {
  for (const Principal& nobody : {Member(0, {}), Member(0, {}, kRoleObserver), Member(0, {}, kRoleExpert)}) {
    const auto refused = Ask(nobody);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, Reason::kForbidden);
  }
  // What an observer was given counts for observers only.
  EXPECT_FALSE(Ask(Member(0, {}), {}, {}, {.organisations = {"caf"}, .areas = {"62"}}, {kCaf}));
  // An expert is told that he may see no figures, not that a group is unknown.
  const auto expert =
      Ask(Member(0, {}, kRoleExpert), {.area = {}, .organisation = {}, .group = kCaf}, {kCaf});
  ASSERT_FALSE(expert);
  EXPECT_EQ(expert.error().reason, Reason::kForbidden);
}

}  // namespace
}  // namespace aplus::stats
