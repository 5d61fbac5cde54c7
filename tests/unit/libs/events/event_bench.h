// What the tests of the event log and of consumers share: the schema, a writer, an opened log.
#pragma once

#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/events/consumer.h"
#include "libs/events/event_log.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::testing {

// Migrated, with a table of counters (whose row a writer locks) and one of effects.
class EventScratch : public Bench {
 public:
  EventScratch();
};

StatementTable EventStatements();

// One transaction: locks the counter's row, counts, appends an event that carries the counter and its value
// as groups. `open_for` is the time between the event and the commit; `fails` makes it roll back.
Task<Result<void>> CountAndTell(Transaction& tx, EventWriter& writer, int counter, Duration open_for,
                                bool fails);

// The counter and value that CountAndTell put into an event.
struct Told {
  int counter;
  int value;
};
Told WhatWasTold(const EventRecord& record);

// The effect that consumers have in these tests: one row per event handled, which nothing keeps unique.
Task<Result<void>> NoteEffect(Transaction& tx, std::int64_t position);

// Of a process that is about to be killed: opens the database on an io_context of its own and runs `body`.
void RunInChild(const std::string& conninfo, const std::function<Task<>(Database&, Executor)>& body);

}  // namespace aplus::testing
