// aplus.auth.v1.Directory: areas, organisations, themes, groups, members.
#pragma once

#include "aplus/auth/v1/directory.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/rpc/hourly_lines.h"
#include "services/auth/rpc/page_token.h"
#include "services/auth/store/directory_store.h"

namespace aplus::auth {

class DirectoryRpc {
 public:
  DirectoryRpc(DirectoryStore& directory, PageTokens& page_tokens, const Clock& clock)
      : directory_(directory), page_tokens_(page_tokens), clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::ListAreasResponse>> ListAreas(Call& call, const v1::ListAreasRequest& request);
  Task<Result<v1::ListOrganisationsResponse>> ListOrganisations(Call& call,
                                                                const v1::ListOrganisationsRequest& request);
  Task<Result<v1::ListThemesResponse>> ListThemes(Call& call, const v1::ListThemesRequest& request);
  Task<Result<v1::ListGroupsResponse>> ListGroups(Call& call, const v1::ListGroupsRequest& request);
  Task<Result<v1::ListGroupMembersResponse>> ListGroupMembers(Call& call,
                                                              const v1::ListGroupMembersRequest& request);

 private:
  DirectoryStore& directory_;
  PageTokens& page_tokens_;
  const Clock& clock_;
  HourlyLines seen_members_;
};

}  // namespace aplus::auth
