#include "services/auth/rpc/internal_rpc.h"

#include <utility>

#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {
namespace internal_rpc {

Principal PrincipalOf(AuthenticatedRow row) {
  Principal principal;
  principal.user = row.user;
  principal.session = row.session;
  principal.memberships.reserve(row.groups.size());
  for (std::size_t i = 0; i < row.groups.size(); ++i) {
    principal.memberships.push_back(
        {row.groups.at(i), static_cast<std::uint8_t>(row.roles.at(i)), row.sides.at(i)});
  }
  principal.account_roles = static_cast<std::uint8_t>(row.account_roles);
  principal.shared_account = row.shared;
  principal.terms_accepted = row.terms_accepted;
  principal.second_factor_due = row.second_factor_due;
  principal.auth_time = row.proved_at;
  principal.amr = std::move(row.amr);
  return principal;
}

// The field rules have checked that each is a UUID.
template <class SomeId, class Texts>
std::vector<SomeId> IdsOf(const Texts& texts) {
  std::vector<SomeId> ids;
  ids.reserve(static_cast<std::size_t>(texts.size()));
  for (const std::string& text : texts) {
    if (const auto id = SomeId::Parse(text)) ids.push_back(*id);
  }
  return ids;
}

void ToProto(const PersonRow& row, v1::LookUpResponse::Person& out) {
  out.set_user_id(row.id.ToString());
  out.set_first_name(row.first_name);
  out.set_last_name(row.last_name);
  out.set_function(row.function);
  out.set_phone(row.phone);
  out.set_active(row.active);
  for (const GroupId& group : row.groups) out.add_group_ids(group.ToString());
  out.set_shared(row.shared);
  out.set_helper(row.helper);
  for (const std::string& organisation : row.observed_organisations)
    out.add_observed_organisation_ids(organisation);
  for (const std::string& area : row.observed_areas) out.add_observed_area_ids(area);
}

void ToProto(const GroupDetailRow& row, v1::LookUpResponse::GroupDetail& out) {
  v1::Group& group = *out.mutable_group();
  group.set_id(row.id.ToString());
  group.set_name(row.name);
  group.set_organisation_id(row.organisation_id);
  group.set_side(auth::ToProto(row.side));
  for (const std::string& area : row.area_ids) group.add_area_ids(area);
  group.set_notice(row.notice);
  group.set_addressable(row.addressable);
  out.set_organisation_short_name(row.organisation_short_name);
  for (const Identifier identifier : row.entitled) out.add_entitled(auth::ToProto(identifier));
  out.set_active_instructor(row.addressable);
}

}  // namespace internal_rpc

void SessionsRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Sessions.Authenticate", &SessionsRpc::Authenticate);
  server.Add(*this, "aplus.auth.v1.Sessions.MintLoginToken", &SessionsRpc::MintLoginToken);
}

Task<Result<v1::AuthenticateResponse>> SessionsRpc::Authenticate(Call& call,
                                                                 const v1::AuthenticateRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kJ1, {}, clock_.Now()));
  const auto hash = HashOfToken(request.session());
  if (!hash) co_return Fail(Reason::kUnauthenticated);
  CO_TRY(auto found, co_await sessions_.Find(*hash, call.deadline));
  if (!found) co_return Fail(Reason::kUnauthenticated);
  // A page left open is no use, or an administrator's session would never rest (P14).
  if (found->seen_long_ago && !request.passive()) seen_.Note(found->session);
  const Time now = found->now;
  const Principal principal = internal_rpc::PrincipalOf(*std::move(found));
  CO_TRY(SignedIdentity identity, identities_.For(principal, now));
  v1::AuthenticateResponse response;
  response.set_identity_token(std::move(identity.token));
  SetTime(identity.expires, *response.mutable_expires_at());
  response.set_user_id(principal.user.ToString());
  co_return response;
}

