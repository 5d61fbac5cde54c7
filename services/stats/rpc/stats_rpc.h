// aplus.stats.v1.Stats.
#pragma once

#include "aplus/stats/v1/stats.pb.h"
#include "libs/rpc/call.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "services/stats/rpc/event_feed.h"
#include "services/stats/store/summary_store.h"

namespace aplus::stats {

// Io thread only; references must outlive it.
class StatsRpc {
 public:
  StatsRpc(SummaryStore& summaries, Channel& auth, const EventFeed& auth_feed, const EventFeed& requests_feed,
           const Clock& clock)
      : summaries_(summaries),
        auth_(auth),
        auth_feed_(auth_feed),
        requests_feed_(requests_feed),
        clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::GetSummaryResponse>> GetSummary(Call& call, const v1::GetSummaryRequest& request);

 private:
  Task<Result<Selection>> Choose(const Call& call, Filter filter);
  Task<Result<Observed>> ObservedBy(const Call& call);

  SummaryStore& summaries_;
  Channel& auth_;
  const EventFeed& auth_feed_;
  const EventFeed& requests_feed_;
  const Clock& clock_;
};

}  // namespace aplus::stats
