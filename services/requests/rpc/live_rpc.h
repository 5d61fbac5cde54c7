// aplus.requests.v1.Live: tells an open page that something changed, never what (P74); it fetches again.
#pragma once

#include "aplus/requests/v1/internal.pb.h"
#include "libs/base/random.h"
#include "libs/crypto/key.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/live_hub.h"

namespace aplus::requests {

class LiveRpc {
 public:
  // A stream ends after `lifetime`, so that what its reader may see is never older: he comes back with a
  // fresh token and goes on after the last event.
  LiveRpc(LiveHub& hub, Duration lifetime, const Key& cursor_key, Random& random)
      : hub_(hub), lifetime_(lifetime), cursor_key_(cursor_key), random_(random) {}
  void Register(Server& server);

  Task<Result<void>> WatchLive(Call& call, const v1::WatchLiveRequest& request,
                               ServerStream<api::v1::LiveEvent>& out);

 private:
  LiveHub& hub_;
  Duration lifetime_;
  const Key& cursor_key_;
  Random& random_;
};

}  // namespace aplus::requests
