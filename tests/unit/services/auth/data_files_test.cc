#include "services/auth/load/data_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace aplus::auth {
namespace {

const std::string kData = APLUS_DATA_FOLDER;

TEST(DataFiles, P8_the_reference_data_has_every_area_organisation_and_theme) {
  const auto data = ReadReferenceFiles(kData + "/reference");
  ASSERT_TRUE(data) << data.error().diagnostic;
  EXPECT_EQ(data->areas.size(), 101u);
  EXPECT_EQ(data->organisations.size(), 33u);
  EXPECT_GE(data->themes.size(), 10u);
  std::set<std::string> themes;
  for (const ThemeRecord& theme : data->themes) themes.insert(theme.id);
  for (const OrganisationRecord& organisation : data->organisations) {
    for (const std::string& theme : organisation.theme_ids) {
      EXPECT_TRUE(themes.contains(theme)) << organisation.id << " names the unknown theme " << theme;
    }
  }
}

TEST(DataFiles, P2_demonstration_people_belong_to_groups_that_exist) {
  const auto data = ReadDemoFiles(kData + "/demo");
  ASSERT_TRUE(data) << data.error().diagnostic;
  std::set<GroupId> groups;
  for (const GroupRecord& group : data->groups) groups.insert(group.id);
  for (const UserRecord& user : data->users) {
    for (const MembershipRecord& membership : user.memberships)
      EXPECT_TRUE(groups.contains(membership.group));
  }
}

// A folder of its own with the two files of a demonstration.
class BrokenDemo : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("auth-data-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
    Write("groups.json", R"({"groups": []})");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  std::string Problem() {
    const auto data = ReadDemoFiles(folder_.string());
    return data ? "" : data.error().diagnostic;
  }
  static std::string User(const std::string& roles, const std::string& memberships) {
    return R"({"users": [{"id": "0190d002-0000-7000-8000-000000000001", "email": "a@b.test", "first_name": "A",)"
           R"("last_name": "B", "function": "", "phone": "", "shared": false, "account_roles": [)" +
           roles + R"(], "observed": {"organisation_ids": [], "area_ids": []}, "memberships": [)" +
           memberships + "]}]}";
  }
  std::filesystem::path folder_;
};

TEST_F(BrokenDemo, P2_an_administrator_with_memberships_is_refused) {
  Write("users.json", User(R"("administrator")",
                           R"({"group_id": "0190d000-0000-7000-8000-000000062001", "roles": ["helper"]})"));
  EXPECT_NE(Problem().find("row 1: memberships"), std::string::npos) << Problem();
}

TEST_F(BrokenDemo, problems_name_file_row_and_field) {
  Write("users.json", User(R"("emperor")", ""));
  EXPECT_NE(Problem().find("users.json, row 1: account_roles"), std::string::npos) << Problem();
  Write("users.json", User("", R"({"group_id": "nonsense", "roles": ["helper"]})"));
  EXPECT_NE(Problem().find("row 1: group_id must be a UUID"), std::string::npos) << Problem();
  Write("users.json", User("", R"({"group_id": "0190d000-0000-7000-8000-000000062001", "roles": []})"));
  EXPECT_NE(Problem().find("row 1: roles"), std::string::npos) << Problem();
  Write("users.json", R"({"users": [{"id": 7}]})");
  EXPECT_NE(Problem().find("row 1: id"), std::string::npos) << Problem();
  Write("users.json", "not JSON");
  EXPECT_NE(Problem().find("users.json"), std::string::npos) << Problem();
  Write("users.json", User("", ""));
  EXPECT_EQ(Problem(), "");
}

}  // namespace
}  // namespace aplus::auth
