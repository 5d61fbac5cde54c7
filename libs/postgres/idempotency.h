// "The same call twice is one effect" (P25, SECURITY 3.4): the record of a call's key stands in the
// transaction of its effect, so both are there or neither.
//
//   CO_TRY(std::optional<Bytes> replay, co_await Idempotency::Begin(tx, call));
//   if (replay) co_return ParseAnswer(*replay);
//   … the effect …
//   Idempotency::Finish(tx, call, SerialiseAnswer(answer), request_id);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/id.h"
#include "libs/postgres/transaction.h"

namespace aplus {

class Database;

struct IdempotentCall {
  UserId user;  // whose key it is; a partner's id stands in for its user
  IdempotencyKey key;
  std::string method;                      // full RPC name
  std::array<std::uint8_t, 32> body_hmac;  // HMAC-SHA-256 of the request's bytes under a key of the service
};

class Idempotency {
 public:
  // nullopt: first time, go on. Bytes: the answer stored the first time. kKeyReused: the key came with
  // another method or body. kKeyRunning (retry after 1 s): the first call has not ended yet; nothing waits
  // for it.
  static Task<Result<std::optional<Bytes>>> Begin(Transaction& tx, IdempotentCall call);
  // Queued with the rest of the transaction. The answer holds no personal data. With a subject the record is
  // erased when the subject is.
  static void Finish(Transaction& tx, const IdempotentCall& call, BytesView answer,
                     std::optional<UuidBytes> subject = std::nullopt);
  // Deletes at most 1 000 records older than 24 hours; answers how many went. For an hourly job.
  static Task<Result<std::int64_t>> Sweep(Database& database);
  // Queued: forgets the records of an erased subject.
  static void Forget(Transaction& tx, const UuidBytes& subject);

  static StatementTable Statements();
};

}  // namespace aplus
