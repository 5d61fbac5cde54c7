// JSON -> wire. The oracle: whatever the plan accepts, protobuf's own converter accepts with the same
// meaning; whatever protobuf writes, the plan reads back.
#include "gateway/transcode/json_to_wire.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/transcode/random_message.h"
#include "tests/unit/gateway/transcode/transcode_test.pb.h"

namespace aplus::transcode {
namespace {

namespace pb = google::protobuf;
using test::Everything;
using test::RandomMessages;

const MessagePlan& PlanOf(const pb::Descriptor& type) {
  static PlanSet plans;
  const auto plan = plans.Compile(type);
  if (!plan) throw std::logic_error(plan.error().diagnostic);
  return **plan;
}
const MessagePlan& EverythingPlan() { return PlanOf(*Everything::descriptor()); }

// code@path of the refusal, empty when accepted.
std::string Refusal(std::string_view json, const JsonLimits& limits = {}) {
  std::string wire;
  const auto result = JsonToWire(EverythingPlan(), json, {}, wire, limits);
  if (result) return {};
  EXPECT_EQ(result.error().reason, Reason::kMalformed);
  EXPECT_EQ(result.error().violations.size(), 1u);
  const auto& violation = result.error().violations.front();
  EXPECT_FALSE(violation.detail.empty());
  return violation.code + "@" + violation.path;
}

Everything Read(std::string_view json) {
  std::string wire;
  const auto result = JsonToWire(EverythingPlan(), json, {}, wire);
  EXPECT_TRUE(result) << json << ": " << (result ? "" : result.error().violations.front().code);
  Everything message;
  EXPECT_TRUE(message.ParseFromString(wire)) << json;
  return message;
}

void ExpectOracleAgrees(std::string_view json, std::string_view wire) {
  Everything ours;
  ASSERT_TRUE(ours.ParseFromString(std::string(wire))) << json;
  Everything theirs;
  const auto status = pb::util::JsonStringToMessage(std::string(json), &theirs);
  ASSERT_TRUE(status.ok()) << json << ": " << status.ToString();
  test::DropNegativeZeros(ours);
  test::DropNegativeZeros(theirs);
  std::string difference;
  pb::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(ours, theirs)) << difference << json;
}

TEST(JsonToWire, ReadsWhatProtobufWrites) {
  RandomMessages random(test::Seed(), {.depth = 3, .only_known_enums = true, .non_finite = false});
  for (int i = 0; i < 1000; ++i) {
    Everything message;
    random.Fill(message);
    pb::util::JsonPrintOptions print;
    print.always_print_primitive_fields = random.Below(2) == 0;
    print.add_whitespace = random.Below(2) == 0;
    print.always_print_enums_as_ints = random.Below(2) == 0;
    std::string json;
    ASSERT_TRUE(pb::util::MessageToJsonString(message, &json, print).ok());
    std::string wire;
    const JsonLimits wide{.depth = 64, .members = 100000, .nodes = 1000000};
    const auto result = JsonToWire(EverythingPlan(), json, {}, wire, wide);
    ASSERT_TRUE(result) << json << "\n"
                        << result.error().violations.front().path << " "
                        << result.error().violations.front().code;
    ExpectOracleAgrees(json, wire);
    Everything back;
    ASSERT_TRUE(back.ParseFromString(wire));
    // Bit by bit what was written, -0 included.
    if (!print.always_print_primitive_fields) {
      EXPECT_TRUE(pb::util::MessageDifferencer::Equals(message, back)) << json;
    }
  }
}

TEST(JsonToWire, MutatedTextIsRefusedOrMeansWhatProtobufReads) {
  RandomMessages random(test::Seed() + 1, {.depth = 2, .only_known_enums = true, .non_finite = false});
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    Everything message;
    random.Fill(message);
    std::string json;
    ASSERT_TRUE(pb::util::MessageToJsonString(message, &json).ok());
    for (std::uint64_t n = 1 + random.Below(3); n > 0 && !json.empty(); --n) {
      static constexpr std::string_view kSpice = "{}[],:\"\\u0eE+-.19tfnNI \n'_aZ=/";
      const std::size_t at = random.Below(json.size());
      switch (random.Below(4)) {
        case 0:
          json[at] = kSpice[random.Below(kSpice.size())];
          break;
        case 1:
          json.insert(at, 1, kSpice[random.Below(kSpice.size())]);
          break;
        case 2:
          json.erase(at, 1 + random.Below(3));
          break;
        default:
          json[at] = static_cast<char>(random.Below(256));
      }
    }
    std::string wire;
    if (JsonToWire(EverythingPlan(), json, {}, wire)) {
      ++accepted;
      ExpectOracleAgrees(json, wire);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(accepted, 100);
}

TEST(JsonToWire, T_EDGE_05_SyntaxIsStrict) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[]",
                          "null",
                          "1",
                          "\"a\"",
                          "{}{}",
                          "{} x",
                          "{,}",
                          "{\"aBool\"}",
                          "{\"aBool\":}",
                          "{\"aBool\":true,}",
                          "{\"aBool\" true}",
                          "{aBool:true}",
                          "{'aBool':true}",
                          "{\"aBool\":True}",
                          "{\"aBool\":tru}",
                          "{\"aBool\":truex}",
                          "{\"aString\":'x'}",
                          "{\"aString\":\"x}",
                          "{\"aString\":\"\\x\"}",
                          "{\"aString\":\"\\u12\"}",
                          "{\"aString\":\"\\u12g4\"}",
                          "{\"strings\":[,]}",
                          "{\"strings\":[\"a\",]}",
                          "{\"strings\":[\"a\" \"b\"]}",
                          "{\"strings\":[\"a\"}",
                          "{\"anInt32\":01}",
                          "{\"anInt32\":1.}",
                          "{\"anInt32\":+1}",
                          "{\"anInt32\":0x10}",
                          "{\"aDouble\":NaN}",
                          "{\"aDouble\":Infinity}",
                          "{\"aDouble\":-Infinity}",
                          "{/**/}",
                          "{\"aBool\":true}//",
                          "\xef\xbb\xbf{}",
                          "{\"aBool\":true\x0c}",
                          "{\"aBool\":nul}",
                          "{\"aBool\":nullx}",
                          "{\"aBool\":true \"aString\":\"\"}"}) {
    EXPECT_NE(Refusal(bad), "") << bad;
  }
  EXPECT_EQ(Refusal(std::string_view("{\"aString\":\"\0\"}", 15)), "null_character@aString");
  EXPECT_EQ(Refusal(std::string_view("{}\0", 3)), "syntax@");
  EXPECT_EQ(Refusal(" \r\n\t{ \"aBool\" : true , \"aString\":\"\"}\n"), "");
}

