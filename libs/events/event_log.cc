#include "libs/events/event_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/rpc/timestamp.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace event_log {

constexpr int kRound = 1000;  // events numbered in one transaction
constexpr Duration kPoll = std::chrono::seconds(1);

inline constexpr Statement<Affected, EventId, std::string, BytesView, std::vector<GroupId>,
                           std::vector<UserId>, std::int16_t>
    kAppend{"event_append", R"sql(
  INSERT INTO event (id, kind, payload, group_ids, user_ids, lane)
  VALUES ($1, $2, $3, $4, $5, $6)
)sql"};

// One relay at a time. A statement of its own: the next one's snapshot must be younger than the lock.
inline constexpr Statement<bool> kTakeTurn{"event_take_turn", R"sql(
  SELECT pg_try_advisory_xact_lock(hashtextextended('aplus event relay', 0))
)sql"};

// What event_number would find, asked without a transaction: most looks find nothing. Indexes as there.
inline constexpr Statement<bool> kWaiting{"event_waiting", R"sql(
  SELECT EXISTS (
         SELECT FROM event AS e
          WHERE e.xid >= (SELECT CASE WHEN low_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN '0'::xid8 ELSE low_xid END
                            FROM event_relay
                           WHERE only_row)
            AND NOT EXISTS (SELECT FROM event_position AS p WHERE p.event_id = e.id))
)sql"};

struct RoundRow {
  std::int64_t position;  // the last one given
  std::int64_t numbered;
};
// What this snapshot sees of transactions that the last round may not have seen: those from low_xid on.
// Whatever still runs now has a number from this snapshot's xmin on, so that is the next low_xid, unless the
// round was cut short. After a restore into another cluster transaction numbers may begin anew: then all is
// looked at. Indexes: event_xid, event_position_event_id_key.
inline constexpr Statement<RoundRow, std::int64_t> kNumber{"event_number", R"sql(
  WITH relay AS (
         SELECT position,
                CASE WHEN low_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN '0'::xid8 ELSE low_xid END AS low_xid
           FROM event_relay
          WHERE only_row),
       fresh AS MATERIALIZED (
         SELECT e.id, e.seq
           FROM event AS e
          WHERE e.xid >= (SELECT low_xid FROM relay)
            AND NOT EXISTS (SELECT FROM event_position AS p WHERE p.event_id = e.id)
          ORDER BY e.seq
          LIMIT $1),
       given AS (
         INSERT INTO event_position (position, event_id)
         SELECT (SELECT position FROM relay) + row_number() OVER (ORDER BY seq), id
           FROM fresh
         RETURNING position),
       total AS (
         SELECT count(*) AS numbered FROM given)
  UPDATE event_relay AS r
     SET position = r.position + total.numbered,
         low_xid = CASE WHEN total.numbered < $1 THEN pg_snapshot_xmin(pg_current_snapshot()) ELSE r.low_xid END
    FROM total
   WHERE r.only_row
     AND total.numbered > 0
  RETURNING r.position, total.numbered
)sql"};

struct EventRow {
  std::int64_t position;
  EventId id;
  Time at;
  std::string kind;
  Bytes payload;
  std::vector<GroupId> groups;
  std::vector<UserId> users;
  std::int16_t lane;
};
// Indexes: event_position_pkey, event_pkey.
inline constexpr Statement<EventRow, std::int64_t, std::int64_t> kPull{"event_pull", R"sql(
  SELECT p.position, e.id, e.at, e.kind, e.payload, e.group_ids, e.user_ids, e.lane
    FROM event_position AS p
    JOIN event AS e ON e.id = p.event_id
   WHERE p.position > $1
   ORDER BY p.position
   LIMIT $2
)sql"};

EventRecord ToRecord(const EventRow& row) {
  EventRecord record;
  record.set_position(row.position);
  record.set_id(row.id.ToString());
  SetTime(row.at, *record.mutable_at());
  record.set_kind(row.kind);
  record.set_payload(row.payload.data(), row.payload.size());
  for (const GroupId& group : row.groups) record.mutable_audience()->add_group_ids(group.ToString());
  for (const UserId& user : row.users) record.mutable_audience()->add_user_ids(user.ToString());
  record.mutable_audience()->set_lane(static_cast<events::v1::Lane>(row.lane));
  return record;
}

Task<Result<RoundRow>> NumberIn(Transaction& tx) {
  CO_TRY(auto mine, co_await tx.RunOne(kTakeTurn));
  if (!mine.value_or(false)) co_return RoundRow{};
  CO_TRY(auto round, co_await tx.RunOne(kNumber, kRound));
  co_return round.value_or(RoundRow{});
}

}  // namespace event_log

