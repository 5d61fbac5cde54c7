#include "services/auth/rpc/me_rpc.h"

#include <utility>

#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {
namespace me_rpc {

void ToProto(const FactorState& factor, const Principal& principal, Time now, v1::SecondFactorState& out) {
  out.set_enrolled(factor.enrolled);
  out.set_required(NeedsSecondFactor(principal.account_roles));
  out.set_due(principal.second_factor_due);
  out.set_recovery_codes(factor.recovery_codes);
  if (CallerOf(principal, now).fresh_second_factor) {
    SetTime(principal.auth_time + kStepUpLifetime, *out.mutable_fresh_until());
  }
}

}  // namespace me_rpc

void MeRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Me.GetMe", &MeRpc::GetMe);
  server.Add(*this, "aplus.auth.v1.Me.UpdateMe", &MeRpc::UpdateMe);
  server.Add(*this, "aplus.auth.v1.Me.AcceptTerms", &MeRpc::AcceptTerms);
  server.Add(*this, "aplus.auth.v1.Me.ListSessions", &MeRpc::ListSessions);
  server.Add(*this, "aplus.auth.v1.Me.EndSession", &MeRpc::EndSession);
}

Task<Result<v1::GetMeResponse>> MeRpc::GetMe(Call& call, const v1::GetMeRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kA8, {.own = true}, clock_.Now()));
  const UserId user = call.principal().user;
  CO_TRY(const auto profile, co_await accounts_.Profile(user, call.deadline));
  // Deactivated since the identity token was signed.
  if (!profile) co_return Fail(Reason::kUnauthenticated);
  CO_TRY(const FactorState factor, co_await factors_.State(user, call.deadline));
  v1::GetMeResponse response;
  me_rpc::ToProto(factor, call.principal(), clock_.Now(), *response.mutable_second_factor());
  // Half a login shows nothing of the person whose mailbox somebody may have got hold of.
  if (call.principal().second_factor_due) co_return response;
  CO_TRY(const auto groups, co_await accounts_.Groups(user, call.deadline));
  ToProto(*profile, *response.mutable_user());
  ToProto(*profile, *response.mutable_terms());
  EachAccountRole(static_cast<std::uint8_t>(profile->account_roles),
                  [&](v1::AccountRole role) { response.add_account_roles(role); });
  for (const MyGroupRow& row : groups) {
    v1::Membership& membership = *response.add_memberships();
    ToProto(row.group, *membership.mutable_group());
    EachRole(row.roles, [&](v1::Role role) { membership.add_roles(role); });
  }
  co_return response;
}

Task<Result<v1::UpdateMeResponse>> MeRpc::UpdateMe(Call& call, const v1::UpdateMeRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kA8, {.own = true}, clock_.Now()));
  ProfileChange change;
  if (request.has_first_name()) change.first_name = request.first_name();
  if (request.has_last_name()) change.last_name = request.last_name();
  if (request.has_function()) change.function = request.function();
  if (request.has_phone()) change.phone = request.phone();
  const UserId user = call.principal().user;
  auto changed = co_await accounts_.Change(user, std::move(change), LineFor(call), call.deadline);
  if (!changed && changed.error().reason == Reason::kNotFound) co_return Fail(Reason::kUnauthenticated);
  if (!changed) co_return Fail(std::move(changed).error());
  v1::UpdateMeResponse response;
  ToProto(*changed, *response.mutable_user());
  co_return response;
}

Task<Result<v1::AcceptTermsResponse>> MeRpc::AcceptTerms(Call& call, const v1::AcceptTermsRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kA8, {.own = true}, clock_.Now()));
  const UserId user = call.principal().user;
  auto accepted = co_await accounts_.AcceptTerms(user, request.version(), LineFor(call), call.deadline);
  if (!accepted && accepted.error().reason == Reason::kNotFound) co_return Fail(Reason::kUnauthenticated);
  if (!accepted) co_return Fail(std::move(accepted).error());
  v1::AcceptTermsResponse response;
  ToProto(*accepted, *response.mutable_terms());
  co_return response;
}

Task<Result<v1::ListSessionsResponse>> MeRpc::ListSessions(Call& call, const v1::ListSessionsRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kA12, {.own = true}, clock_.Now()));
  CO_TRY(const auto sessions, co_await sessions_.List(call.principal().user, call.deadline));
  v1::ListSessionsResponse response;
  for (const SessionRow& row : sessions) {
    v1::ListSessionsResponse::Session& session = *response.add_sessions();
    session.set_id(row.id.ToString());
    SetTime(row.created_at, *session.mutable_created_at());
    SetTime(row.last_seen_at, *session.mutable_last_seen_at());
    SetTime(row.expires_at, *session.mutable_expires_at());
    session.set_browser(row.browser);
    session.set_current(row.id == call.principal().session);
  }
  co_return response;
}

Task<Result<v1::EndSessionResponse>> MeRpc::EndSession(Call& call, const v1::EndSessionRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kA12, {.own = true}, clock_.Now()));
  const auto session = SessionId::Parse(request.session_id());
  if (!session) co_return Fail(Reason::kNotFound);
  CO_TRY(const bool ended,
         co_await sessions_.End(call.principal().user, *session, LineFor(call), call.deadline));
  if (!ended) co_return Fail(Reason::kNotFound);
  co_return v1::EndSessionResponse();
}

}  // namespace aplus::auth