TEST(JsonToWire, T_EDGE_05_TextIsUnicode) {
  EXPECT_EQ(Refusal("{\"aString\":\"\\u0000\"}"), "null_character@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\\ud800\"}"), "surrogate@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\\udc00\"}"), "surrogate@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\\ud800\\u0041\"}"), "surrogate@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\\ud800x\"}"), "surrogate@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\\ud800\\ud800\"}"), "surrogate@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\n\"}"), "control_character@aString");
  EXPECT_EQ(Refusal("{\"aString\":\"\xff\"}"), "utf8@");
  EXPECT_EQ(Refusal("{\"aString\":\"\xc0\x80\"}"), "utf8@");
  EXPECT_EQ(Refusal("{\"aString\":\"\xed\xa0\x80\"}"), "utf8@");
  EXPECT_EQ(Refusal("{\"aString\":\"\xf4\x90\x80\x80\"}"), "utf8@");
  EXPECT_EQ(Read("{\"aString\":\"\\u00e9\\ud834\\udd1e\\/\\b\\f\"}").a_string(), "é𝄞/\b\f");
  EXPECT_EQ(Read("{\"a\\u0053tring\":\"x\"}").a_string(), "x");
}

TEST(JsonToWire, KeysAreKnownAndOnce) {
  EXPECT_EQ(Refusal("{\"nope\":1}"), "unknown@nope");
  EXPECT_EQ(Refusal("{\"a_string\":\"x\"}"), "unknown@a_string");
  EXPECT_EQ(Refusal("{\"AString\":\"x\"}"), "unknown@AString");
  EXPECT_EQ(Refusal("{\"aBool\":true,\"aBool\":true}"), "duplicate@aBool");
  EXPECT_EQ(Refusal("{\"aBool\":true,\"a\\u0042ool\":true}"), "duplicate@aBool");
  EXPECT_EQ(Refusal("{\"aBool\":null,\"aBool\":true}"), "duplicate@aBool");
  EXPECT_EQ(Refusal("{\"nested\":{\"children\":[{},{\"x\":1}]}}"), "unknown@nested.children[1].x");
  EXPECT_EQ(Refusal("{\"stringsByString\":{\"a\":\"1\",\"a\":\"2\"}}"), "duplicate@stringsByString[\"a\"]");
  EXPECT_EQ(Refusal("{\"childrenByInt32\":{\"0\":{},\"-0\":{}}}"), "duplicate@childrenByInt32[\"-0\"]");
  EXPECT_EQ(Refusal("{\"choiceString\":\"a\",\"choiceUint32\":1}"), "oneof@choiceUint32");
  EXPECT_EQ(Refusal("{\"choiceString\":\"a\",\"choiceUint32\":null}"), "");
  EXPECT_EQ(Refusal("{\"withAnotherName\":\"x\"}"), "");
  EXPECT_EQ(Refusal("{\"renamed\":\"x\"}"), "unknown@renamed");
  // What an error repeats of a client's own key is bounded and stays UTF-8.
  EXPECT_EQ(Refusal(fmt::format("{{\"{}é\":1}}", std::string(63, 'k'))), "unknown@" + std::string(63, 'k'));
}

