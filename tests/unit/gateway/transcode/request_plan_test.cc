#include "gateway/transcode/request_plan.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/gateway/transcode/transcode_test.pb.h"

namespace aplus::transcode {
namespace {

using test::ListRequest;
using test::ThingRequest;

PlanSet& Plans() {
  static PlanSet plans;
  return plans;
}

RequestPlan PlanFor(const google::protobuf::Descriptor& type, std::string_view body,
                    std::vector<std::string> variables) {
  auto plan = RequestPlan::Compile(**Plans().Compile(type), body, variables);
  if (!plan) throw std::logic_error(plan.error().diagnostic);
  return *plan;
}

// code@path of the refusal of a query to ListRequest, empty when accepted.
std::string QueryRefusal(std::string_view query) {
  std::string wire;
  const auto result = PlanFor(*ListRequest::descriptor(), "", {}).AppendQuery(query, wire);
  if (result) return {};
  return result.error().violations.front().code + "@" + result.error().violations.front().path;
}

ListRequest Query(std::string_view query) {
  std::string wire;
  const auto result = PlanFor(*ListRequest::descriptor(), "", {}).AppendQuery(query, wire);
  EXPECT_TRUE(result) << query << QueryRefusal(query);
  ListRequest message;
  EXPECT_TRUE(message.ParseFromString(wire));
  return message;
}

TEST(RequestPlan, QueriesBindEveryTextualField) {
  const ListRequest message = Query(
      "text=l%27%C3%A9t%C3%A9+vert&colours=COLOUR_RED&colours=5&late=1&since=2026-05-12T15:00:00Z"
      "&leaf.text=deep&leaf.number=-7&limit=0&wrapped=false&ids=a&ids=b");
  EXPECT_EQ(message.text(), "l'été vert");
  ASSERT_EQ(message.colours_size(), 2);
  EXPECT_EQ(message.colours(1), test::COLOUR_BLUE);
  EXPECT_TRUE(message.late());
  EXPECT_EQ(message.since().seconds(), 1778598000);
  EXPECT_EQ(message.leaf().text(), "deep");
  EXPECT_EQ(message.leaf().number(), -7);
  EXPECT_TRUE(message.has_limit());
  EXPECT_TRUE(message.has_wrapped());
  EXPECT_EQ(message.ids_size(), 2);
}

TEST(RequestPlan, EmptyInputsOfAFormAreNone) {
  const ListRequest message = Query("text=&colours=&late=&since=&limit=&&ids=&wrapped=&leaf.number=");
  EXPECT_EQ(message.colours_size(), 0);
  EXPECT_FALSE(message.has_limit());
  EXPECT_EQ(message.ids_size(), 0);
}

TEST(RequestPlan, T_AZ_09_UnknownAndRepeatedQueryKeysAreRefused) {
  EXPECT_EQ(QueryRefusal("nope=1"), "unknown@nope");
  EXPECT_EQ(QueryRefusal("Text=1"), "unknown@Text");
  EXPECT_EQ(QueryRefusal("=1"), "unknown@");
  EXPECT_EQ(QueryRefusal("session=stolen"), "unknown@session");
  EXPECT_EQ(QueryRefusal("labels=1"), "unknown@labels");
  EXPECT_EQ(QueryRefusal("labels.a=1"), "unknown@labels.a");
  EXPECT_EQ(QueryRefusal("leaf=1"), "unknown@leaf");
  EXPECT_EQ(QueryRefusal("leaves.text=1"), "unknown@leaves.text");
  EXPECT_EQ(QueryRefusal("text.x=1"), "unknown@text.x");
  EXPECT_EQ(QueryRefusal("since.seconds=1"), "unknown@since.seconds");
  EXPECT_EQ(QueryRefusal("leaf.=1"), "unknown@leaf.");
  EXPECT_EQ(QueryRefusal("text=a&text=b"), "duplicate@text");
  EXPECT_EQ(QueryRefusal("text=a&t%65xt=b"), "duplicate@text");
  EXPECT_EQ(QueryRefusal("late=yes"), "type@late");
  EXPECT_EQ(QueryRefusal("limit=1.5"), "type@limit");
  EXPECT_EQ(QueryRefusal("limit=99999999999999999999"), "range@limit");
  EXPECT_EQ(QueryRefusal("colours=GREEN"), "enum@colours");
  EXPECT_EQ(QueryRefusal("colours=77"), "enum@colours");
  EXPECT_EQ(QueryRefusal("since=tomorrow"), "format@since");
  EXPECT_EQ(QueryRefusal("text=%"), "format@text");
  EXPECT_EQ(QueryRefusal("text=%4"), "format@text");
  EXPECT_EQ(QueryRefusal("text=%zz"), "format@text");
  EXPECT_EQ(QueryRefusal("text=%00"), "format@text");
  EXPECT_EQ(QueryRefusal("text=%ff"), "format@text");
  EXPECT_EQ(QueryRefusal("%ff=1"), "format@");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "&ids=a";
  EXPECT_EQ(QueryRefusal(many.substr(1, 599)), "");
  EXPECT_EQ(QueryRefusal(many.substr(1)), "too_many_values@");
}

TEST(RequestPlan, BodyPathAndQueryDoNotOverlap) {
  const RequestPlan whole = PlanFor(*ThingRequest::descriptor(), "*", {"thing_id"});
  std::string wire;
  EXPECT_FALSE(whole.AppendQuery("preview=1", wire));
  EXPECT_FALSE(whole.AppendBody("{\"thingId\":\"other\"}", wire));
  EXPECT_FALSE(whole.AppendBody("{\"address\":\"1.2.3.4\"}", wire));
  EXPECT_FALSE(whole.AppendBody("", wire));

  const RequestPlan field = PlanFor(*ThingRequest::descriptor(), "leaf", {"thing_id"});
  wire.clear();
  EXPECT_FALSE(field.AppendQuery("leaf.text=x", wire));
  EXPECT_FALSE(field.AppendQuery("thingId=x", wire));
  EXPECT_FALSE(field.AppendQuery("address=x", wire));
  wire.clear();
  const std::vector<std::string_view> captures = {"a%20b"};
  ASSERT_TRUE(field.AppendBody("{\"text\":\"t\"}", wire));
  ASSERT_TRUE(field.AppendPath(captures, wire));
  ASSERT_TRUE(field.AppendQuery("preview=1", wire));
  ASSERT_EQ(field.edges().size(), 1u);
  RequestPlan::AppendEdge(*field.edges().front(), "192.0.2.1", wire);
  ThingRequest message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.thing_id(), "a b");
  EXPECT_EQ(message.leaf().text(), "t");
  EXPECT_EQ(message.preview(), 1);
  EXPECT_EQ(message.address(), "192.0.2.1");
}

TEST(RequestPlan, PathsAreDecodedStrictly) {
  const RequestPlan plan = PlanFor(*ThingRequest::descriptor(), "", {"thing_id"});
  std::string wire;
  for (const std::string_view bad : {"%", "%2", "%zz", "%00", "%ff"}) {
    const std::vector<std::string_view> captures = {bad};
    EXPECT_FALSE(plan.AppendPath(captures, wire)) << bad;
  }
  const std::vector<std::string_view> plus = {"a+b"};
  wire.clear();
  ASSERT_TRUE(plan.AppendPath(plus, wire));
  ThingRequest message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.thing_id(), "a+b");
}

TEST(RequestPlan, NestedVariables) {
  const RequestPlan plan = PlanFor(*ThingRequest::descriptor(), "", {"thing_id", "leaf.number"});
  const std::vector<std::string_view> captures = {"x", "12"};
  std::string wire;
  ASSERT_TRUE(plan.AppendPath(captures, wire));
  ThingRequest message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.leaf().number(), 12);
  EXPECT_FALSE(RequestPlan::Compile(plan.message(), "", std::vector<std::string>{"leaf"}));
  EXPECT_FALSE(RequestPlan::Compile(plan.message(), "", std::vector<std::string>{"leaf.nothing"}));
  EXPECT_FALSE(RequestPlan::Compile(plan.message(), "", std::vector<std::string>{"address"}));
  EXPECT_FALSE(RequestPlan::Compile(plan.message(), "nothing", std::vector<std::string>{}));
}

}  // namespace
}  // namespace aplus::transcode
