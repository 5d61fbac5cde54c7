#include "services/auth/rpc/directory_rpc.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libs/base/text.h"
#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {
namespace directory_rpc {

constexpr int kDefaultPage = 25;

Error BadPageToken() {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations = {{"pageToken", "page_token", "Cette page n’existe pas : reprenez la liste au début."}};
  return error;
}

GroupFilter FilterOf(const v1::ListGroupsRequest& request) {
  GroupFilter filter{.area_id = request.area_id(),
                     .side = {},
                     .organisation_id = request.organisation_id(),
                     .theme_id = request.theme()};
  if (request.side() == v1::SIDE_HELPER) filter.side = Side::kHelper;
  if (request.side() == v1::SIDE_INSTRUCTOR) filter.side = Side::kInstructor;
  return filter;
}

// As in a paper directory: by last name, case and accents ignored.
void SortByName(std::vector<MemberRow>& members) {
  const auto key = [](const MemberRow& row) {
    return std::tuple(FoldForSearch(row.last_name), FoldForSearch(row.first_name), row.id);
  };
  std::sort(members.begin(), members.end(),
            [&](const MemberRow& a, const MemberRow& b) { return key(a) < key(b); });
}

}  // namespace directory_rpc

void DirectoryRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Directory.ListAreas", &DirectoryRpc::ListAreas);
  server.Add(*this, "aplus.auth.v1.Directory.ListOrganisations", &DirectoryRpc::ListOrganisations);
  server.Add(*this, "aplus.auth.v1.Directory.ListThemes", &DirectoryRpc::ListThemes);
  server.Add(*this, "aplus.auth.v1.Directory.ListGroups", &DirectoryRpc::ListGroups);
  server.Add(*this, "aplus.auth.v1.Directory.ListGroupMembers", &DirectoryRpc::ListGroupMembers);
}

Task<Result<v1::ListAreasResponse>> DirectoryRpc::ListAreas(Call& call, const v1::ListAreasRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kA17, {}, clock_.Now()));
  CO_TRY(const auto rows, co_await directory_.Areas(call.deadline));
  v1::ListAreasResponse response;
  for (const AreaRow& row : rows) ToProto(row, *response.add_areas());
  co_return response;
}

Task<Result<v1::ListOrganisationsResponse>> DirectoryRpc::ListOrganisations(
    Call& call, const v1::ListOrganisationsRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kA17, {}, clock_.Now()));
  CO_TRY(const auto rows, co_await directory_.Organisations(call.deadline));
  v1::ListOrganisationsResponse response;
  for (const OrganisationRow& row : rows) ToProto(row, *response.add_organisations());
  co_return response;
}

Task<Result<v1::ListThemesResponse>> DirectoryRpc::ListThemes(Call& call, const v1::ListThemesRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kA17, {}, clock_.Now()));
  CO_TRY(const auto rows, co_await directory_.Themes(call.deadline));
  v1::ListThemesResponse response;
  for (const ThemeRow& row : rows) ToProto(row, *response.add_themes());
  co_return response;
}

Task<Result<v1::ListGroupsResponse>> DirectoryRpc::ListGroups(Call& call,
                                                              const v1::ListGroupsRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kA17, {}, clock_.Now()));
  const GroupFilter filter = directory_rpc::FilterOf(request);
  GroupPosition after;
  if (!request.page_token().empty()) {
    auto position = page_tokens_.Read(request.page_token(), filter);
    if (!position) co_return Fail(directory_rpc::BadPageToken());
    after = *std::move(position);
  }
  const int page = request.page_size() > 0 ? request.page_size() : directory_rpc::kDefaultPage;
  // One more than asked for tells whether there is a next page.
  CO_TRY(const auto rows, co_await directory_.Groups(filter, std::move(after), page + 1, call.deadline));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page));
  v1::ListGroupsResponse response;
  for (std::size_t i = 0; i < shown; ++i) ToProto(rows[i], *response.add_groups());
  if (rows.size() > shown) {
    response.set_next_page_token(page_tokens_.Make({rows[shown - 1].sort_key, rows[shown - 1].id}, filter));
  }
  co_return response;
}

Task<Result<v1::ListGroupMembersResponse>> DirectoryRpc::ListGroupMembers(
    Call& call, const v1::ListGroupMembersRequest& request) {
  const auto group = GroupId::Parse(request.group_id());
  if (!group) co_return Fail(Reason::kNotFound);
  AuditEntry line = LineFor(call);
  line.object_kind = "group";
  line.object = group->bytes;
  const Principal& principal = call.principal();
  const Time now = clock_.Now();
  const bool mine = principal.Find(*group) != nullptr;
  // Whether the group exists is not looked up for who may not know: same work, same answer.
  if (auto allowed = Authorise(call, Operation::kA18, {.in_scope = mine}, now); !allowed) {
    CO_TRY_VOID(co_await directory_.Trace(Refused(std::move(line), allowed.error().reason), call.deadline));
    co_return Fail(std::move(allowed).error());
  }
  const UserId user = principal.user;
  Result<std::optional<std::vector<MemberRow>>> members;
  if (seen_members_.IsWritten(user, *group, now)) {
    members = co_await directory_.Members(*group, call.deadline);
  } else {
    members = co_await directory_.MembersAudited(*group, std::move(line), call.deadline);
    if (members && *members) seen_members_.Note(user, *group, now);
  }
  if (!members) co_return Fail(std::move(members).error());
  if (!*members) co_return Fail(Reason::kNotFound);
  directory_rpc::SortByName(**members);
  v1::ListGroupMembersResponse response;
  for (const MemberRow& row : **members) {
    v1::ListGroupMembersResponse::Member& member = *response.add_members();
    member.set_user_id(row.id.ToString());
    member.set_first_name(row.first_name);
    member.set_last_name(row.last_name);
    member.set_function(row.function);
    EachRole(static_cast<std::uint8_t>(row.roles), [&](v1::Role role) { member.add_roles(role); });
  }
  co_return response;
}

}  // namespace aplus::auth
