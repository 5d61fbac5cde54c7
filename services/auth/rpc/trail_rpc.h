// aplus.auth.v1.Trail: one search over the trails of all services, for administrators.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aplus/auth/v1/trail.pb.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "services/auth/acts/office.h"
#include "services/auth/rpc/page_token.h"
#include "services/auth/store/people_store.h"

namespace aplus::auth {

class TrailRpc {
 public:
  // `others`: the services beside auth that keep a trail, by name. References outlive this.
  TrailRpc(const Office& office, PeopleStore& people, PageTokens& page_tokens,
           std::map<std::string, Channel*> others)
      : office_(office), people_(people), page_tokens_(page_tokens), others_(std::move(others)) {}
  void Register(Server& server);

  Task<Result<v1::SearchTrailResponse>> SearchTrail(Call& call, const v1::SearchTrailRequest& request);

 private:
  using Entries = std::vector<audit::v1::Entry>;

  // Of every trail that is asked for, in one order; at most as many as `query` allows.
  Task<Result<Entries>> Gather(const Call& call, const std::string& service,
                               const audit::v1::SearchRequest& query);
  Task<Result<void>> NameActors(Entries& entries, Deadline deadline);

  const Office& office_;
  PeopleStore& people_;
  PageTokens& page_tokens_;
  std::map<std::string, Channel*> others_;
};

}  // namespace aplus::auth
