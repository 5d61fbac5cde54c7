#include "services/auth/rpc/accounts_rpc.h"

#include <algorithm>
#include <utility>

#include "services/auth/acts/accounts.h"
#include "services/auth/acts/groups.h"
#include "services/auth/rpc/convert.h"
#include "services/auth/rpc/counter.h"

namespace aplus::auth {
namespace accounts_rpc {

Result<NewAccount> AccountOf(const v1::CreateAccountRequest& request) {
  NewAccount account{.email = request.email(),
                     .first_name = request.first_name(),
                     .last_name = request.last_name(),
                     .function = request.function(),
                     .phone = request.phone(),
                     .shared = request.shared(),
                     .group = OptionalId<GroupId>(request.group_id()),
                     .roles = BitsOf<v1::Role>(request.roles())};
  // A shared account has one name, its own (P3).
  if (!account.shared && account.first_name.empty()) {
    return Fail(Violation("firstName", "required", "Indiquez le prénom."));
  }
  if (!account.group && account.roles != 0) {
    return Fail(Violation("groupId", "required", "Ces rôles sont ceux d’un groupe : indiquez lequel."));
  }
  return account;
}

Task<Result<v1::AccountResponse>> Answer(Task<Result<Staff>> act) {
  CO_TRY(const Staff staff, co_await std::move(act));
  v1::AccountResponse response;
  ToProto(staff, *response.mutable_account());
  co_return response;
}

std::string QuestionOf(const Asker& asker, const v1::SearchPeopleRequest& request) {
  v1::SearchPeopleRequest bare = request;
  bare.clear_page_token();
  bare.clear_page_size();
  return "people\n" + asker.user.ToString() + "\n" + bare.SerializeAsString();
}

}  // namespace accounts_rpc

void AccountsRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Accounts.CreateAccount", &AccountsRpc::CreateAccount);
  server.Add(*this, "aplus.auth.v1.Accounts.GetAccount", &AccountsRpc::GetAccount);
  server.Add(*this, "aplus.auth.v1.Accounts.PreviewDeactivation", &AccountsRpc::PreviewDeactivation);
  server.Add(*this, "aplus.auth.v1.Accounts.Deactivate", &AccountsRpc::Deactivate);
  server.Add(*this, "aplus.auth.v1.Accounts.Reactivate", &AccountsRpc::Reactivate);
  server.Add(*this, "aplus.auth.v1.Accounts.Exclude", &AccountsRpc::Exclude);
  server.Add(*this, "aplus.auth.v1.Accounts.ChangeEmail", &AccountsRpc::ChangeEmail);
  server.Add(*this, "aplus.auth.v1.Accounts.SetAccountRoles", &AccountsRpc::SetAccountRoles);
  server.Add(*this, "aplus.auth.v1.Accounts.EndSessions", &AccountsRpc::EndSessions);
  server.Add(*this, "aplus.auth.v1.Accounts.SearchPeople", &AccountsRpc::SearchPeople);
  server.Add(*this, "aplus.auth.v1.TermsOfUse.PublishTerms", &AccountsRpc::PublishTerms);
}

Asker AccountsRpc::For(const Call& call) const { return AskerOf(call, office_.clock.Now()); }

Task<Result<v1::CreateAccountResponse>> AccountsRpc::CreateAccount(Call& call,
                                                                   const v1::CreateAccountRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const NewAccount account, accounts_rpc::AccountOf(request));
  CO_TRY(const UserId id, co_await auth::CreateAccount(office_, asker, account));
  v1::CreateAccountResponse response;
  response.set_user_id(id.ToString());
  co_return response;
}

Task<Result<v1::GetAccountResponse>> AccountsRpc::GetAccount(Call& call,
                                                             const v1::GetAccountRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const Staff staff, co_await auth::GetAccount(office_, asker, IdOf<UserId>(request.user_id())));
  v1::GetAccountResponse response;
  ToProto(staff, *response.mutable_account());
  co_return response;
}

Task<Result<v1::PreviewDeactivationResponse>> AccountsRpc::PreviewDeactivation(
    Call& call, const v1::PreviewDeactivationRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const DeactivationEffects effects,
         co_await auth::PreviewDeactivation(office_, asker, IdOf<UserId>(request.user_id())));
  v1::PreviewDeactivationResponse response;
  for (const StaffGroupRow& row : effects.groups) {
    v1::PreviewDeactivationResponse::Effect& effect = *response.add_groups();
    v1::Membership membership;
    ToProto(row, membership);
    effect.mutable_group()->Swap(membership.mutable_group());
    const auto loss = std::find_if(effects.losses.begin(), effects.losses.end(),
                                   [&](const LossRow& one) { return one.group == row.id; });
    if (loss == effects.losses.end()) continue;
    effect.set_last_manager(loss->last_manager);
    effect.set_last_instructor(loss->last_instructor);
  }
  for (const HeirRow& row : effects.heirs) {
    v1::PreviewDeactivationResponse::Heir& heir = *response.add_heirs();
    heir.set_user_id(row.id.ToString());
    heir.set_first_name(row.first_name);
    heir.set_last_name(row.last_name);
  }
  response.set_sessions(static_cast<std::int32_t>(effects.sessions));
  co_return response;
}

