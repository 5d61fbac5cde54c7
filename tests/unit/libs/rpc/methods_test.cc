#include "libs/rpc/methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "rules.pb.h"

namespace aplus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Result<MethodTable> Compile(const std::string& service) {
  const std::array<std::string, 1> names = {service};
  return MethodTable::Compile(*google::protobuf::DescriptorPool::generated_pool(), names);
}

TEST(Methods, ARowHoldsWhatTheProtoDeclares) {
  const auto table = Compile("aplus.test.v1.Good");
  ASSERT_TRUE(table.has_value()) << table.error().diagnostic;
  EXPECT_EQ(table->size(), 3u);
  const Method* read = table->Find("/aplus.test.v1.Good/Read");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read, table->FindByName("aplus.test.v1.Good.Read"));
  EXPECT_EQ(read->http_verb, "GET");
  EXPECT_EQ(read->http_path, "/v1/test");
  EXPECT_EQ(read->deadline, std::chrono::seconds(2));
  EXPECT_TRUE(read->reasons.test(static_cast<std::size_t>(Reason::kNotFound)));
  EXPECT_FALSE(read->reasons.test(static_cast<std::size_t>(Reason::kStale)));
  EXPECT_TRUE(read->IsRepeatable(false));
  const Method* change = table->Find("/aplus.test.v1.Good/Change");
  EXPECT_EQ(change->deadline, std::chrono::seconds(10)) << "the default";
  EXPECT_FALSE(change->IsRepeatable(false));
  EXPECT_TRUE(change->IsRepeatable(true));
  EXPECT_TRUE(table->Find("/aplus.test.v1.Good/Inside")->IsForServices());
  EXPECT_EQ(table->Find("/aplus.test.v1.Good/Nothing"), nullptr);
  EXPECT_EQ(table->Find(""), nullptr);
}

// What start-up says of a service that declares too little or what cannot be meant, sorted.
std::vector<std::string> Problems(const std::string& service) {
  const auto table = Compile(service);
  if (table.has_value()) return {};
  std::vector<std::string> problems;
  std::istringstream lines(table.error().diagnostic);
  for (std::string line; std::getline(lines, line);) {
    const std::string package = "aplus.test.v1.";
    problems.push_back(line.starts_with(package) ? line.substr(package.size()) : line);
  }
  return problems;
}

// One method for each thing that can be missing: it is named, and nothing else is wrong with that method.
TEST(Methods, T_AZ_02_AMethodThatDeclaresLessDoesNotStart) {
  EXPECT_THAT(
      Problems("aplus.test.v1.Bad"),
      UnorderedElementsAre(
          "Bad.Silent: declares no rule", "Bad.NoOperation: operation \"X1\" is in no rights table",
          "Bad.NoCaller: does not say who may call", "Bad.NoAudit: does not say what is audited",
          "Bad.NoRepeat: does not say what a repeated call does", "Bad.NoLimit: declares no rate limit",
          "Bad.NoRoute: has no route", "Bad.RoutedInside: is for services and has a route",
          "Bad.OpenInside: is for services and names none", "Bad.UnknownReason: reason \"moonphase\" is none",
          "Bad.ChangingGet: is a GET that changes",
          "Bad.UnauditedChange: changes something and is not audited",
          "Bad.NotAnUpload: its transfer does not fit the way it streams",
          "Bad.SameRoute: another method has its route", "Bad.BothWays: streams both ways",
          "Bad.BothWays: its transfer does not fit the way it streams"));
}

TEST(Methods, T_AZ_02_DeclarationsThatCannotBeMeantDoNotStart) {
  EXPECT_THAT(Problems("aplus.test.v1.Worse"),
              UnorderedElementsAre(
                  "Worse.EndlessDeadline: has a deadline_ms out of range",
                  "Worse.NegativeDeadline: has a deadline_ms out of range",
                  "Worse.StrangeService: names a service that is none: \"spiffe://gateway\"",
                  "Worse.LimitedInside: is for services and has a limit",
                  "Worse.PartnersInside: is for services and has a partner_scope",
                  "Worse.Unlimited: is reachable over HTTP without a limit",
                  "Worse.PartnersInPublic: is public and has a partner_scope",
                  "Worse.NegativeBody: has a negative max_body",
                  "Worse.SuccessfulError: has a success status that is none",
                  "Worse.GetWithBody: is a GET with a body", "Worse.CacheablePost: is cacheable and no GET",
                  "Worse.DownloadOfNothing: is a download that does not answer aplus.api.v1.DownloadChunk",
                  "Worse.EventsOfFiles: is an event stream that does not answer aplus.api.v1.LiveEvent",
                  "Worse.NeverStale: takes a version and does not declare stale",
                  "Worse.KeyedUnaudited: changes something and is not audited"));
}

TEST(Methods, FieldsThatCannotBeMeantDoNotStart) {
  EXPECT_EQ(Problems("aplus.test.v1.BadRequests").size(), 5u);
  EXPECT_THAT(Problems("aplus.test.v1.Missing"),
              ElementsAre("no service aplus.test.v1.Missing is linked into this program"));
  const std::array<std::string, 2> twice = {"aplus.test.v1.Good", "aplus.test.v1.Good"};
  const auto table = MethodTable::Compile(*google::protobuf::DescriptorPool::generated_pool(), twice);
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().diagnostic, HasSubstr("is named twice"));
}

TEST(Methods, EveryServiceOfOursStarts) {
  // Bad test protos are linked here too: compile the real services by their names.
  for (const char* service :
       {"aplus.auth.v1.Login", "aplus.auth.v1.Me", "aplus.auth.v1.Directory", "aplus.auth.v1.Sessions",
        "aplus.auth.v1.People", "aplus.requests.v1.Requests", "aplus.requests.v1.Threads",
        "aplus.requests.v1.Drafts", "aplus.requests.v1.FileAccess", "aplus.requests.v1.Live",
        "aplus.files.v1.Files", "aplus.stats.v1.Stats", "aplus.notifications.v1.Notifications",
        "aplus.events.v1.EventLog"}) {
    const auto table = Compile(service);
    EXPECT_TRUE(table.has_value()) << table.error().diagnostic;
  }
}

}  // namespace
}  // namespace aplus
