#include "libs/postgres/idempotency.h"

#include <utility>

#include "libs/postgres/database.h"

namespace aplus {
namespace idempotency {

// The advisory lock tells a call that runs from one that has ended, without waiting for it: whoever does not
// get it inserts nothing. A record older than a day is as good as none and is taken over.
// Index: idempotency_record_pkey, both.
inline constexpr Statement<Affected, UserId, IdempotencyKey, std::string, BytesView> kInsert{
    "idempotency_insert",
    R"sql(
  INSERT INTO idempotency_record AS r (user_id, key, method, body_hmac)
  SELECT $1, $2, $3, $4
   WHERE pg_try_advisory_xact_lock(hashtextextended($1::text || $2::text, 4))
      ON CONFLICT (user_id, key) DO UPDATE
     SET method = EXCLUDED.method,
         body_hmac = EXCLUDED.body_hmac,
         answer = NULL,
         subject_id = NULL,
         created_at = clock_timestamp()
   WHERE r.created_at < clock_timestamp() - interval '24 hours'
)sql"};

struct Record {
  std::string method;
  Bytes body_hmac;
  std::optional<Bytes> answer;
};
inline constexpr Statement<Record, UserId, IdempotencyKey> kFind{"idempotency_find", R"sql(
  SELECT method, body_hmac, answer
    FROM idempotency_record
   WHERE user_id = $1 AND key = $2
)sql"};

inline constexpr Statement<Affected, UserId, IdempotencyKey, BytesView, std::optional<UuidBytes>> kFinish{
    "idempotency_finish", R"sql(
  UPDATE idempotency_record
     SET answer = $3,
         subject_id = $4
   WHERE user_id = $1 AND key = $2
)sql"};

// Index: idempotency_record_created.
inline constexpr Statement<Affected> kSweep{"idempotency_sweep", R"sql(
  DELETE FROM idempotency_record
   WHERE ctid IN (SELECT ctid
                    FROM idempotency_record
                   WHERE created_at < clock_timestamp() - interval '24 hours'
                   ORDER BY created_at
                   LIMIT 1000
                     FOR UPDATE SKIP LOCKED)
)sql"};

// Index: idempotency_record_subject.
inline constexpr Statement<Affected, UuidBytes> kForget{"idempotency_forget", R"sql(
  DELETE FROM idempotency_record
   WHERE subject_id = $1
)sql"};

}  // namespace idempotency

Task<Result<std::optional<Bytes>>> Idempotency::Begin(Transaction& tx, IdempotentCall call) {
  auto inserting = tx.Send(idempotency::kInsert, call.user, call.key, call.method, call.body_hmac);
  CO_TRY(auto found, co_await tx.RunOne(idempotency::kFind, call.user, call.key));
  CO_TRY(Affected inserted, co_await inserting.Await());
  if (inserted.rows == 1) co_return std::optional<Bytes>();
  if (!found || !found->answer) {
    Error running;
    running.reason = Reason::kKeyRunning;
    running.retry_after_seconds = 1;
    co_return Fail(std::move(running));
  }
  if (found->method != call.method ||
      !ConstantTimeEquals(BytesView(found->body_hmac), BytesView(call.body_hmac))) {
    co_return Fail(Reason::kKeyReused);
  }
  co_return std::move(found->answer);
}

void Idempotency::Finish(Transaction& tx, const IdempotentCall& call, BytesView answer,
                         std::optional<UuidBytes> subject) {
  tx.Send(idempotency::kFinish, call.user, call.key, answer, subject);
}

Task<Result<std::int64_t>> Idempotency::Sweep(Database& database) {
  const Deadline deadline = SteadyClock::now() + std::chrono::seconds(3);
  CO_TRY(Affected gone, co_await database.Write({.deadline = deadline}, idempotency::kSweep));
  co_return gone.rows;
}

void Idempotency::Forget(Transaction& tx, const UuidBytes& subject) {
  tx.Send(idempotency::kForget, subject);
}

StatementTable Idempotency::Statements() {
  return aplus::Statements(idempotency::kInsert, idempotency::kFind, idempotency::kFinish,
                           idempotency::kSweep, idempotency::kForget);
}

}  // namespace aplus
