#include "libs/rpc/validation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "rules.pb.h"

namespace aplus {
namespace {

using test::v1::Everything;

constexpr char kId[] = "0190f0f0-0000-7000-8000-000000000001";

Everything Good() {
  Everything message;
  message.set_version(1);
  message.set_colour(test::v1::COLOUR_RED);
  message.set_agreed(true);
  message.add_group_ids(kId);
  message.mutable_inner_thing()->set_must("oui");
  return message;
}

std::map<std::string, std::string> Violations(Everything& message) {
  std::vector<std::string> problems;
  const auto rules = MessageRules::Compile(*Everything::descriptor(), problems);
  EXPECT_TRUE(problems.empty());
  std::map<std::string, std::string> found;
  const Result<void> result = rules->Apply(message);
  if (!result.has_value()) {
    EXPECT_EQ(result.error().reason, Reason::kInvalidArgument);
    for (const auto& violation : result.error().violations) {
      EXPECT_FALSE(violation.detail.empty()) << violation.path;
      found[violation.path] = violation.code;
    }
  }
  return found;
}

using Expected = std::map<std::string, std::string>;

TEST(Validation, AGoodMessagePasses) {
  Everything message = Good();
  EXPECT_EQ(Violations(message), Expected{});
}

TEST(Validation, FirstAndLastMomentPass) {
  Everything message = Good();
  message.mutable_since()->set_seconds(-62'135'596'800);
  message.add_moments()->set_seconds(253'402'300'799);
  message.mutable_moments(0)->set_nanos(999'999'999);
  EXPECT_EQ(Violations(message), Expected{});
}

TEST(Validation, AnEmptyMessageLacksWhatIsRequired) {
  Everything message;
  EXPECT_EQ(Violations(message), (Expected{{"version", "required"},
                                           {"colour", "required"},
                                           {"agreed", "required"},
                                           {"groupIds", "required"},
                                           {"innerThing", "required"}}));
}

TEST(Validation, EachRuleNamesItsPathAndCode) {
  struct Case {
    void (*spoil)(Everything&);
    const char* path;
    const char* code;
  };
  const Case cases[] = {
      {[](Everything& m) { m.set_line("12345678901"); }, "line", "too_long"},
      {[](Everything& m) { m.set_text("ab"); }, "text", "too_short"},
      {[](Everything& m) { m.set_id("x"); }, "id", "format"},
      {[](Everything& m) { m.set_id("0190f0f0-0000-7000-8000-00000000000g"); }, "id", "format"},
      {[](Everything& m) { m.set_letters("abc1"); }, "letters", "pattern"},
      {[](Everything& m) { m.set_size(101); }, "size", "out_of_range"},
      {[](Everything& m) { m.set_size(-1); }, "size", "out_of_range"},
      {[](Everything& m) { m.set_colour(static_cast<test::v1::Colour>(9)); }, "colour", "unknown_value"},
      {[](Everything& m) { m.add_colours(static_cast<test::v1::Colour>(9)); }, "colours[0]", "unknown_value"},
      {[](Everything& m) { m.add_group_ids("x"); }, "groupIds[1]", "format"},
      {[](Everything& m) { m.add_group_ids(""); }, "groupIds[1]", "required"},
      {[](Everything& m) { m.mutable_inner_thing()->set_must(""); }, "innerThing.must", "required"},
      {[](Everything& m) { m.add_many()->set_must("trop long"); }, "many[0].must", "too_long"},
      {[](Everything& m) { m.set_nick_name(""); }, "nickName", "required"},
      {[](Everything& m) { m.set_nick_name("   "); }, "nickName", "required"},
      {[](Everything& m) { m.set_secret("12345678901"); }, "secret", "too_long"},
      {[](Everything& m) { m.mutable_since()->set_seconds(INT64_MAX); }, "since", "out_of_range"},
      {[](Everything& m) { m.mutable_since()->set_seconds(-62'135'596'801); }, "since", "out_of_range"},
      {[](Everything& m) { m.mutable_since()->set_nanos(-1); }, "since", "out_of_range"},
      {[](Everything& m) { m.mutable_since()->set_nanos(1'000'000'000); }, "since", "out_of_range"},
      {[](Everything& m) { m.add_moments()->set_seconds(253'402'300'800); }, "moments[0]", "out_of_range"},
  };
  for (const Case& c : cases) {
    Everything message = Good();
    c.spoil(message);
    EXPECT_EQ(Violations(message), (Expected{{c.path, c.code}}));
  }
}

TEST(Validation, TooManyItemsAreNotLookedAtOneByOne) {
  Everything message = Good();
  for (int i = 0; i < 100'000; ++i) message.add_group_ids("x");
  EXPECT_EQ(Violations(message), (Expected{{"groupIds", "too_many"}}));
}

TEST(Validation, TextIsNormalisedBeforeItIsCountedAndPutBack) {
  Everything message = Good();
  // e + combining acute is one character in NFC; the right-to-left override goes.
  message.set_line("  \u202Ee\u0301t\u00e9  ");
  EXPECT_EQ(Violations(message), Expected{});
  EXPECT_EQ(message.line(), "\u00e9t\u00e9");
  message.set_text("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9");
  EXPECT_EQ(Violations(message), Expected{}) << "ten characters, twenty bytes";
}

TEST(Validation, SecretsAreNotTouched) {
  Everything message = Good();
  message.set_secret(" a b ");
  EXPECT_EQ(Violations(message), Expected{});
  EXPECT_EQ(message.secret(), " a b ");
}

TEST(Validation, AHostileMessageGivesAShortAnswer) {
  Everything message = Good();
  message.clear_many();
  std::vector<std::string> problems;
  const auto rules = MessageRules::Compile(*Everything::descriptor(), problems);
  message.set_line(std::string(1'000'000, 'a'));
  for (int i = 0; i < 3; ++i) message.add_many();
  const auto result = rules->Apply(message);
  ASSERT_FALSE(result.has_value());
  EXPECT_LE(result.error().violations.size(), 50u);
}

TEST(Validation, DeclarationsThatCannotBeMeantAreProblems) {
  std::vector<std::string> problems;
  MessageRules::Compile(*test::v1::BadFields::descriptor(), problems);
  EXPECT_EQ(problems.size(), 5u);
  for (const char* field :
       {"pattern_on_number", "range_on_text", "broken_pattern", "items_on_single", "upside_down"}) {
    bool named = false;
    for (const std::string& problem : problems) named |= problem.find(field) != std::string::npos;
    EXPECT_TRUE(named) << field;
  }
}

}  // namespace
}  // namespace aplus
