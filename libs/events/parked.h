// What operators do with events that could not be handled (libs/events/consumer.h): the same two commands for
// every service that consumes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/events/consumer.h"
#include "libs/runtime/flags.h"

namespace aplus {

// --parked-events prints one JSON object a line; --replay-event handles one again, or all of this service.
std::vector<CommandFlag> ParkedEventCommands();
bool IsParkedEventCommand(const Flags& flags);

struct ReplayedEvent {
  std::string consumer;
  std::int64_t position = 0;
};
// Answers go line by line to `print`. `note` queues what the operator's act leaves beside its effect (an
// audit line); may be empty. kNotFound: no such parked event. With "all" what fails stays parked and the rest
// is tried; kInternal at the end then.
Task<Result<void>> RunParkedEventCommand(const Flags& flags, Database& database,
                                         std::vector<Consumer*> consumers,
                                         std::function<void(Transaction&)> note,
                                         std::function<void(std::string_view line)> print);

StatementTable ParkedEventStatements();

}  // namespace aplus
