// Wire -> JSON. The oracle: protobuf's own converter, on the same bytes, with defaults printed.
#include "gateway/transcode/wire_to_json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "gateway/transcode/json_text.h"
#include "tests/unit/gateway/transcode/random_message.h"
#include "tests/unit/gateway/transcode/transcode_test.pb.h"

namespace aplus::transcode {
namespace {

namespace pb = google::protobuf;
using test::Everything;
using test::RandomMessages;

const MessagePlan& Plan(const pb::Descriptor& type) {
  static PlanSet plans;
  const auto plan = plans.Compile(type);
  if (!plan) throw std::logic_error(plan.error().diagnostic);
  return **plan;
}

std::optional<std::string> Json(const pb::Descriptor& type, std::string_view wire) {
  JsonBuffer out;
  if (!WireToJson(Plan(type), wire, out)) return std::nullopt;
  return std::string(out.view());
}

std::optional<std::string> Json(std::string_view wire) { return Json(*Everything::descriptor(), wire); }

// What the text means to protobuf, against the message: NaN equals NaN, and -0 equals 0 (its reader drops the
// sign).
void ExpectMeans(const std::string& json, Everything expected) {
  Everything back;
  const auto status = pb::util::JsonStringToMessage(json, &back);
  ASSERT_TRUE(status.ok()) << json << status.ToString();
  test::DropNegativeZeros(expected);
  test::DropNegativeZeros(back);
  std::string difference;
  pb::util::MessageDifferencer differencer;
  pb::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  differencer.set_field_comparator(&comparator);
  differencer.ReportDifferencesToString(&difference);
  ASSERT_TRUE(differencer.Compare(expected, back)) << difference << json;
}

std::string Json(const pb::Message& message) {
  return Json(*message.GetDescriptor(), message.SerializeAsString()).value_or("refused");
}

TEST(WireToJson, MeansWhatWasWritten) {
  RandomMessages random(test::Seed() + 2, {.depth = 3, .only_known_enums = false, .non_finite = true});
  for (int i = 0; i < 1000; ++i) {
    Everything message;
    random.Fill(message);
    const std::string wire = message.SerializeAsString();
    const auto json = Json(wire);
    ASSERT_TRUE(json) << message.DebugString();
    ASSERT_NO_FATAL_FAILURE(ExpectMeans(*json, message));
  }
}

TEST(WireToJson, DefaultsAreShownAsProtobufShowsThem) {
  RandomMessages random(test::Seed() + 3, {.depth = 3, .only_known_enums = true, .non_finite = false});
  pb::util::JsonPrintOptions print;
  print.always_print_primitive_fields = true;
  for (int i = 0; i < 500; ++i) {
    Everything message;
    random.Fill(message);
    std::string theirs;
    ASSERT_TRUE(pb::util::MessageToJsonString(message, &theirs, print).ok());
    const std::string ours = Json(message);
    // Same set of keys and values; order and escapes are free.
    for (const std::string_view key :
         {"\"aBool\":", "\"strings\":", "\"aColour\":", "\"childrenByInt32\":", "\"maybeInt64\":",
          "\"choiceString\":", "\"nested\":", "\"wrappedBool\":"}) {
      const auto count = [&](std::string_view text) {
        std::size_t found = 0;
        for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1))
          ++found;
        return found;
      };
      EXPECT_EQ(count(ours), count(theirs)) << key << "\n" << ours << "\n" << theirs;
    }
  }
}

TEST(WireToJson, MutatedBytesAreRefusedOrMeanWhatProtobufReads) {
  RandomMessages random(test::Seed() + 4, {.depth = 2, .only_known_enums = false, .non_finite = true});
  int accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    Everything message;
    random.Fill(message);
    std::string wire = message.SerializeAsString();
    for (std::uint64_t n = 1 + random.Below(3); n > 0 && !wire.empty(); --n) {
      const std::size_t at = random.Below(wire.size());
      switch (random.Below(3)) {
        case 0:
          wire[at] = static_cast<char>(random.Below(256));
          break;
        case 1:
          wire.insert(at, 1, static_cast<char>(random.Below(256)));
          break;
        default:
          wire.erase(at, 1 + random.Below(4));
      }
    }
    const auto json = Json(wire);
    if (!json) continue;
    ++accepted;
    Everything theirs;
    ASSERT_TRUE(theirs.ParseFromString(wire));
    theirs.DiscardUnknownFields();
    ASSERT_NO_FATAL_FAILURE(ExpectMeans(*json, theirs));
  }
  EXPECT_GT(accepted, 100);
}

TEST(WireToJson, PiecesInAnyOrderMeanTheSame) {
  RandomMessages random(test::Seed() + 5, {.depth = 3, .only_known_enums = true, .non_finite = false});
  for (int i = 0; i < 1000; ++i) {
    Everything parts[3];
    std::string wire;
    Everything merged;
    for (Everything& part : parts) {
      random.Fill(part);
      wire += part.SerializeAsString();
    }
    ASSERT_TRUE(merged.ParseFromString(wire));
    // protobuf keeps the last of equal map keys; here they are refused.
    const auto json = Json(wire);
    if (!json) {
      continue;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectMeans(*json, merged));
  }
}

