// aplus.auth.v1.ProConnect: the second entrance (P12).
#pragma once

#include "aplus/auth/v1/proconnect.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/oidc/provider.h"
#include "services/auth/rpc/login_figures.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/provider_store.h"

namespace aplus::auth {

class ProConnectRpc {
 public:
  // `provider`: nullptr while the entrance is closed.
  ProConnectRpc(Provider* provider, ProviderStore& logins, LinkStore& links, CodeBook& codes,
                LoginFigures& figures, const Clock& clock, Random& random)
      : provider_(provider),
        logins_(logins),
        links_(links),
        codes_(codes),
        figures_(figures),
        clock_(clock),
        random_(random) {}
  void Register(Server& server);

  Task<Result<v1::ListLoginMethodsResponse>> ListLoginMethods(Call& call,
                                                              const v1::ListLoginMethodsRequest& request);
  Task<Result<v1::BeginProConnectResponse>> BeginProConnect(Call& call,
                                                            const v1::BeginProConnectRequest& request);
  Task<Result<v1::FinishProConnectResponse>> FinishProConnect(Call& call,
                                                              const v1::FinishProConnectRequest& request);

 private:
  // What the state stands for: nonce and verifier follow from it under a key of ours, so that neither is
  // kept.
  ProviderLogin LoginOf(SecretString state);
  Task<Result<ProviderIdentity>> Redeem(Call& call, const v1::FinishProConnectRequest& request, Time now);
  Task<Result<v1::FinishProConnectResponse>> SendLink(Call& call, const v1::FinishProConnectRequest& request,
                                                      ProviderIdentity identity, std::string return_to);

  Provider* provider_;
  ProviderStore& logins_;
  LinkStore& links_;
  CodeBook& codes_;
  LoginFigures& figures_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