Task<Result<v1::AccountResponse>> AccountsRpc::Deactivate(Call& call, const v1::DeactivateRequest& request) {
  const Asker asker = For(call);
  co_return co_await accounts_rpc::Answer(auth::Deactivate(office_, asker, IdOf<UserId>(request.user_id()),
                                                           OptionalId<UserId>(request.heir_user_id())));
}

Task<Result<v1::AccountResponse>> AccountsRpc::Reactivate(Call& call, const v1::ReactivateRequest& request) {
  const Asker asker = For(call);
  co_return co_await accounts_rpc::Answer(auth::Reactivate(office_, asker, IdOf<UserId>(request.user_id())));
}

Task<Result<v1::AccountResponse>> AccountsRpc::Exclude(Call& call, const v1::ExcludeRequest& request) {
  const Asker asker = For(call);
  co_return co_await accounts_rpc::Answer(auth::Exclude(office_, asker, IdOf<UserId>(request.user_id()),
                                                        static_cast<std::int16_t>(request.reason())));
}

Task<Result<v1::AccountResponse>> AccountsRpc::ChangeEmail(Call& call,
                                                           const v1::ChangeEmailRequest& request) {
  const Asker asker = For(call);
  co_return co_await accounts_rpc::Answer(
      auth::ChangeEmail(office_, asker, IdOf<UserId>(request.user_id()), request.email()));
}

Task<Result<v1::AccountResponse>> AccountsRpc::SetAccountRoles(Call& call,
                                                               const v1::SetAccountRolesRequest& request) {
  const Asker asker = For(call);
  const AccountRoles roles{.roles = BitsOf<v1::AccountRole>(request.roles()),
                           .organisations = {request.observed_organisation_ids().begin(),
                                             request.observed_organisation_ids().end()},
                           .areas = {request.observed_area_ids().begin(), request.observed_area_ids().end()}};
  co_return co_await accounts_rpc::Answer(
      auth::SetAccountRoles(office_, asker, IdOf<UserId>(request.user_id()), roles));
}

Task<Result<v1::EndSessionsResponse>> AccountsRpc::EndSessions(Call& call,
                                                               const v1::EndSessionsRequest& request) {
  const Asker asker = For(call);
  CO_TRY([[maybe_unused]] const bool ended,
         co_await auth::EndSessions(office_, asker, IdOf<UserId>(request.user_id())));
  co_return v1::EndSessionsResponse();
}

Task<Result<v1::SearchPeopleResponse>> AccountsRpc::SearchPeople(Call& call,
                                                                 const v1::SearchPeopleRequest& request) {
  const Asker asker = For(call);
  const std::string question = accounts_rpc::QuestionOf(asker, request);
  const int page = PageSize(request.page_size());
  PeopleQuery query{.words = request.q(),
                    .group = OptionalId<GroupId>(request.group_id()),
                    .deactivated_too = request.deactivated_too(),
                    .after = {},
                    .limit = page + 1};
  if (!request.page_token().empty()) {
    const auto after = NameAfter(page_tokens_, question, request.page_token());
    if (!after) co_return Fail(BadPageToken());
    query.after = *after;
  }
  CO_TRY(const auto rows, co_await auth::SearchPeople(office_, asker, query));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page));
  v1::SearchPeopleResponse response;
  for (std::size_t i = 0; i < shown; ++i) {
    const FoundPerson& row = rows[i];
    v1::SearchPeopleResponse::Person& person = *response.add_people();
    v1::User& user = *person.mutable_user();
    user.set_id(row.id.ToString());
    user.set_email(row.email);
    user.set_first_name(row.first_name);
    user.set_last_name(row.last_name);
    user.set_function(row.function);
    user.set_phone(row.phone);
    user.set_shared(row.shared);
    person.set_active(row.active);
    for (const GroupId& group : row.groups) person.add_group_ids(group.ToString());
  }
  if (rows.size() > shown) {
    const FoundPerson& last = rows[shown - 1];
    response.set_next_page_token(NameToken(page_tokens_, question, {last.sort_key, last.id.bytes}));
  }
  co_return response;
}

Task<Result<v1::PublishTermsResponse>> AccountsRpc::PublishTerms(Call& call,
                                                                 const v1::PublishTermsRequest& request) {
  const Asker asker = For(call);
  std::optional<Time> in_force;
  if (request.has_in_force()) {
    // What a Timestamp may hold (years 1 to 9999) fits; what a caller makes up need not.
    constexpr std::int64_t kMostSeconds = 253'402'300'799;
    const std::int64_t seconds = request.in_force().seconds();
    if (seconds < 0 || seconds > kMostSeconds) {
      co_return Fail(Violation("inForce", "range", "Cette date n’est pas possible."));
    }
    in_force = Time(std::chrono::seconds(seconds));
  }
  CO_TRY(const PublishedRow published,
         co_await auth::PublishTerms(office_, asker, request.version(), in_force));
  v1::PublishTermsResponse response;
  response.set_version(published.version);
  SetTime(published.in_force, *response.mutable_in_force());
  co_return response;
}

}  // namespace aplus::auth
