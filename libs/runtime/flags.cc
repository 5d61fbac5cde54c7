#include "libs/runtime/flags.h"

#include <algorithm>

namespace aplus {
namespace flags {

std::string Usage(std::string_view service, std::span<const CommandFlag> commands) {
  std::string text = "usage: aplus-" + std::string(service) + " --config FILE [command]\n\n";
  text += "  --config FILE              the configuration (JSON)\n";
  text += "  --help                     this text\n";
  if (!commands.empty()) text += "\nOne command runs and exits instead of serving:\n";
  for (const CommandFlag& command : commands) {
    std::string left = command.name + (command.argument.empty() ? "" : " " + command.argument);
    left.resize(std::max<std::size_t>(left.size() + 1, 27), ' ');
    text += "  " + left + command.help + "\n";
  }
  return text;
}

}  // namespace flags

std::optional<Flags> Flags::Parse(int argc, const char* const* argv, std::string_view service,
                                  std::span<const CommandFlag> commands, Refusal& refusal) {
  const auto refuse = [&](std::string what) {
    refusal = {std::move(what) + "\n\n" + flags::Usage(service, commands), 2};
    return std::nullopt;
  };
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") {
      refusal = {flags::Usage(service, commands), 0};
      return std::nullopt;
    }
    if (argument == "--config") {
      if (!flags.config.empty()) return refuse("--config is given twice");
      if (i + 1 >= argc || *argv[i + 1] == '\0') return refuse("--config needs a file");
      flags.config = argv[++i];
      continue;
    }
    auto command = std::find_if(commands.begin(), commands.end(),
                                [&](const CommandFlag& known) { return known.name == argument; });
    if (command == commands.end()) return refuse("unknown argument " + std::string(argument));
    if (!flags.command.empty())
      return refuse("only one command at a time: " + flags.command + " and " + command->name);
    flags.command = command->name;
    if (command->argument.empty()) continue;
    if (i + 1 >= argc || *argv[i + 1] == '\0') return refuse(command->name + " needs " + command->argument);
    flags.argument = argv[++i];
  }
  if (flags.config.empty()) return refuse("--config FILE is missing");
  return flags;
}

}  // namespace aplus
