// Bodies of Database's templates; included by database.h only.
#pragma once

#include "libs/postgres/database.h"
#include "libs/postgres/driver.h"

namespace aplus {

template <class Body>
std::invoke_result_t<Body&, Transaction&> Database::Transact(TransactionOptions options, Body body) {
  for (int attempt = 1;; ++attempt) {
    postgres::TransactionDriver driver(core_, options);
    CO_TRY_VOID(co_await driver.Lease());
    // An exception out of the body (cancellation included) rolls back in ~TransactionDriver.
    auto outcome = co_await body(driver.transaction());
    if (outcome) {
      auto committed = co_await driver.Commit();
      if (committed) co_return outcome;
      outcome = tl::unexpected<Error>(std::move(committed).error());
    } else {
      driver.Rollback();
    }
    if (!driver.MayRetry(attempt)) co_return outcome;
    co_await driver.Backoff(attempt);
  }
}

template <class Row>
Task<Result<Answer<Row>>> Database::WriteBound(TransactionOptions options, Bound<Row> bound) {
  postgres::TransactionDriver driver(core_, options);
  CO_TRY_VOID(co_await driver.Lease());
  Pending<Row> pending = driver.transaction().SendBound(std::move(bound));
  CO_TRY_VOID(co_await driver.Commit());
  // No co_await any more: a caller cancelled meanwhile must still learn that it is committed.
  co_return pending.Take();
}

template <class Decide, class... Rows>
auto Database::AuditedRead(ReadContext context, Decide decide, Bound<Rows>... reads)
    -> Task<decltype(std::declval<Decide&>()(std::declval<const std::vector<Rows>&>()...).answer)> {
  using Outcome = decltype(std::declval<Decide&>()(std::declval<const std::vector<Rows>&>()...).answer);
  // Shared with the lane: a cancelled caller's frame may be gone when its group is answered.
  struct State {
    Decide decide;
    Outcome outcome;
  };
  auto state = std::make_shared<State>(State{std::move(decide), Fail(Reason::kInternal, "undecided")});
  AuditDecision decision = [state](std::vector<RawResult> raw) -> Result<BoundStatement> {
    return [&]<std::size_t... I>(std::index_sequence<I...>) -> Result<BoundStatement> {
      std::tuple<Result<std::vector<Rows>>...> rows{aplus::Decode<Rows>(raw[I])...};
      Result<void> decoded;
      ((decoded && !std::get<I>(rows) ? void(decoded = tl::unexpected<Error>(std::get<I>(rows).error()))
                                      : void()),
       ...);
      TRY_VOID(std::move(decoded));
      auto audited = state->decide(static_cast<const std::vector<Rows>&>(*std::get<I>(rows))...);
      state->outcome = std::move(audited.answer);
      return std::move(audited.line);
    }(std::index_sequence_for<Rows...>{});
  };
  std::vector<BoundStatement> statements;
  statements.reserve(sizeof...(reads));
  (statements.push_back(std::move(reads.statement)), ...);
  CO_TRY_VOID(co_await ReadAudited(std::move(context), std::move(statements), std::move(decision)));
  co_return std::move(state->outcome);
}

}  // namespace aplus
