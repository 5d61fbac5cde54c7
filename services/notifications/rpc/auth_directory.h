// The Directory over gRPC.
#pragma once

#include "aplus/auth/v1/internal.pb.h"
#include "libs/rpc/client.h"
#include "services/notifications/jobs/directory.h"

namespace aplus::notifications {

class AuthDirectory final : public Directory {
 public:
  // The channel must outlive it.
  explicit AuthDirectory(Channel& auth) : auth_(auth) {}

  Task<Result<std::vector<Reached>>> Resolve(std::vector<UserId> users, std::vector<GroupId> groups) override;
  Task<Result<std::vector<Reached>>> Managers(std::vector<GroupId> groups) override;
  Task<Result<std::vector<Reached>>> Administrators() override;
  Task<Result<std::vector<Reached>>> Addresses(std::vector<UserId> users, std::vector<GroupId> mailboxes,
                                               bool closed_too) override;
  Task<Result<std::vector<UserId>>> ActivePeople(UserId after) override;
  Task<Result<std::string>> OrganisationOf(GroupId group) override;
  Task<Result<std::string>> ZoneOf(UserId user) override;
  Task<Result<LoginMail>> MintLogin(LoginRequestId request) override;

 private:
  Task<Result<std::vector<Reached>>> Ask(auth::v1::ResolveRecipientsRequest request);

  Channel& auth_;
};

}  // namespace aplus::notifications
