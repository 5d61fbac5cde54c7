#include "libs/events/parked.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/telemetry/log.h"

namespace aplus {
namespace parked {

constexpr std::string_view kList = "--parked-events";
constexpr std::string_view kReplay = "--replay-event";
constexpr Duration kLimit = std::chrono::seconds(30);

struct ParkedRow {
  std::string consumer;
  std::int64_t position = 0;
  Bytes event;
  std::int32_t tries = 0;
  std::string reason;
  Time parked_at{};
};
inline constexpr Statement<ParkedRow> kParked{"events_parked", R"sql(
  SELECT consumer, position, event, tries, reason, parked_at
    FROM event_parked
   ORDER BY consumer, position
   LIMIT 1000
)sql"};

// Codes, ids and numbers only, so nothing needs escaping: the rest of the reason stands in the log.
std::string LineOf(const ParkedRow& row) {
  EventRecord event;
  const bool parses = event.ParseFromArray(row.event.data(), static_cast<int>(row.event.size()));
  return fmt::format(R"({{"consumer":"{}","position":{},"event":"{}","kind":"{}","tries":{},)"
                     R"("reason":"{}","parkedAt":"{}"}})",
                     row.consumer, row.position, parses ? event.id() : "", parses ? event.kind() : "",
                     row.tries, row.reason.substr(0, row.reason.find(':')), FormatTime(row.parked_at));
}

Result<ReplayedEvent> Parse(const std::string& argument) {
  ReplayedEvent wanted;
  const std::size_t colon = argument.rfind(':');
  wanted.consumer = argument.substr(0, colon);
  const char* end = argument.data() + argument.size();
  const char* digits = colon == std::string::npos ? end : argument.data() + colon + 1;
  const auto [stop, error] = std::from_chars(digits, end, wanted.position);
  if (error != std::errc() || stop != end || wanted.position < 1) {
    return Fail(Reason::kInternal, "write CONSUMER:POSITION as --parked-events shows them, or all");
  }
  return wanted;
}

Task<Result<void>> Replay(std::vector<Consumer*> consumers, ReplayedEvent wanted,
                          std::function<void(Transaction&)> note) {
  const auto found = std::find_if(consumers.begin(), consumers.end(),
                                  [&](const Consumer* one) { return one->name() == wanted.consumer; });
  if (found == consumers.end()) co_return Fail(Reason::kNotFound, "no such consumer: " + wanted.consumer);
  co_return co_await (*found)->RetryParked(wanted.position, std::move(note));
}

}  // namespace parked

std::vector<CommandFlag> ParkedEventCommands() {
  return {{std::string(parked::kList), "", "print events that could not be handled, one JSON object a line"},
          {std::string(parked::kReplay), "CONSUMER:POSITION",
           "handle a parked event again; all: every one of this service"}};
}

bool IsParkedEventCommand(const Flags& flags) {
  return flags.command == parked::kList || flags.command == parked::kReplay;
}

Task<Result<void>> RunParkedEventCommand(const Flags& flags, Database& database,
                                         std::vector<Consumer*> consumers,
                                         std::function<void(Transaction&)> note,
                                         std::function<void(std::string_view line)> print) {
  const bool all = flags.argument == "all";
  if (flags.command == parked::kReplay && !all) {
    CO_TRY(ReplayedEvent wanted, parked::Parse(flags.argument));
    CO_TRY_VOID(co_await parked::Replay(std::move(consumers), std::move(wanted), std::move(note)));
    print(R"({"replayed":1,"failed":0})");
    co_return Result<void>{};
  }
  CO_TRY(const std::vector<parked::ParkedRow> rows,
         co_await database.Query(
             {.deadline = SteadyClock::now() + parked::kLimit, .principal = DbPrincipal::System()},
             parked::kParked));
  if (flags.command == parked::kList) {
    for (const parked::ParkedRow& row : rows) print(parked::LineOf(row));
    co_return Result<void>{};
  }
  std::size_t failed = 0;
  for (const parked::ParkedRow& row : rows) {
    const Result<void> done = co_await parked::Replay(consumers, {row.consumer, row.position}, note);
    if (done) continue;
    ++failed;
    log::Warn("a parked event failed again", {{log::kTask, row.consumer},
                                              {log::kPosition, row.position},
                                              {log::kReason, Describe(done.error().reason).code},
                                              {log::kDetail, done.error().diagnostic}});
  }
  print(fmt::format(R"({{"replayed":{},"failed":{}}})", rows.size() - failed, failed));
  if (failed > 0) co_return Fail(Reason::kInternal, fmt::format("{} stay parked", failed));
  co_return Result<void>{};
}

StatementTable ParkedEventStatements() { return aplus::Statements(parked::kParked); }

}  // namespace aplus
