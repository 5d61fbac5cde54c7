#include "libs/runtime/flags.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

const std::vector<CommandFlag> kCommands = {{"--migrate", "", "applies migrations"},
                                            {"--load-reference", "DIR", "loads reference data"}};

std::optional<Flags> Parse(std::vector<const char*> arguments, Flags::Refusal& refusal) {
  arguments.insert(arguments.begin(), "aplus-test");
  return Flags::Parse(static_cast<int>(arguments.size()), arguments.data(), "test", kCommands, refusal);
}

TEST(Flags, ServesWithAConfig) {
  Flags::Refusal refusal;
  auto flags = Parse({"--config", "a.json"}, refusal);
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->config, "a.json");
  EXPECT_EQ(flags->command, "");
}

TEST(Flags, TakesACommandWithItsArgument) {
  Flags::Refusal refusal;
  auto flags = Parse({"--load-reference", "data", "--config", "a.json"}, refusal);
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->command, "--load-reference");
  EXPECT_EQ(flags->argument, "data");
}

TEST(Flags, RefusesWithUsageAndExitCode) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> table = {
      {{}, "--config FILE is missing"},
      {{"--config"}, "--config needs a file"},
      {{"--config", ""}, "--config needs a file"},
      {{"--config", "a", "--config", "b"}, "twice"},
      {{"--config", "a", "--nonsense"}, "unknown argument --nonsense"},
      {{"--config", "a", "stray"}, "unknown argument stray"},
      {{"--config", "a", "--load-reference"}, "--load-reference needs DIR"},
      {{"--config", "a", "--migrate", "--load-reference", "d"}, "only one command"},
  };
  for (const auto& [arguments, expected] : table) {
    Flags::Refusal refusal;
    EXPECT_FALSE(Parse(arguments, refusal)) << expected;
    EXPECT_EQ(refusal.exit_code, 2);
    EXPECT_NE(refusal.text.find(expected), std::string::npos) << refusal.text;
    EXPECT_NE(refusal.text.find("usage: aplus-test"), std::string::npos);
  }
}

TEST(Flags, HelpIsNoError) {
  Flags::Refusal refusal;
  EXPECT_FALSE(Parse({"--help"}, refusal));
  EXPECT_EQ(refusal.exit_code, 0);
  EXPECT_NE(refusal.text.find("--load-reference DIR"), std::string::npos);
}

}  // namespace
}  // namespace aplus
