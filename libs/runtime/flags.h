// The command line: --config FILE and one optional command such as --migrate or --load-reference DIR.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aplus {

// One command of a service beside serving. All commands run, answer and exit.
struct CommandFlag {
  std::string name;      // "--load-reference"
  std::string argument;  // "DIR"; empty when it takes none
  std::string help;      // one line
};

struct Flags {
  std::string config;    // path; always given
  std::string command;   // "--migrate", "--load-reference" …; empty: serve
  std::string argument;  // of the command

  // Either flags, or a text to print (usage, version or what is wrong) with the exit code.
  struct Refusal {
    std::string text;
    int exit_code;
  };
  static std::optional<Flags> Parse(int argc, const char* const* argv, std::string_view service,
                                    std::span<const CommandFlag> commands, Refusal& refusal);
};

}  // namespace aplus
