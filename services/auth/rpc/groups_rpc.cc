#include "services/auth/rpc/groups_rpc.h"

#include <algorithm>
#include <utility>

#include "libs/rpc/timestamp.h"
#include "services/auth/acts/groups.h"
#include "services/auth/acts/members.h"
#include "services/auth/rpc/counter.h"

namespace aplus::auth {
namespace groups_rpc {

v1::MemberResponse MemberOf(const MemberNow& now) {
  v1::MemberResponse response;
  v1::Member& member = *response.mutable_member();
  member.set_user_id(now.user.ToString());
  EachRole(now.roles, [&](v1::Role role) { member.add_roles(role); });
  return response;
}

v1::GetGroupResponse GroupOf(const GroupDetailsRow& row) {
  v1::GetGroupResponse response;
  ToProto(row, *response.mutable_group());
  return response;
}

Identifier IdentifierOf(int identifier) {
  switch (identifier) {
    case v1::IDENTIFIER_TAX_NUMBER:
      return Identifier::kTaxNumber;
    case v1::IDENTIFIER_CAF_NUMBER:
      return Identifier::kCafNumber;
    default:
      return Identifier::kNir;
  }
}

OrganisationChange ChangeOf(const v1::SaveOrganisationRequest& request) {
  OrganisationChange change{.id = request.organisation_id(),
                            .short_name = request.short_name(),
                            .full_name = request.full_name(),
                            .side = request.side() == v1::SIDE_INSTRUCTOR ? Side::kInstructor : Side::kHelper,
                            .themes = {request.theme_ids().begin(), request.theme_ids().end()},
                            .notice = request.notice(),
                            .entitled = {}};
  for (const int identifier : request.entitled()) {
    const Identifier one = IdentifierOf(identifier);
    if (std::find(change.entitled.begin(), change.entitled.end(), one) == change.entitled.end()) {
      change.entitled.push_back(one);
    }
  }
  return change;
}

std::string QuestionOf(const Asker& asker, const v1::SearchGroupsRequest& request) {
  return "groups\n" + asker.user.ToString() + "\n" + request.q();
}

}  // namespace groups_rpc

void GroupsRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Groups.GetGroup", &GroupsRpc::GetGroup);
  server.Add(*this, "aplus.auth.v1.Groups.SearchGroups", &GroupsRpc::SearchGroups);
  server.Add(*this, "aplus.auth.v1.Groups.CreateGroup", &GroupsRpc::CreateGroup);
  server.Add(*this, "aplus.auth.v1.Groups.UpdateGroup", &GroupsRpc::UpdateGroup);
  server.Add(*this, "aplus.auth.v1.Groups.SaveOrganisation", &GroupsRpc::SaveOrganisation);
  server.Add(*this, "aplus.auth.v1.Groups.AddMember", &GroupsRpc::AddMember);
  server.Add(*this, "aplus.auth.v1.Groups.RemoveMember", &GroupsRpc::RemoveMember);
  server.Add(*this, "aplus.auth.v1.Groups.ListDepartures", &GroupsRpc::ListDepartures);
  server.Add(*this, "aplus.auth.v1.Groups.RestoreMember", &GroupsRpc::RestoreMember);
  server.Add(*this, "aplus.auth.v1.Groups.SetRoles", &GroupsRpc::SetRoles);
}

Asker GroupsRpc::For(const Call& call) const { return AskerOf(call, office_.clock.Now()); }

Task<Result<v1::GetGroupResponse>> GroupsRpc::GetGroup(Call& call, const v1::GetGroupRequest& request) {
  const Asker asker = For(call);
  const auto id = IdOf<GroupId>(request.group_id());
  const bool mine = call.principal().Find(id) != nullptr;
  CO_TRY(const auto row, co_await auth::GetGroup(office_, asker, id, mine));
  co_return groups_rpc::GroupOf(row);
}

Task<Result<v1::SearchGroupsResponse>> GroupsRpc::SearchGroups(Call& call,
                                                               const v1::SearchGroupsRequest& request) {
  const Asker asker = For(call);
  const std::string question = groups_rpc::QuestionOf(asker, request);
  NamePosition after;
  if (!request.page_token().empty()) {
    const auto position = NameAfter(page_tokens_, question, request.page_token());
    if (!position) co_return Fail(BadPageToken());
    after = *position;
  }
  const int page = PageSize(request.page_size());
  CO_TRY(const auto rows,
         co_await auth::SearchGroups(office_, asker, request.q(), std::move(after), page + 1));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page));
  v1::SearchGroupsResponse response;
  for (std::size_t i = 0; i < shown; ++i) ToProto(rows[i], *response.add_groups());
  if (rows.size() > shown) {
    const GroupDetailsRow& last = rows[shown - 1];
    response.set_next_page_token(NameToken(page_tokens_, question, {last.sort_key, last.id.bytes}));
  }
  co_return response;
}

