#include "services/requests/acts/reporting.h"

#include <utility>

#include "services/requests/acts/case.h"
#include "services/requests/acts/telling.h"

namespace aplus::requests {
namespace reporting {

Task<Result<Acted>> ReportIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId request,
                             std::int16_t kind) {
  CO_TRY(const std::optional<Case> found, co_await LockCase(tx, request, asker));
  if (!found) co_return Fail(Reason::kNotFound);
  const Case& on = *found;
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kR21, on.relation))) {
    co_return Fail(*refused);
  }
  const ReportId id = ReportId::New(shop.clock, shop.random);
  CO_TRY(const auto first, co_await tx.RunOne(kKeepReport, id, request, asker.user, kind));
  if (first.value_or(false)) {
    // For administrators alone: nobody who takes part hears of it.
    events::v1::MisuseReported told;
    told.set_kind(static_cast<v1::MisuseKind>(kind));
    FillRef(on, {}, *told.mutable_request());
    shop.events.Append(tx, DomainEvent::Of(told));
  }
  co_return AnswerOf(on);
}

Task<Result<std::vector<ReportRow>>> ListIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                                            ReportPoint after, std::int32_t limit) {
  CO_TRY(auto rows, co_await tx.Run(kReports, after.at, after.id, limit));
  shop.trail.Record(tx, asker.Line(Operation::kG8, "misuse_report", {}));
  co_return rows;
}

Task<Result<LeftBehind>> CountIn(Transaction& tx, const Workshop& shop, const Asker& asker, UserId user) {
  std::vector<GroupId> managed;
  for (const Membership& membership : asker.principal->memberships) {
    if (membership.Has(kRoleManager)) managed.push_back(membership.group);
  }
  CO_TRY(const auto member, co_await tx.RunOne(kIsMemberOfAny, user, managed));
  Relation relation;
  relation.in_scope = member.value_or(false);
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kA6, relation))) co_return Fail(*refused);
  auto invited = tx.Send(kInvitedToOwned, user);
  CO_TRY(const auto owned, co_await tx.RunOne(kOwned, user));
  LeftBehind left;
  left.owned = owned.value_or(OwnedRow{});
  CO_TRY(left.invited, co_await invited.Await());
  shop.trail.Record(tx, asker.Line(Operation::kA6, "account", user.bytes));
  co_return left;
}

}  // namespace reporting

Task<Result<Acted>> ReportMisuse(const Workshop& shop, const Asker& asker, RequestId request,
                                 std::int16_t kind) {
  auto act = [&](Transaction& tx) { return reporting::ReportIn(tx, shop, asker, request, kind); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR21, request, ""), act);
}

Task<Result<std::vector<ReportRow>>> ListReports(const Workshop& shop, const Asker& asker, ReportPoint after,
                                                 std::int32_t limit) {
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kG8, {}))) {
    const Subject subject{.operation = Operation::kG8, .kind = "misuse_report"};
    Error refusal;
    refusal.reason = *refused;
    co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(refusal)));
  }
  auto read = [&](Transaction& tx) { return reporting::ListIn(tx, shop, asker, after, limit); };
  co_return co_await shop.database.Transact(asker.Writing(), read);
}

Task<Result<LeftBehind>> CountOpenRequests(const Workshop& shop, const Asker& asker, UserId user) {
  auto read = [&](Transaction& tx) { return reporting::CountIn(tx, shop, asker, user); };
  Result<LeftBehind> left = co_await shop.database.Transact(asker.Writing(), read);
  if (left) co_return left;
  const Subject subject{.operation = Operation::kA6, .kind = "account", .id = user.bytes};
  co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(left).error()));
}

}  // namespace aplus::requests
