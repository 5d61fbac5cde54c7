#include "libs/audit/sealer.h"

#include <algorithm>
#include <utility>

#include "libs/audit/lines.h"
#include "libs/base/bytes.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace sealer {

constexpr std::int64_t kRound = 1000;  // lines sealed in one transaction
constexpr Duration kLimit = std::chrono::seconds(3);
constexpr Duration kMonthsEvery = std::chrono::hours(6);
constexpr Duration kMonthsAgain = std::chrono::minutes(5);  // after a failure

// One sealer at a time. A statement of its own: the next one's snapshot must be younger than the lock.
inline constexpr Statement<bool> kTakeTurn{"audit_take_turn", R"sql(
  SELECT pg_try_advisory_xact_lock(hashtextextended('aplus audit sealer', 0))
)sql"};

struct HeadRow {
  std::int64_t position;
  ChainHash hash;
};
// Index: audit_seal_pkey.
inline constexpr Statement<HeadRow> kHead{"audit_head", R"sql(
  SELECT position, hash
    FROM audit_seal
   ORDER BY position DESC
   LIMIT 1
)sql"};

struct FreshRow {
  AuditId id;
  Time at;
  AuditActor actor_kind;
  std::optional<UuidBytes> actor;
  std::string signed_by, session, address, operation, object_kind;
  std::optional<UuidBytes> object;
  AuditOutcome outcome;
  std::string reason;
  std::int32_t policy;
  std::string request_id;
  // Whatever still runs has a number from here on.
  std::uint64_t next_low_xid;
};
// What is committed and not yet in the chain, as event_number of libs/events finds it. Indexes:
// audit_entry_xid, audit_seal_audit_id_key.
inline constexpr Statement<FreshRow, std::int64_t> kFresh{"audit_fresh", R"sql(
  SELECT e.id, e.at, e.actor_kind, e.actor, e.signed_by, e.session, e.address, e.operation, e.object_kind,
         e.object_id, e.outcome, e.reason, e.policy, e.request_id, pg_snapshot_xmin(pg_current_snapshot())
    FROM audit_entry AS e
   WHERE e.xid >= (SELECT CASE WHEN low_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN '0'::xid8 ELSE low_xid END
                     FROM audit_sealer
                    WHERE only_row)
     AND NOT EXISTS (SELECT FROM audit_seal AS s WHERE s.audit_id = e.id)
   ORDER BY e.seq
   LIMIT $1
)sql"};

inline constexpr Statement<Affected, std::int64_t, std::vector<AuditId>, std::vector<Bytes>> kSeal{
    "audit_seal", R"sql(
  INSERT INTO audit_seal (position, audit_id, hash)
  SELECT $1 + line.number, line.id, line.hash
    FROM unnest($2, $3) WITH ORDINALITY AS line (id, hash, number)
)sql"};

inline constexpr Statement<Affected, std::uint64_t> kAdvance{"audit_advance", R"sql(
  UPDATE audit_sealer
     SET low_xid = $1
   WHERE only_row
)sql"};

struct DueRow {
  std::int64_t position;
  ChainHash hash;
  Time now;
  std::int64_t signed_position;  // of the last checkpoint; 0: none
  std::optional<Time> signed_at;
};
// Indexes: audit_seal_pkey, audit_checkpoint_pkey.
inline constexpr Statement<DueRow> kDue{"audit_checkpoint_due", R"sql(
  SELECT s.position, s.hash, clock_timestamp(), coalesce(c.position, 0), c.at
    FROM (SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1) AS s
    LEFT JOIN (SELECT position, at FROM audit_checkpoint ORDER BY position DESC LIMIT 1) AS c ON true
)sql"};

// A replica that signs the same head at the same moment loses nothing.
inline constexpr Statement<Affected, std::int64_t, BytesView, Time, std::string, BytesView> kCheckpoint{
    "audit_checkpoint_insert", R"sql(
  INSERT INTO audit_checkpoint (position, hash, at, key_id, signature)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (position) DO NOTHING
)sql"};

struct HeadShown {
  std::int64_t position;
  ChainHash hash;
  Time at;
  std::string key_id;
  Bytes signature;
};
// Index: audit_checkpoint_pkey.
inline constexpr Statement<HeadShown> kLastHead{"audit_last_head", R"sql(
  SELECT position, hash, at, key_id, signature
    FROM audit_checkpoint
   ORDER BY position DESC
   LIMIT 1
)sql"};

struct OldRow {
  std::int64_t position;
  ChainHash hash;
  Time now;
};
// The newest line whose year (and a day, for those that were written meanwhile) is over, once a day.
// Indexes: audit_entry_at, audit_seal_audit_id_key, audit_base_pkey.
inline constexpr Statement<OldRow> kOld{"audit_old", R"sql(
  SELECT s.position, s.hash, clock_timestamp()
    FROM (SELECT id
            FROM audit_entry
           WHERE at < clock_timestamp() - interval '1 year 1 day'
           ORDER BY at DESC, id DESC
           LIMIT 1) AS e
    JOIN audit_seal AS s ON s.audit_id = e.id
    LEFT JOIN (SELECT position, at FROM audit_base ORDER BY position DESC LIMIT 1) AS b ON true
   WHERE b.position IS NULL
      OR (s.position > b.position AND b.at < clock_timestamp() - interval '1 day')
)sql"};

