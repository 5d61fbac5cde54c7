#include "services/auth/jobs/purge.h"

#include "libs/telemetry/log.h"

namespace aplus::auth {
namespace purge {

constexpr Duration kLimit = std::chrono::seconds(3);

Deadline Soon() { return SteadyClock::now() + kLimit; }

}  // namespace purge

void Purge::Start() { scope_.Spawn("purge logins and sessions", Loop()); }

Task<> Purge::Stop() { return scope_.Stop(); }

Task<Result<void>> Purge::Run() {
  for (bool more = true; more;) {
    CO_TRY(const std::int64_t links, co_await links_.DeleteOld(purge::Soon()));
    CO_TRY(const std::int64_t sessions, co_await sessions_.DeleteExpired(purge::Soon()));
    CO_TRY(const std::int64_t factors, co_await factors_.DeleteOld(purge::Soon()));
    CO_TRY(const std::int64_t logins, co_await providers_.DeleteOld(purge::Soon()));
    more = links + sessions + factors + logins > 0;
  }
  co_return Result<void>{};
}

Task<> Purge::Loop() {
  for (;;) {
    const auto purged = co_await guard_.WhileSane([this] { return Run(); });
    if (!purged) {
      log::Warn("purge failed, next one later", {{log::kReason, Describe(purged.error().reason).code}});
    }
    co_await Sleep(every_);
  }
}

}  // namespace aplus::auth