TEST(JsonToWire, ValuesHaveTheirType) {
  for (const char* bad : {"{\"aBool\":1}",
                          "{\"aBool\":\"true\"}",
                          "{\"aBool\":{}}",
                          "{\"anInt32\":true}",
                          "{\"anInt32\":\"\"}",
                          "{\"anInt32\":\" 1\"}",
                          "{\"anInt32\":\"0x1\"}",
                          "{\"anInt32\":\"1.0\"}",
                          "{\"anInt64\":\"21E6\"}",
                          "{\"childrenByInt32\":{\"1.0\":{}}}",
                          "{\"aString\":1}",
                          "{\"aString\":[]}",
                          "{\"aString\":{}}",
                          "{\"strings\":\"a\"}",
                          "{\"strings\":{}}",
                          "{\"strings\":[null]}",
                          "{\"strings\":[1]}",
                          "{\"int32s\":[[1]]}",
                          "{\"nested\":[]}",
                          "{\"nested\":\"x\"}",
                          "{\"children\":{}}",
                          "{\"stringsByString\":[]}",
                          "{\"stringsByString\":{\"a\":null}}",
                          "{\"stringsByString\":{\"a\":1}}",
                          "{\"childrenByInt32\":{\"x\":{}}}",
                          "{\"coloursByBool\":{\"yes\":\"COLOUR_RED\"}}",
                          "{\"time\":1}",
                          "{\"time\":{}}",
                          "{\"wrappedInt32\":{\"value\":1}}",
                          "{\"aColour\":true}"}) {
    const std::string refusal = Refusal(bad);
    EXPECT_EQ(refusal.substr(0, refusal.find('@')), "type") << bad;
  }
  EXPECT_EQ(Refusal("{\"anInt32\":2147483648}"), "range@anInt32");
  EXPECT_EQ(Refusal("{\"anInt32\":1.5}"), "range@anInt32");
  EXPECT_EQ(Refusal("{\"aUint32\":-1}"), "range@aUint32");
  EXPECT_EQ(Refusal("{\"aUint64\":18446744073709551616}"), "range@aUint64");
  EXPECT_EQ(Refusal("{\"anInt64\":\"9223372036854775808\"}"), "range@anInt64");
  EXPECT_EQ(Refusal("{\"aDouble\":1e99999}"), "range@aDouble");
  EXPECT_EQ(Refusal("{\"aDouble\":\"NaN\"}"), "type@aDouble");
  EXPECT_EQ(Refusal("{\"aFloat\":3.5e38}"), "range@aFloat");
  EXPECT_EQ(Refusal("{\"aColour\":\"COLOUR_GREEN\"}"), "enum@aColour");
  EXPECT_EQ(Refusal("{\"aColour\":\"1\"}"), "enum@aColour");
  EXPECT_EQ(Refusal("{\"aColour\":77}"), "enum@aColour");
  EXPECT_EQ(Refusal("{\"someBytes\":\"@\"}"), "format@someBytes");
  EXPECT_EQ(Refusal("{\"time\":\"yesterday\"}"), "format@time");
  EXPECT_EQ(Refusal("{\"mask\":\"a_b\"}"), "format@mask");
  EXPECT_EQ(Refusal("{\"mask\":\"a,\"}"), "format@mask");
  EXPECT_EQ(Read("{\"anInt64\":12}").an_int64(), 12);
  EXPECT_EQ(Read("{\"anInt64\":\"12\"}").an_int64(), 12);
  EXPECT_EQ(Read("{\"aColour\":-3}").a_colour(), test::COLOUR_NEGATIVE);
  EXPECT_EQ(Read("{\"someBytes\":\"_-8\"}").some_bytes(), Read("{\"someBytes\":\"/+8=\"}").some_bytes());
}

