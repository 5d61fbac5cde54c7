#include "libs/rpc/methods.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "rules.pb.h"

namespace aplus {
namespace {

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

TEST(Methods, T_AZ_02_AMethodThatDeclaresLessDoesNotStart) {
  const auto table = Compile("aplus.test.v1.Bad");
  ASSERT_FALSE(table.has_value());
  for (const char* problem :
       {"Bad.Silent: declares no rule", "Bad.NoOperation: operation \"X1\"",
        "Bad.NoCaller: does not say who may call", "Bad.NoAudit: does not say what is audited",
        "Bad.NoRepeat: does not say what a repeated call does", "Bad.NoLimit: declares no rate limit",
        "Bad.NoRoute: has no route", "Bad.RoutedInside: is for services and has a route",
        "Bad.OpenInside: is for services and names none", "Bad.UnknownReason: reason \"moonphase\"",
        "Bad.ChangingGet: is a GET that changes", "Bad.UnauditedChange: changes something and is not audited",
        "Bad.NotAnUpload: its transfer does not fit", "Bad.SameRoute: another method has its route",
        "Bad.BothWays: streams both ways"}) {
    EXPECT_NE(table.error().diagnostic.find(problem), std::string::npos) << problem << " is missing in:\n"
                                                                         << table.error().diagnostic;
  }
}

TEST(Methods, FieldsThatCannotBeMeantDoNotStart) {
  EXPECT_FALSE(Compile("aplus.test.v1.BadRequests").has_value());
  EXPECT_FALSE(Compile("aplus.test.v1.Missing").has_value());
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