std::string EventChannel(std::string_view service) { return std::string("events.").append(service); }

EventLog::EventLog(std::string service, Database& database, Doorbell* doorbell, Executor executor)
    : service_(std::move(service)),
      database_(database),
      doorbell_(doorbell),
      scope_(executor),
      nudged_(executor),
      advanced_(executor) {}

EventLog::~EventLog() = default;

void EventLog::Start() {
  if (doorbell_ != nullptr) {
    // Another replica's relay says how far it got.
    listener_ = doorbell_->Listen(EventChannel(service_), [this](std::string_view message) {
      std::int64_t position = 0;
      std::from_chars(message.data(), message.data() + message.size(), position);
      Advance(position);
    });
  }
  scope_.Spawn("event relay", Relay());
}

Task<> EventLog::Stop() {
  stopped_ = true;
  listener_ = Doorbell::Listener();
  advanced_.Set();
  co_await scope_.Stop();
}

void EventLog::Nudge() { nudged_.Set(); }

void EventLog::Advance(std::int64_t position) {
  figures_.position = std::max(figures_.position, position);
  advanced_.Set();
  if (!stopped_) advanced_.Reset();
}

Task<Result<int>> EventLog::NumberCommitted() {
  const Deadline deadline = SteadyClock::now() + std::chrono::seconds(3);
  CO_TRY(event_log::RoundRow round, co_await database_.Transact({.deadline = deadline}, [](Transaction& tx) {
    return event_log::NumberIn(tx);
  }));
  if (round.numbered == 0) co_return 0;
  figures_.numbered += static_cast<std::uint64_t>(round.numbered);
  Advance(round.position);
  // A COMMIT whose answer was lost rings for nobody; the others look each second anyway.
  if (doorbell_ != nullptr) doorbell_->Ring(EventChannel(service_), std::to_string(round.position));
  co_return static_cast<int>(round.numbered);
}

Task<Result<int>> EventLog::NumberWaiting() {
  const Deadline deadline = SteadyClock::now() + std::chrono::seconds(3);
  CO_TRY(const auto waiting, co_await database_.QueryOne({deadline, {}}, event_log::kWaiting));
  if (!waiting.value_or(false)) co_return 0;
  co_return co_await NumberCommitted();
}

Task<> EventLog::Relay() {
  bool told = true;
  for (;;) {
    nudged_.Reset();
    auto numbered = told ? co_await NumberCommitted() : co_await NumberWaiting();
    if (!numbered) {
      ++figures_.failures;
      log::Warn("event relay failed", {{log::kReason, Describe(numbered.error().reason).code},
                                       {log::kDetail, numbered.error().diagnostic}});
      co_await Sleep(event_log::kPoll);
      told = true;
    } else if (*numbered == 0) {
      told = co_await nudged_.WaitFor(event_log::kPoll);
    }
  }
}

Task<Result<std::vector<EventRecord>>> EventLog::Pull(std::int64_t after, int limit, Deadline deadline) {
  const std::int64_t count = limit <= 0 ? 100 : std::min(limit, 1000);
  CO_TRY(auto rows, co_await database_.Query({deadline, {}}, event_log::kPull, after, count));
  std::vector<EventRecord> records;
  records.reserve(rows.size());
  for (const event_log::EventRow& row : rows) records.push_back(event_log::ToRecord(row));
  if (!rows.empty()) figures_.position = std::max(figures_.position, rows.back().position);
  co_return records;
}

Task<bool> EventLog::WaitBeyond(std::int64_t after, Duration wait) {
  if (!stopped_ && figures_.position <= after) (void)co_await advanced_.WaitFor(wait);
  co_return !stopped_;
}

EventLogFigures EventLog::figures() const { return figures_; }

StatementTable EventLog::Statements() {
  return aplus::Statements(event_log::kAppend, event_log::kWaiting, event_log::kTakeTurn, event_log::kNumber,
                           event_log::kPull);
}

EventId EventWriter::Append(Transaction& tx, const DomainEvent& event) {
  const EventId id = EventId::New(clock_, random_);
  tx.Send(event_log::kAppend, id, event.kind, AsBytes(event.payload), event.audience.groups,
          event.audience.users, static_cast<std::int16_t>(event.audience.lane));
  tx.AfterCommit([log = &log_] { log->Nudge(); });
  return id;
}

}  // namespace aplus