inline constexpr Statement<Affected, std::int64_t, ChainHash, Time, std::string, BytesView> kBase{
    "audit_base_insert",
    R"sql(
  INSERT INTO audit_base (position, hash, at, key_id, signature)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (position) DO NOTHING
)sql"};

inline constexpr Statement<std::int32_t> kForget{"audit_forget", "SELECT audit_forget(5000)"};

inline constexpr Statement<std::int32_t, std::int32_t> kPrepareMonths{"audit_prepare_months",
                                                                      "SELECT audit_prepare_months($1)"};
inline constexpr Statement<std::int32_t> kDropMonths{"audit_drop_months", "SELECT audit_drop_months()"};

AuditRecord ToRecord(FreshRow row) {
  return audit::ToRecord({row.id, row.at, row.actor_kind, row.actor, std::move(row.signed_by),
                          std::move(row.session), std::move(row.address), std::move(row.operation),
                          std::move(row.object_kind), row.object, row.outcome, std::move(row.reason),
                          row.policy, std::move(row.request_id)});
}

struct Round {
  int sealed = 0;
  std::int64_t position = 0;
};

Task<Result<Round>> SealIn(Transaction& tx) {
  CO_TRY(const std::optional<bool> mine, co_await tx.RunOne(kTakeTurn));
  if (!mine.value_or(false)) co_return Round{};
  CO_TRY(const std::optional<HeadRow> head, co_await tx.RunOne(kHead));
  CO_TRY(std::vector<FreshRow> fresh, co_await tx.Run(kFresh, kRound));
  const std::int64_t last = head ? head->position : 0;
  if (fresh.empty()) co_return Round{.sealed = 0, .position = last};
  ChainHash hash = head ? head->hash : ChainHash{};
  std::vector<AuditId> ids;
  std::vector<Bytes> hashes;
  const std::uint64_t next_low_xid = fresh.front().next_low_xid;
  for (FreshRow& row : fresh) {
    ids.push_back(row.id);
    hash = NextInChain(hash, ToRecord(std::move(row)));
    hashes.emplace_back(hash.begin(), hash.end());
  }
  tx.Send(kSeal, last, ids, hashes);
  // A round that was cut short has more to look at from the same transaction on.
  if (static_cast<std::int64_t>(fresh.size()) < kRound) tx.Send(kAdvance, next_low_xid);
  co_return Round{.sealed = static_cast<int>(fresh.size()),
                  .position = last + static_cast<std::int64_t>(fresh.size())};
}

}  // namespace sealer

AuditSealer::AuditSealer(SealerOptions options, Database& database, Executor executor)
    : options_(std::move(options)), database_(database), scope_(executor) {}

AuditSealer::~AuditSealer() = default;

void AuditSealer::Start() { scope_.Spawn("audit sealer", Loop()); }

Task<> AuditSealer::Stop() { co_await scope_.Stop(); }

Task<> AuditSealer::Loop() {
  for (;;) {
    const Result<int> sealed = co_await SealWaiting();
    if (!sealed) Report(sealed.error());
    if (sealed) {
      if (*sealed > 0 || SteadyClock::now() >= checkpoint_at_) {
        const Result<bool> head = co_await WriteCheckpoint();
        if (!head) Report(head.error());
        checkpoint_at_ = SteadyClock::now() + options_.checkpoint_every / 10;
      }
      co_await KeepHouse();
    }
    // A full round has more behind it.
    if (!sealed || *sealed < sealer::kRound) co_await Sleep(options_.every);
  }
}

Task<> AuditSealer::KeepHouse() {
  if (SteadyClock::now() >= months_at_) {
    const Result<int> made = co_await KeepMonths();
    if (!made) Report(made.error());
    months_at_ = SteadyClock::now() + (made ? sealer::kMonthsEvery : sealer::kMonthsAgain);
  }
  if (options_.forget && SteadyClock::now() >= forget_at_) {
    const Result<int> gone = co_await ForgetOld();
    if (!gone) Report(gone.error());
    // Often while there is something to forget, else hourly.
    forget_at_ =
        SteadyClock::now() + (gone && *gone > 0 ? Duration(std::chrono::seconds(10)) : std::chrono::hours(1));
  }
}

void AuditSealer::Report(const Error& error) {
  ++figures_.failures;
  log::Warn("audit sealer failed",
            {{log::kReason, Describe(error.reason).code}, {log::kDetail, error.diagnostic}});
}

Task<Result<int>> AuditSealer::SealWaiting() {
  const Deadline deadline = SteadyClock::now() + sealer::kLimit;
  // Asked without a transaction: most looks find nothing.
  CO_TRY(const auto waiting, co_await database_.QueryOne({deadline, {}}, sealer::kFresh, std::int64_t{1}));
  if (!waiting) co_return 0;
  co_return co_await SealCommitted();
}

