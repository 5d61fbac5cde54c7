// aplus.auth.v1.Accounts and .TermsOfUse: accounts as their managers and administrators see them.
#pragma once

#include "aplus/auth/v1/accounts.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/acts/office.h"
#include "services/auth/rpc/page_token.h"

namespace aplus::auth {

class AccountsRpc {
 public:
  AccountsRpc(const Office& office, PageTokens& page_tokens) : office_(office), page_tokens_(page_tokens) {}
  void Register(Server& server);

  Task<Result<v1::CreateAccountResponse>> CreateAccount(Call& call, const v1::CreateAccountRequest& request);
  Task<Result<v1::GetAccountResponse>> GetAccount(Call& call, const v1::GetAccountRequest& request);
  Task<Result<v1::PreviewDeactivationResponse>> PreviewDeactivation(
      Call& call, const v1::PreviewDeactivationRequest& request);
  Task<Result<v1::AccountResponse>> Deactivate(Call& call, const v1::DeactivateRequest& request);
  Task<Result<v1::AccountResponse>> Reactivate(Call& call, const v1::ReactivateRequest& request);
  Task<Result<v1::AccountResponse>> Exclude(Call& call, const v1::ExcludeRequest& request);
  Task<Result<v1::AccountResponse>> ChangeEmail(Call& call, const v1::ChangeEmailRequest& request);
  Task<Result<v1::AccountResponse>> SetAccountRoles(Call& call, const v1::SetAccountRolesRequest& request);
  Task<Result<v1::EndSessionsResponse>> EndSessions(Call& call, const v1::EndSessionsRequest& request);
  Task<Result<v1::SearchPeopleResponse>> SearchPeople(Call& call, const v1::SearchPeopleRequest& request);
  Task<Result<v1::PublishTermsResponse>> PublishTerms(Call& call, const v1::PublishTermsRequest& request);

 private:
  Asker For(const Call& call) const;

  const Office& office_;
  PageTokens& page_tokens_;
};

}  // namespace aplus::auth
