#include "services/auth/jobs/anonymising.h"

#include "services/auth/store/anonymous_rows.h"

namespace aplus::auth {
namespace anonymising {

constexpr std::int32_t kBatch = 200;

Deadline Soon() { return SteadyClock::now() + std::chrono::seconds(5); }

Task<Result<bool>> AnonymiseIn(Transaction& tx, const Office& office, UserId user) {
  CO_TRY(const Affected done, co_await tx.Run(kAnonymise, user, office.rules.anonymous_after));
  if (done.rows == 0) co_return false;
  AuditEntry line;
  line.actor_kind = AuditActor::kSystem;
  line.operation = "anonymise";
  line.object_kind = "account";
  line.object = user.bytes;
  office.trail.Record(tx, line);
  co_return true;
}

}  // namespace anonymising

Task<Result<int>> AnonymiseLongGone(const Office& office) {
  CO_TRY(const auto users, co_await office.database.Query({.deadline = anonymising::Soon()}, kLongGone,
                                                          office.rules.anonymous_after, anonymising::kBatch));
  int done = 0;
  for (const UserId& user : users) {
    auto one = [&](Transaction& tx) { return anonymising::AnonymiseIn(tx, office, user); };
    CO_TRY(const bool changed,
           co_await office.database.Transact({.deadline = anonymising::Soon(), .repeatable = true}, one));
    done += changed ? 1 : 0;
  }
  co_return done;
}

}  // namespace aplus::auth