Task<Result<int>> AuditSealer::SealCommitted() {
  const Deadline deadline = SteadyClock::now() + sealer::kLimit;
  CO_TRY(const sealer::Round round, co_await database_.Transact({.deadline = deadline}, [](Transaction& tx) {
    return sealer::SealIn(tx);
  }));
  figures_.position = std::max(figures_.position, round.position);
  figures_.sealed += static_cast<std::uint64_t>(round.sealed);
  co_return round.sealed;
}

Checkpoint AuditSealer::Signed(Checkpoint::Kind kind, std::int64_t position, const ChainHash& hash,
                               Time at) const {
  Checkpoint checkpoint;
  checkpoint.chain = options_.chain;
  checkpoint.kind = kind;
  checkpoint.position = position;
  checkpoint.hash = hash;
  checkpoint.at = at;
  checkpoint.key_id = options_.key_id;
  checkpoint.signature = options_.sign(CheckpointText(checkpoint));
  return checkpoint;
}

Task<Result<bool>> AuditSealer::WriteCheckpoint(bool now) {
  if (!options_.sign) co_return false;
  const Deadline deadline = SteadyClock::now() + sealer::kLimit;
  CO_TRY(const std::optional<sealer::DueRow> due, co_await database_.QueryOne({deadline, {}}, sealer::kDue));
  if (!due || due->position == due->signed_position) co_return false;
  const bool old = !due->signed_at || due->now - *due->signed_at >= options_.checkpoint_every;
  const bool many = due->position - due->signed_position >= options_.checkpoint_lines;
  if (!now && !old && !many) co_return false;
  const Checkpoint checkpoint = Signed(Checkpoint::Kind::kHead, due->position, due->hash, due->now);
  CO_TRY(const Affected written, co_await database_.Write({.deadline = deadline}, sealer::kCheckpoint,
                                                          checkpoint.position, checkpoint.hash, checkpoint.at,
                                                          checkpoint.key_id, AsBytes(checkpoint.signature)));
  if (written.rows == 0) co_return false;
  ++figures_.checkpoints;
  // Not shipped when the process dies here: the next head covers this one.
  if (options_.ship) options_.ship(checkpoint);
  co_return true;
}

Task<Result<bool>> AuditSealer::MayForget() {
  if (!options_.clock) co_return true;
  co_return co_await options_.clock->IsSane();
}

Task<Result<int>> AuditSealer::ForgetOld() {
  if (!options_.sign) co_return 0;
  CO_TRY(const bool may, co_await MayForget());
  if (!may) co_return 0;
  const Deadline deadline = SteadyClock::now() + sealer::kLimit;
  CO_TRY(const std::optional<sealer::OldRow> old, co_await database_.QueryOne({deadline, {}}, sealer::kOld));
  if (old) {
    const Checkpoint base = Signed(Checkpoint::Kind::kBase, old->position, old->hash, old->now);
    CO_TRY(const Affected written,
           co_await database_.Write({.deadline = deadline}, sealer::kBase, base.position, base.hash, base.at,
                                    base.key_id, AsBytes(base.signature)));
    if (written.rows == 1 && options_.ship) options_.ship(base);
  }
  CO_TRY(const std::vector<std::int32_t> gone,
         co_await database_.Write({.deadline = deadline}, sealer::kForget));
  co_return gone.front();
}

Task<Result<int>> AuditSealer::KeepMonths() {
  const Deadline deadline = SteadyClock::now() + sealer::kLimit;
  CO_TRY(const std::vector<std::int32_t> made,
         co_await database_.Write({.deadline = deadline}, sealer::kPrepareMonths,
                                  static_cast<std::int32_t>(options_.months_ahead)));
  CO_TRY(const bool may, co_await MayForget());
  if (may) CO_TRY_VOID(co_await database_.Write({.deadline = deadline}, sealer::kDropMonths));
  co_return made.front();
}

Task<Result<std::optional<Checkpoint>>> LastCheckpoint(Database& database, std::string chain,
                                                       Deadline deadline) {
  CO_TRY(const auto row, co_await database.QueryOne({deadline, {}}, sealer::kLastHead));
  if (!row) co_return std::nullopt;
  Checkpoint head;
  head.chain = std::move(chain);
  head.position = row->position;
  head.hash = row->hash;
  head.at = row->at;
  head.key_id = row->key_id;
  head.signature = std::string(AsText(row->signature));
  co_return head;
}

StatementTable AuditSealer::Statements() {
  return aplus::Statements(sealer::kTakeTurn, sealer::kHead, sealer::kFresh, sealer::kSeal, sealer::kAdvance,
                           sealer::kDue, sealer::kCheckpoint, sealer::kLastHead, sealer::kOld, sealer::kBase,
                           sealer::kForget, sealer::kPrepareMonths, sealer::kDropMonths);
}

}  // namespace aplus
