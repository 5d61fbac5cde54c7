// aplus.auth.v1.Sessions and .People: what the other services ask. Never reachable over HTTP.
#pragma once

#include "aplus/auth/v1/internal.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/jobs/seen_sessions.h"
#include "services/auth/rpc/identity_tokens.h"
#include "services/auth/rpc/login_figures.h"
#include "services/auth/store/login_mail_store.h"
#include "services/auth/store/people_store.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

class SessionsRpc {
 public:
  SessionsRpc(SessionStore& sessions, LoginMailStore& mails, IdentityTokens& identities, SeenSessions& seen,
              LoginFigures& figures, const Clock& clock)
      : sessions_(sessions),
        mails_(mails),
        identities_(identities),
        seen_(seen),
        figures_(figures),
        clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::AuthenticateResponse>> Authenticate(Call& call, const v1::AuthenticateRequest& request);
  Task<Result<v1::MintLoginTokenResponse>> MintLoginToken(Call& call,
                                                          const v1::MintLoginTokenRequest& request);

 private:
  SessionStore& sessions_;
  LoginMailStore& mails_;
  IdentityTokens& identities_;
  SeenSessions& seen_;
  LoginFigures& figures_;
  const Clock& clock_;
};

class PeopleRpc {
 public:
  PeopleRpc(PeopleStore& people, const Clock& clock) : people_(people), clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::ResolveRecipientsResponse>> ResolveRecipients(Call& call,
                                                                const v1::ResolveRecipientsRequest& request);
  Task<Result<v1::LookUpResponse>> LookUp(Call& call, const v1::LookUpRequest& request);

 private:
  PeopleStore& people_;
  const Clock& clock_;
};

}  // namespace aplus::auth