TEST(JsonToWire, NullMeansAbsent) {
  const Everything message = Read(
      "{\"aString\":null,\"strings\":null,\"nested\":null,\"maybeInt64\":null,\"wrappedInt32\":null,"
      "\"time\":null,\"stringsByString\":null,\"choiceLeaf\":null}");
  EXPECT_EQ(message.ByteSizeLong(), 0u);
}

TEST(JsonToWire, PresenceIsKept) {
  EXPECT_TRUE(Read("{\"maybeInt64\":0}").has_maybe_int64());
  EXPECT_TRUE(Read("{\"maybeString\":\"\"}").has_maybe_string());
  EXPECT_TRUE(Read("{\"wrappedString\":\"\"}").has_wrapped_string());
  EXPECT_FALSE(Read("{}").has_maybe_int64());
}

TEST(JsonToWire, T_EDGE_05_SizesAreBounded) {
  const auto nested = [](std::size_t depth) {
    std::string json;
    for (std::size_t i = 1; i < depth; ++i) json += "{\"nested\":";
    return json + "{}" + std::string(depth - 1, '}');
  };
  EXPECT_EQ(Refusal(nested(32)), "");
  EXPECT_NE(Refusal(nested(33)).find("too_deep"), std::string::npos);
  EXPECT_NE(Refusal("{\"strings\":" + std::string(100000, '[')), "");
  std::string bomb;
  for (int i = 0; i < 100000; ++i) bomb += "{\"nested\":";
  EXPECT_NE(Refusal(bomb), "");

  const auto list = [](std::size_t count) {
    std::string json = "{\"bools\":[true";
    for (std::size_t i = 1; i < count; ++i) json += ",true";
    return json + "]}";
  };
  EXPECT_EQ(Refusal(list(1000)), "");
  EXPECT_EQ(Refusal(list(1001)), "too_many_values@bools");
  EXPECT_EQ(Refusal(list(200000)), "too_many_values@bools");

  std::string many = "{\"children\":[{}";
  const std::string row = ",{\"bools\":[" + [] {
    std::string row_text = "true";
    for (int i = 1; i < 999; ++i) row_text += ",true";
    return row_text;
  }() + "]}";
  for (int i = 0; i < 9; ++i) many += row;
  EXPECT_EQ(Refusal(many + "]}"), "");
  EXPECT_NE(Refusal(many + row + "]}").find("too_many_values@"), std::string::npos);
}

TEST(JsonToWire, T_AZ_09_EdgeFieldsAndExcludedFieldsAreUnknown) {
  const MessagePlan& plan = PlanOf(*test::WithEdges::descriptor());
  std::string wire;
  for (const char* json : {"{\"session\":\"x\"}", "{\"binding\":\"x\"}", "{\"length\":1}"}) {
    const auto result = JsonToWire(plan, json, {}, wire);
    ASSERT_FALSE(result) << json;
    EXPECT_EQ(result.error().violations.front().code, "unknown");
  }
  const auto excluded = JsonToWire(plan, "{\"visible\":\"x\"}", {plan.FindName("visible")}, wire);
  ASSERT_FALSE(excluded);
  EXPECT_EQ(excluded.error().violations.front().code, "unknown");
}

TEST(JsonToWire, OneFieldAsTheWholeBody) {
  std::string wire;
  ASSERT_TRUE(JsonToWireField(*EverythingPlan().FindName("int32s"), "[1,2,300]", wire));
  ASSERT_TRUE(JsonToWireField(*EverythingPlan().FindName("nested"), "{\"aString\":\"x\"}", wire));
  Everything message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.int32s_size(), 3);
  EXPECT_EQ(message.nested().a_string(), "x");
  EXPECT_FALSE(JsonToWireField(*EverythingPlan().FindName("nested"), "{} {}", wire));
}

TEST(JsonToWire, SparseNumbers) {
  std::string wire;
  ASSERT_TRUE(JsonToWire(PlanOf(*test::Sparse::descriptor()), "{\"last\":1,\"first\":2}", {}, wire));
  test::Sparse message;
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(message.last(), 1);
  EXPECT_EQ(message.first(), 2);
}

}  // namespace
}  // namespace aplus::transcode