TEST(WireToJson, TruncatedBytesAreRefused) {
  Everything message;
  message.set_a_string("some text");
  message.mutable_nested()->set_a_double(1.5);
  message.add_int32s(1000);
  const std::string wire = message.SerializeAsString();
  for (std::size_t size = 0; size < wire.size(); ++size) {
    Everything parsed;
    const bool sound = parsed.ParseFromString(wire.substr(0, size));
    EXPECT_EQ(Json(wire.substr(0, size)).has_value(), sound) << size;
  }
}

TEST(WireToJson, HostileBytesAreRefused) {
  using namespace std::string_literals;
  EXPECT_FALSE(Json("\x7a\x01\xff"s));                                          // not UTF-8
  EXPECT_FALSE(Json("\x7a\x02\xc3"s));                                          // length past the end
  EXPECT_FALSE(Json("\x7a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s));          // length of 2^64-1
  EXPECT_FALSE(Json("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s));          // varint past 64 bits
  EXPECT_FALSE(Json("\x08\x80"s));                                              // varint without end
  EXPECT_FALSE(Json("\x00\x01"s));                                              // field number 0
  EXPECT_FALSE(Json("\x0b\x0c"s));                                              // a group
  EXPECT_FALSE(Json("\x0a\x00"s));                                              // bool as length
  EXPECT_FALSE(Json("\x78\x01"s));                                              // string as varint
  EXPECT_FALSE(Json("\xba\x04\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s));  // time out of range
  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    std::string outer = "\x8a\x01"s;
    WireWriter writer(outer);
    writer.Varint(deep.size());
    deep = outer + deep;
  }
  EXPECT_FALSE(Json(deep));
}

TEST(WireToJson, ExactText) {
  Everything message;
  message.set_an_int64(-5);
  message.set_a_uint64(18446744073709551615u);
  message.set_a_string("l’« été »\n\"\\\x01");
  message.set_some_bytes("ab");
  message.set_a_colour(test::COLOUR_BLUE);
  message.mutable_time()->set_seconds(1778598000);
  message.mutable_wrapped_int64()->set_value(0);
  message.set_choice_uint32(0);
  const std::string json = Json(message);
  for (const std::string_view part :
       {R"("anInt64":"-5")", R"("aUint64":"18446744073709551615")", R"("aString":"l’« été »\n\"\\\u0001")",
        R"("someBytes":"YWI=")", R"("aColour":"COLOUR_BLUE")", R"("time":"2026-05-12T15:00:00Z")",
        R"("wrappedInt64":"0")", R"("choiceUint32":0)", R"("strings":[])", R"("stringsByString":{})",
        R"("aBool":false)"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
  for (const std::string_view part : {"\"nested\"", "maybe", "choiceString", "wrappedInt32"}) {
    EXPECT_EQ(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(WireToJson, UnknownFieldsAndEnumValuesOfANewerBackendDoNotDisturb) {
  Everything message;
  message.set_a_string("x");
  std::string wire = message.SerializeAsString();
  WireWriter writer(wire);
  writer.Bytes(4999, "future");
  writer.Tag(4998, WireType::kVarint);
  writer.Varint(1);
  writer.Tag(14, WireType::kVarint);
  writer.Varint(99);
  const auto json = Json(wire);
  ASSERT_TRUE(json);
  EXPECT_NE(json->find("\"aColour\":99"), std::string::npos);
}

TEST(WireToJson, EdgeFieldsNeverShow) {
  test::WithEdges message;
  message.set_visible("yes");
  message.set_session("secret-session");
  message.set_binding("secret-binding");
  message.set_length(5);
  const std::string wire = message.SerializeAsString();
  // In order, and with a piece before: through the second way too.
  for (const std::string& bytes : {wire, "\x1a\x03old" + wire}) {
    JsonBuffer out;
    std::vector<EdgeValue> edges;
    ASSERT_TRUE(WireToJson(Plan(*test::WithEdges::descriptor()), bytes, out, &edges));
    EXPECT_EQ(out.view(), R"({"visible":"yes"})");
    ASSERT_EQ(edges.size(), 2u);
    EXPECT_EQ(edges[0].edge, Edge::kSessionCookie);
    EXPECT_EQ(edges[0].text, "secret-session");
    EXPECT_EQ(edges[1].edge, Edge::kBindingCookie);
    EXPECT_EQ(edges[1].text, "secret-binding");
  }
}

TEST(WireToJson, MapKeysStandOnce) {
  Everything one;
  (*one.mutable_strings_by_string())["k"] = "1";
  const std::string wire = one.SerializeAsString();
  EXPECT_TRUE(Json(wire));
  EXPECT_FALSE(Json(wire + wire));
}

TEST(WireToJson, StringsOfEveryLengthAndCharacter) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const char c : {'"', '\\', '\n', '\x1f', '\x00'}) {
        std::string text(length, 'a');
        text[at] = c;
        JsonBuffer out;
        ASSERT_TRUE(AppendJsonString(text, out));
        Everything back;
        const std::string json = "{\"aString\":" + std::string(out.view()) + "}";
        ASSERT_TRUE(pb::util::JsonStringToMessage(json, &back).ok()) << json;
        EXPECT_EQ(back.a_string(), text);
      }
      std::string broken(length, 'a');
      broken[at] = '\xe9';
      JsonBuffer out;
      EXPECT_FALSE(AppendJsonString(broken, out));
    }
  }
}

}  // namespace
}  // namespace aplus::transcode
