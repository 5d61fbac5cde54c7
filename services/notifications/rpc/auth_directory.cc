#include "services/notifications/rpc/auth_directory.h"

#include "aplus/auth/v1/internal.pb.h"
#include "libs/calendar/areas.h"
#include "libs/rpc/timestamp.h"

namespace aplus::notifications {
namespace auth_directory {

namespace v1 = auth::v1;

// A job waits, no person does; each try of a mail asks anew.
constexpr Duration kLimit = std::chrono::seconds(5);

Result<Reached> ReachedOf(const v1::ResolveRecipientsResponse::Recipient& in) {
  Reached reached;
  reached.email = in.email();
  const auto group = GroupId::Parse(in.group_id());
  if (in.mailbox()) {
    if (!group) return Fail(Reason::kInternal, "auth answered a mailbox without its group");
    reached.kind = RecipientKind::kMailbox;
    reached.id = As<RecipientId>(*group);
    return reached;
  }
  const auto user = UserId::Parse(in.user_id());
  if (!user) return Fail(Reason::kInternal, "auth answered a recipient without an id");
  reached.id = As<RecipientId>(*user);
  reached.via_group = group.value_or(GroupId{});
  return reached;
}

v1::ResolveRecipientsRequest About(const std::vector<UserId>& users, const std::vector<GroupId>& groups) {
  v1::ResolveRecipientsRequest request;
  for (const UserId& user : users) request.add_user_ids(user.ToString());
  for (const GroupId& group : groups) request.add_group_ids(group.ToString());
  return request;
}

}  // namespace auth_directory

Task<Result<std::vector<Reached>>> AuthDirectory::Ask(auth::v1::ResolveRecipientsRequest request) {
  std::vector<Reached> reached;
  if (request.user_ids().empty() && request.group_ids().empty() &&
      request.account_role() == auth::v1::ACCOUNT_ROLE_UNSPECIFIED) {
    co_return reached;
  }
  CO_TRY(const auto response,
         co_await auth_.Call<auth::v1::ResolveRecipientsResponse>(
             "aplus.auth.v1.People.ResolveRecipients", request, CallOptions::Within(auth_directory::kLimit)));
  // Named ones first: who is also reached through a group is told as himself.
  for (const bool named : {true, false}) {
    for (const auto& recipient : response.recipients()) {
      CO_TRY(Reached one, auth_directory::ReachedOf(recipient));
      if (one.via_group.IsNil() == named) reached.push_back(std::move(one));
    }
  }
  co_return reached;
}

Task<Result<std::vector<Reached>>> AuthDirectory::Resolve(std::vector<UserId> users,
                                                          std::vector<GroupId> groups) {
  auto request = auth_directory::About(users, groups);
  request.set_group_role(auth::v1::ROLE_INSTRUCTOR);
  return Ask(std::move(request));
}

Task<Result<std::vector<Reached>>> AuthDirectory::Managers(std::vector<GroupId> groups) {
  auto request = auth_directory::About({}, groups);
  request.set_group_role(auth::v1::ROLE_MANAGER);
  CO_TRY(std::vector<Reached> reached, co_await Ask(std::move(request)));
  std::erase_if(reached, [](const Reached& one) { return one.kind == RecipientKind::kMailbox; });
  co_return reached;
}

Task<Result<std::vector<Reached>>> AuthDirectory::Administrators() {
  auth::v1::ResolveRecipientsRequest request;
  request.set_account_role(auth::v1::ACCOUNT_ROLE_ADMINISTRATOR);
  return Ask(std::move(request));
}

Task<Result<std::vector<Reached>>> AuthDirectory::Addresses(std::vector<UserId> users,
                                                            std::vector<GroupId> mailboxes, bool closed_too) {
  auto request = auth_directory::About(users, mailboxes);
  request.set_deactivated_too(closed_too);
  return Ask(std::move(request));
}

Task<Result<std::vector<UserId>>> AuthDirectory::ActivePeople(UserId after) {
  auth::v1::ResolveRecipientsRequest request;
  request.set_everybody(true);
  if (!after.IsNil()) request.set_after_user_id(after.ToString());
  CO_TRY(const auto response,
         co_await auth_.Call<auth::v1::ResolveRecipientsResponse>(
             "aplus.auth.v1.People.ResolveRecipients", request, CallOptions::Within(auth_directory::kLimit)));
  std::vector<UserId> users;
  for (const auto& recipient : response.recipients()) {
    const auto user = UserId::Parse(recipient.user_id());
    if (!user) co_return Fail(Reason::kInternal, "auth answered a recipient without an id");
    users.push_back(*user);
  }
  co_return users;
}

Task<Result<std::string>> AuthDirectory::OrganisationOf(GroupId group) {
  if (group.IsNil()) co_return std::string();
  auth::v1::LookUpRequest request;
  request.add_group_ids(group.ToString());
  CO_TRY(auto response,
         co_await auth_.Call<auth::v1::LookUpResponse>("aplus.auth.v1.People.LookUp", request,
                                                       CallOptions::Within(auth_directory::kLimit)));
  co_return response.groups_size() == 0 ? std::string() : response.groups(0).organisation_short_name();
}

Task<Result<std::string>> AuthDirectory::ZoneOf(UserId user) {
  std::string zone = "Europe/Paris";
  auth::v1::LookUpRequest who;
  who.add_user_ids(user.ToString());
  CO_TRY(const auto person,
         co_await auth_.Call<auth::v1::LookUpResponse>("aplus.auth.v1.People.LookUp", who,
                                                       CallOptions::Within(auth_directory::kLimit)));
  auth::v1::LookUpRequest where;
  for (const auto& found : person.people()) {
    for (const std::string& group : found.group_ids()) where.add_group_ids(group);
  }
  if (where.group_ids_size() == 0) co_return zone;
  CO_TRY(const auto groups,
         co_await auth_.Call<auth::v1::LookUpResponse>("aplus.auth.v1.People.LookUp", where,
                                                       CallOptions::Within(auth_directory::kLimit)));
  for (const auto& found : groups.groups()) {
    for (const std::string& area : found.group().area_ids()) {
      if (const auto calendar = CalendarOfArea(area)) co_return calendar->time_zone;
    }
  }
  co_return zone;
}

Task<Result<LoginMail>> AuthDirectory::MintLogin(LoginRequestId request) {
  auth::v1::MintLoginTokenRequest mint;
  mint.set_login_request_id(request.ToString());
  CO_TRY(auto response,
         co_await auth_.Call<auth::v1::MintLoginTokenResponse>("aplus.auth.v1.Sessions.MintLoginToken", mint,
                                                               CallOptions::Within(auth_directory::kLimit)));
  LoginMail mail;
  if (!response.email().empty()) {
    mail.what = LoginMail::What::kLink;
    mail.email = response.email();
  } else if (!response.no_account_email().empty()) {
    mail.what = LoginMail::What::kNoAccount;
    mail.email = response.no_account_email();
  }
  // The message's own copies go with it; Secret wipes ours.
  mail.link.token = SecretString(std::move(*response.mutable_token()));
  mail.link.code = SecretString(std::move(*response.mutable_code()));
  mail.link.asked_from = response.asked_from();
  mail.link.asked_at = TimeOf(response.asked_at());
  mail.link.expires_at = TimeOf(response.expires_at());
  co_return mail;
}

}  // namespace aplus::notifications
