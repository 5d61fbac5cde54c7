// How every act runs: one transaction that holds the change, its audit line, its event and the record of its
// key; refused, it leaves an audit line and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "services/requests/acts/asker.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

// What an act answers, and what its idempotency record keeps: no personal data.
struct Acted {
  State state = State::kNew;
  std::int64_t version = 0;
  UuidBytes id{};        // of the request or message made
  std::string number{};  // of the request made
};

Bytes Serialise(const Acted& acted);
// kInternal: not what Serialise writes.
Result<Acted> ParseActed(BytesView bytes);

// What an audit line is about.
struct Subject {
  Operation operation;
  std::string_view kind;  // "request", "draft", "file"
  UuidBytes id{};
  std::string signed_by{};
};

inline Subject AboutRequest(Operation operation, const RequestId& id, const std::string& signed_by) {
  return {.operation = operation, .kind = "request", .id = id.bytes, .signed_by = signed_by};
}

// Writes the line of a refusal that says something about rights or states; answers the refusal, or the
// failure to write the line (no audit, no answer).
Task<Error> NoteRefusal(const Workshop& shop, const Asker& asker, Subject subject, Error refusal);

namespace running {

template <class Body>
Task<Result<Acted>> Once(Transaction& tx, const Workshop& shop, const Asker& asker, const Subject& subject,
                         Body& body) {
  if (asker.repeat) {
    CO_TRY(std::optional<Bytes> replay, co_await Idempotency::Begin(tx, *asker.repeat));
    if (replay) co_return ParseActed(*replay);
  }
  CO_TRY(Acted acted, co_await body(tx));
  const UuidBytes object = subject.id == UuidBytes{} ? acted.id : subject.id;
  AuditEntry line = asker.Line(subject.operation, subject.kind, object);
  line.signed_by = subject.signed_by;
  shop.trail.Record(tx, line);
  if (asker.repeat) Idempotency::Finish(tx, *asker.repeat, Serialise(acted), object);
  co_return acted;
}

}  // namespace running

// `body(Transaction&)` answers Task<Result<Acted>>; it refuses before it writes, and may run twice.
template <class Body>
Task<Result<Acted>> RunAct(const Workshop& shop, const Asker& asker, Subject subject, Body body) {
  auto once = [&](Transaction& tx) { return running::Once(tx, shop, asker, subject, body); };
  Result<Acted> acted = co_await shop.database.Transact(asker.Writing(), once);
  if (!acted) co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(acted).error()));
  co_return acted;
}

}  // namespace aplus::requests
