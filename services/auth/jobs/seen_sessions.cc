#include "services/auth/jobs/seen_sessions.h"

#include <utility>
#include <vector>

#include "libs/telemetry/log.h"

namespace aplus::auth {
namespace seen_sessions {

constexpr Duration kLimit = std::chrono::seconds(3);

}  // namespace seen_sessions

void SeenSessions::Start() { scope_.Spawn("write down when sessions were used", Loop()); }

Task<> SeenSessions::Stop() {
  co_await scope_.Stop();
  co_await Flush();
}

void SeenSessions::Note(const SessionId& session) {
  pending_.insert(session);
  noted_.Set();
}

Task<> SeenSessions::Flush() {
  if (pending_.empty()) co_return;
  const std::vector<SessionId> sessions(pending_.begin(), pending_.end());
  pending_.clear();
  const auto written = co_await sessions_.MarkSeen(sessions, SteadyClock::now() + seen_sessions::kLimit);
  if (!written) {
    log::Warn("sessions not marked as seen",
              {{log::kCount, sessions.size()}, {log::kReason, Describe(written.error().reason).code}});
  }
}

Task<> SeenSessions::Loop() {
  for (;;) {
    co_await noted_.Wait();
    // Others join in meanwhile.
    co_await Sleep(every_);
    noted_.Reset();
    co_await Flush();
  }
}

}  // namespace aplus::auth
