#include "tests/unit/libs/events/event_bench.h"

#include <cstring>
#include <utility>

#include "event_test_migrations.h"

namespace aplus::testing {
namespace event_bench {

inline constexpr Statement<std::int32_t, std::int32_t> kCount{
    "count", "UPDATE counter SET value = value + 1 WHERE id = $1 RETURNING value"};
inline constexpr Statement<Affected, std::int64_t> kNote{"note", "INSERT INTO effect (position) VALUES ($1)"};

GroupId Pack(int counter, int value) {
  GroupId id;
  std::memcpy(id.bytes.data(), &counter, sizeof counter);
  std::memcpy(id.bytes.data() + 4, &value, sizeof value);
  return id;
}

}  // namespace event_bench

EventScratch::EventScratch() : Bench(event_test_migrations) {
  scratch.Sql(
      "CREATE TABLE counter (id integer PRIMARY KEY, value integer NOT NULL DEFAULT 0);"
      "INSERT INTO counter (id) SELECT generate_series(0, 9);"
      "CREATE TABLE effect (position bigint NOT NULL);"
      "GRANT ALL ON counter, effect TO " +
      scratch.app_role());
}

StatementTable EventStatements() {
  return Statements(event_bench::kCount, event_bench::kNote)
      .Add(EventLog::Statements())
      .Add(Consumer::Statements());
}

Task<Result<void>> CountAndTell(Transaction& tx, EventWriter& writer, int counter, Duration open_for,
                                bool fails) {
  CO_TRY(auto value, co_await tx.RunOne(event_bench::kCount, counter));
  DomainEvent event{
      "aplus.events.v1.Sample", "payload", {.groups = {event_bench::Pack(counter, *value)}, .users = {}}};
  writer.Append(tx, event);
  if (open_for.count() > 0) co_await Sleep(open_for);
  if (fails) co_return Fail(Reason::kImpossible);
  co_return Result<void>{};
}

Told WhatWasTold(const EventRecord& record) {
  const GroupId id = *GroupId::Parse(record.audience().group_ids(0));
  Told told{};
  std::memcpy(&told.counter, id.bytes.data(), sizeof told.counter);
  std::memcpy(&told.value, id.bytes.data() + 4, sizeof told.value);
  return told;
}

Task<Result<void>> NoteEffect(Transaction& tx, std::int64_t position) {
  CO_TRY(Affected noted, co_await tx.Run(event_bench::kNote, position));
  (void)noted;
  co_return Result<void>{};
}

namespace event_bench {

Task<> OpenAndRun(std::string conninfo, Executor executor, BlockingPool& pool,
                  const std::function<Task<>(Database&, Executor)>& body) {
  DatabaseOptions options;
  options.conninfo = std::move(conninfo);
  options.read_connections = 1;
  options.audited_connections = 0;
  options.lease_connections = 3;
  auto opened = co_await Database::Open(std::move(options), EventStatements(), executor, pool);
  if (!opened) _exit(3);
  co_await body(**opened, executor);
  co_await (*opened)->Close(SteadyClock::now() + std::chrono::seconds(1));
}

}  // namespace event_bench

void RunInChild(const std::string& conninfo, const std::function<Task<>(Database&, Executor)>& body) {
  boost::asio::io_context io{1};
  BlockingPool pool{1};
  RunTask(io, event_bench::OpenAndRun(conninfo, io.get_executor(), pool, body), std::chrono::seconds(120));
}

}  // namespace aplus::testing
