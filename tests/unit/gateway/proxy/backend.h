// The services behind the gateway in its tests: auth's sessions and the Things of proxytest.proto, each a
// real server with a certificate of its own.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "aplus/auth/v1/internal.pb.h"
#include "libs/identity/token.h"
#include "libs/rpc/server.h"
#include "proxytest.pb.h"

namespace aplus::gateway::test {

namespace pt = aplus::proxytest::v1;

class AuthBackend {
 public:
  AuthBackend(const IdentityTokenIssuer& issuer, const Clock& clock) : issuer_(issuer), clock_(clock) {}
  void Register(Server& server);

  Task<Result<auth::v1::AuthenticateResponse>> Authenticate(Call& call,
                                                            const auth::v1::AuthenticateRequest& request);
  Task<Result<auth::v1::MintLoginTokenResponse>> Mint(Call& call,
                                                      const auth::v1::MintLoginTokenRequest& request);

  std::atomic<int> asked{0};
  std::atomic<int> asked_passively{0};  // of these
  std::atomic<bool> broken{false};
  // Sessions that live: cookie to user. Changed by the test between calls.
  std::map<std::string, std::string> sessions;

 private:
  const IdentityTokenIssuer& issuer_;
  const Clock& clock_;
};

class ThingsBackend {
 public:
  explicit ThingsBackend(Executor executor) : gate(executor) {}
  void Register(Server& server);

  Task<Result<pt::Thing>> Get(Call& call, const pt::GetThingRequest& request);
  Task<Result<pt::Thing>> Create(Call& call, const pt::CreateThingRequest& request);
  Task<Result<pt::CloseThingResponse>> Close(Call& call, const pt::CloseThingRequest& request);
  Task<Result<pt::Thing>> Places(Call& call, const pt::ListPlacesRequest& request);
  Task<Result<pt::LogInResponse>> LogIn(Call& call, const pt::LogInRequest& request);
  Task<Result<pt::LogOutResponse>> LogOut(Call& call, const pt::LogOutRequest& request);
  Task<Result<pt::Thing>> Upload(Call& call, ClientStream<pt::UploadRequest>& in);
  Task<Result<void>> Download(Call& call, const pt::DownloadRequest& request,
                              ServerStream<api::v1::DownloadChunk>& out);
  Task<Result<void>> Watch(Call& call, const pt::WatchRequest& request,
                           ServerStream<api::v1::LiveEvent>& out);

  std::atomic<int> handled{0};
  std::atomic<int> running{0};
  std::atomic<int> chunks_written{0};
  std::atomic<int> largest_chunk{0};
  std::atomic<std::int64_t> last_if_match{-1};
  Event gate;
};

}  // namespace aplus::gateway::test
