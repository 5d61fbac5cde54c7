#include "gateway/transcode/route_table.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/transcode/transcode_test.pb.h"

namespace aplus::transcode {
namespace {

const google::protobuf::ServiceDescriptor* Service(const char* name) {
  return test::Everything::descriptor()->file()->FindServiceByName(name);
}

TEST(RouteTable, ServesWhatTheProtosDeclare) {
  const std::vector<const google::protobuf::ServiceDescriptor*> services = {Service("Things")};
  const auto table = RouteTable::Compile(services);
  ASSERT_TRUE(table) << table.error().diagnostic;
  EXPECT_EQ(table->size(), 8u);
  const auto name = [&](HttpMethod method, std::string_view path) -> std::string {
    const PathMatch match = table->Find(method, path);
    return match.route ? (*table)[*match.route].method_name : "";
  };
  EXPECT_EQ(name(HttpMethod::kGet, "/v1/things/counters"), "aplus.transcode.test.Things.Count");
  EXPECT_EQ(name(HttpMethod::kHead, "/v1/things/x"), "aplus.transcode.test.Things.Get");
  EXPECT_EQ(name(HttpMethod::kPost, "/v1/things/x:close"), "aplus.transcode.test.Things.Close");
  EXPECT_EQ(name(HttpMethod::kPost, "/v1/others/x/files"), "aplus.transcode.test.Things.Upload");
  EXPECT_EQ(name(HttpMethod::kHead, "/v1/files/x"), "");
  EXPECT_EQ((*table)[*table->Find(HttpMethod::kPost, "/v1/things/x:close").route].success, 204);
  EXPECT_EQ((*table)[*table->Find(HttpMethod::kGet, "/v1/things").route].success, 200);
}

TEST(RouteTable, StartUpNamesEveryRouteThatIsWrong) {
  const std::vector<const google::protobuf::ServiceDescriptor*> services = {Service("Wrong")};
  const auto table = RouteTable::Compile(services);
  ASSERT_FALSE(table);
  const std::string& problems = table.error().diagnostic;
  for (int i = 0; i < services[0]->method_count(); ++i) {
    EXPECT_NE(problems.find(services[0]->method(i)->full_name() + ":"), std::string::npos)
        << services[0]->method(i)->full_name() << "\n"
        << problems;
  }
}

}  // namespace
}  // namespace aplus::transcode
