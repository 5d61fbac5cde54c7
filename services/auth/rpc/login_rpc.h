// aplus.auth.v1.Login: asking for a link, consuming it, logging out.
#pragma once

#include "aplus/auth/v1/login.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/rpc/login_figures.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/login_store.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

class LoginRpc {
 public:
  LoginRpc(LinkStore& links, LoginStore& logins, SessionStore& sessions, CodeBook& codes,
           LoginFigures& figures, const Clock& clock, Random& random)
      : links_(links),
        logins_(logins),
        sessions_(sessions),
        codes_(codes),
        figures_(figures),
        clock_(clock),
        random_(random) {}
  void Register(Server& server);

  Task<Result<v1::RequestLinkResponse>> RequestLink(Call& call, const v1::RequestLinkRequest& request);
  Task<Result<v1::ConsumeLinkResponse>> ConsumeLink(Call& call, const v1::ConsumeLinkRequest& request);
  Task<Result<v1::LogoutResponse>> Logout(Call& call, const v1::LogoutRequest& request);

 private:
  LinkStore& links_;
  LoginStore& logins_;
  SessionStore& sessions_;
  CodeBook& codes_;
  LoginFigures& figures_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