Task<Result<v1::GetGroupResponse>> GroupsRpc::CreateGroup(Call& call, const v1::CreateGroupRequest& request) {
  const Asker asker = For(call);
  const NewGroup group{.organisation_id = request.organisation_id(),
                       .name = request.name(),
                       .mailbox = request.mailbox(),
                       .notice = request.notice(),
                       .france_services_number = request.france_services_number(),
                       .areas = {request.area_ids().begin(), request.area_ids().end()}};
  CO_TRY(const auto row, co_await auth::CreateGroup(office_, asker, group));
  co_return groups_rpc::GroupOf(row);
}

Task<Result<v1::GetGroupResponse>> GroupsRpc::UpdateGroup(Call& call, const v1::UpdateGroupRequest& request) {
  const Asker asker = For(call);
  GroupChange change;
  if (request.has_name()) change.name = request.name();
  if (request.has_mailbox()) change.mailbox = request.mailbox();
  if (request.has_notice()) change.notice = request.notice();
  if (request.has_france_services_number()) change.france_services_number = request.france_services_number();
  change.areas = {request.area_ids().begin(), request.area_ids().end()};
  CO_TRY(const auto row,
         co_await auth::UpdateGroup(office_, asker, IdOf<GroupId>(request.group_id()), change));
  co_return groups_rpc::GroupOf(row);
}

Task<Result<v1::SaveOrganisationResponse>> GroupsRpc::SaveOrganisation(
    Call& call, const v1::SaveOrganisationRequest& request) {
  const Asker asker = For(call);
  const OrganisationChange change = groups_rpc::ChangeOf(request);
  CO_TRY([[maybe_unused]] const bool saved, co_await auth::SaveOrganisation(office_, asker, change));
  v1::SaveOrganisationResponse response;
  ToProto(OrganisationRow{change.id, change.short_name, change.full_name, change.side, change.themes,
                          change.notice, change.entitled},
          *response.mutable_organisation());
  co_return response;
}

Task<Result<v1::MemberResponse>> GroupsRpc::AddMember(Call& call, const v1::AddMemberRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const MemberNow now,
         co_await auth::AddMember(office_, asker, IdOf<GroupId>(request.group_id()), request.email()));
  co_return groups_rpc::MemberOf(now);
}

Task<Result<v1::RemoveMemberResponse>> GroupsRpc::RemoveMember(Call& call,
                                                               const v1::RemoveMemberRequest& request) {
  const Asker asker = For(call);
  CO_TRY_VOID(co_await auth::RemoveMember(office_, asker, IdOf<GroupId>(request.group_id()),
                                          IdOf<UserId>(request.user_id())));
  co_return v1::RemoveMemberResponse();
}

Task<Result<v1::ListDeparturesResponse>> GroupsRpc::ListDepartures(Call& call,
                                                                   const v1::ListDeparturesRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const auto rows, co_await auth::ListDepartures(office_, asker, IdOf<GroupId>(request.group_id())));
  v1::ListDeparturesResponse response;
  for (const DepartureRow& row : rows) {
    v1::ListDeparturesResponse::Departure& departure = *response.add_departures();
    departure.set_user_id(row.user.ToString());
    departure.set_first_name(row.first_name);
    departure.set_last_name(row.last_name);
    EachRole(static_cast<std::uint8_t>(row.roles), [&](v1::Role role) { departure.add_roles(role); });
    SetTime(row.at, *departure.mutable_at());
    departure.set_actor_user_id(row.actor.ToString());
  }
  co_return response;
}

Task<Result<v1::MemberResponse>> GroupsRpc::RestoreMember(Call& call,
                                                          const v1::RestoreMemberRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const MemberNow now, co_await auth::RestoreMember(office_, asker, IdOf<GroupId>(request.group_id()),
                                                           IdOf<UserId>(request.user_id())));
  co_return groups_rpc::MemberOf(now);
}

Task<Result<v1::MemberResponse>> GroupsRpc::SetRoles(Call& call, const v1::SetRolesRequest& request) {
  const Asker asker = For(call);
  const std::uint8_t roles = BitsOf<v1::Role>(request.roles());
  if (roles == 0) co_return Fail(Violation("roles", "required", "Un membre a au moins un rôle."));
  CO_TRY(const MemberNow now, co_await auth::SetRoles(office_, asker, IdOf<GroupId>(request.group_id()),
                                                      IdOf<UserId>(request.user_id()), roles));
  co_return groups_rpc::MemberOf(now);
}

}  // namespace aplus::auth
