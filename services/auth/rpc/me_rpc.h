// aplus.auth.v1.Me: the logged-in person.
#pragma once

#include "aplus/auth/v1/me.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/second_factor_store.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

class MeRpc {
 public:
  MeRpc(AccountStore& accounts, SecondFactorStore& factors, SessionStore& sessions, const Clock& clock)
      : accounts_(accounts), factors_(factors), sessions_(sessions), clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::GetMeResponse>> GetMe(Call& call, const v1::GetMeRequest& request);
  Task<Result<v1::UpdateMeResponse>> UpdateMe(Call& call, const v1::UpdateMeRequest& request);
  Task<Result<v1::AcceptTermsResponse>> AcceptTerms(Call& call, const v1::AcceptTermsRequest& request);
  Task<Result<v1::ListSessionsResponse>> ListSessions(Call& call, const v1::ListSessionsRequest& request);
  Task<Result<v1::EndSessionResponse>> EndSession(Call& call, const v1::EndSessionRequest& request);

 private:
  AccountStore& accounts_;
  SecondFactorStore& factors_;
  SessionStore& sessions_;
  const Clock& clock_;
};

}  // namespace aplus::auth