Task<Result<v1::MintLoginTokenResponse>> SessionsRpc::MintLoginToken(
    Call& call, const v1::MintLoginTokenRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kJ2, {}, clock_.Now()));
  const auto id = LoginRequestId::Parse(request.login_request_id());
  if (!id) co_return Fail(Reason::kNotFound);
  CO_TRY(LoginMail mail, co_await mails_.Mint(*id, LineFor(call), call.deadline));
  figures_.Decided(mail.kind);
  v1::MintLoginTokenResponse response;
  if (mail.kind == LoginMail::Kind::kNone) co_return response;
  response.set_asked_from(mail.asked_from);
  SetTime(mail.asked_at, *response.mutable_asked_at());
  if (mail.kind == LoginMail::Kind::kNoAccount) {
    response.set_no_account_email(mail.email);
    co_return response;
  }
  response.set_email(mail.email);
  response.set_token(mail.token.Reveal());
  response.set_code(mail.code.Reveal());
  SetTime(mail.expires_at, *response.mutable_expires_at());
  co_return response;
}

void PeopleRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.People.ResolveRecipients", &PeopleRpc::ResolveRecipients);
  server.Add(*this, "aplus.auth.v1.People.LookUp", &PeopleRpc::LookUp);
}

Task<Result<v1::ResolveRecipientsResponse>> PeopleRpc::ResolveRecipients(
    Call& call, const v1::ResolveRecipientsRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kJ3, {}, clock_.Now()));
  if (request.everybody()) {
    const UserId after = UserId::Parse(request.after_user_id()).value_or(UserId{});
    CO_TRY(const auto users, co_await people_.Everybody(after, call.deadline));
    v1::ResolveRecipientsResponse everybody;
    for (const UserId& user : users) everybody.add_recipients()->set_user_id(user.ToString());
    co_return everybody;
  }
  RecipientQuery query{.users = internal_rpc::IdsOf<UserId>(request.user_ids()),
                       .groups = internal_rpc::IdsOf<GroupId>(request.group_ids()),
                       .group_roles = BitOf(request.group_role()),
                       .account_roles = BitOf(request.account_role()),
                       .deactivated_too = request.deactivated_too()};
  CO_TRY(const auto rows, co_await people_.Recipients(std::move(query), call.deadline));
  v1::ResolveRecipientsResponse response;
  for (const RecipientRow& row : rows) {
    v1::ResolveRecipientsResponse::Recipient& recipient = *response.add_recipients();
    if (row.user) recipient.set_user_id(row.user->ToString());
    if (row.group) recipient.set_group_id(row.group->ToString());
    recipient.set_email(row.email);
    recipient.set_first_name(row.first_name);
    recipient.set_mailbox(!row.user);
  }
  co_return response;
}

Task<Result<v1::LookUpResponse>> PeopleRpc::LookUp(Call& call, const v1::LookUpRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kJ4, {}, clock_.Now()));
  v1::LookUpResponse response;
  std::vector<UserId> users = internal_rpc::IdsOf<UserId>(request.user_ids());
  if (request.account_role() != v1::ACCOUNT_ROLE_UNSPECIFIED) {
    RecipientQuery query{
        .users = {}, .groups = {}, .group_roles = 0, .account_roles = BitOf(request.account_role())};
    CO_TRY(const auto holders, co_await people_.Recipients(std::move(query), call.deadline));
    for (const RecipientRow& row : holders) {
      if (row.user) users.push_back(*row.user);
    }
  }
  if (!users.empty()) {
    CO_TRY(const auto people, co_await people_.People(std::move(users), call.deadline));
    for (const PersonRow& row : people) internal_rpc::ToProto(row, *response.add_people());
  }
  if (request.group_ids_size() > 0) {
    CO_TRY(const auto groups,
           co_await people_.Groups(internal_rpc::IdsOf<GroupId>(request.group_ids()), call.deadline));
    for (const GroupDetailRow& row : groups) internal_rpc::ToProto(row, *response.add_groups());
  }
  co_return response;
}

}  // namespace aplus::auth
