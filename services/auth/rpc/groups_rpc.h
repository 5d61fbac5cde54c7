// aplus.auth.v1.Groups and .Imports: groups, who belongs to them, and many accounts at once.
#pragma once

#include "aplus/auth/v1/groups.pb.h"
#include "aplus/auth/v1/imports.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/acts/office.h"
#include "services/auth/rpc/page_token.h"

namespace aplus::auth {

class GroupsRpc {
 public:
  GroupsRpc(const Office& office, PageTokens& page_tokens) : office_(office), page_tokens_(page_tokens) {}
  void Register(Server& server);

  Task<Result<v1::GetGroupResponse>> GetGroup(Call& call, const v1::GetGroupRequest& request);
  Task<Result<v1::SearchGroupsResponse>> SearchGroups(Call& call, const v1::SearchGroupsRequest& request);
  Task<Result<v1::GetGroupResponse>> CreateGroup(Call& call, const v1::CreateGroupRequest& request);
  Task<Result<v1::GetGroupResponse>> UpdateGroup(Call& call, const v1::UpdateGroupRequest& request);
  Task<Result<v1::SaveOrganisationResponse>> SaveOrganisation(Call& call,
                                                              const v1::SaveOrganisationRequest& request);
  Task<Result<v1::MemberResponse>> AddMember(Call& call, const v1::AddMemberRequest& request);
  Task<Result<v1::RemoveMemberResponse>> RemoveMember(Call& call, const v1::RemoveMemberRequest& request);
  Task<Result<v1::ListDeparturesResponse>> ListDepartures(Call& call,
                                                          const v1::ListDeparturesRequest& request);
  Task<Result<v1::MemberResponse>> RestoreMember(Call& call, const v1::RestoreMemberRequest& request);
  Task<Result<v1::MemberResponse>> SetRoles(Call& call, const v1::SetRolesRequest& request);

 private:
  Asker For(const Call& call) const;

  const Office& office_;
  PageTokens& page_tokens_;
};

class ImportsRpc {
 public:
  ImportsRpc(const Office& office, PageTokens& page_tokens) : office_(office), page_tokens_(page_tokens) {}
  void Register(Server& server);

  Task<Result<v1::ImportResponse>> PreviewImport(Call& call, const v1::PreviewImportRequest& request);
  Task<Result<v1::ImportResponse>> GetImport(Call& call, const v1::GetImportRequest& request);
  Task<Result<v1::ListImportRowsResponse>> ListImportRows(Call& call,
                                                          const v1::ListImportRowsRequest& request);
  Task<Result<v1::ImportResponse>> ApplyImport(Call& call, const v1::ApplyImportRequest& request);
  Task<Result<v1::ImportResponse>> UndoImport(Call& call, const v1::UndoImportRequest& request);

 private:
  Asker For(const Call& call) const;

  const Office& office_;
  PageTokens& page_tokens_;
};

}  // namespace aplus::auth
