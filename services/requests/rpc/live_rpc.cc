#include "services/requests/rpc/live_rpc.h"

#include <charconv>
#include <vector>

namespace aplus::requests {
namespace live_rpc {

// A wait's longest stretch: then the stream's end is looked at again.
constexpr Duration kStretch = std::chrono::seconds(5);

std::optional<std::int64_t> PositionOf(const std::string& cursor) {
  std::int64_t position = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, position);
  if (cursor.empty() || error != std::errc() || stop != end || position < 0) return std::nullopt;
  return position;
}

api::v1::LiveEvent Make(std::int64_t position, const char* event, const std::string& request_id = {},
                        const std::string& kind = {}) {
  api::v1::LiveEvent live;
  live.set_cursor(std::to_string(position));
  live.set_event(event);
  live.set_request_id(request_id);
  live.set_kind(kind);
  return live;
}

std::vector<GroupId> InstructorGroups(const Principal& principal) {
  std::vector<GroupId> groups;
  for (const Membership& membership : principal.memberships) {
    if (membership.Has(kRoleInstructor)) groups.push_back(membership.group);
  }
  return groups;
}

}  // namespace live_rpc

void LiveRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Live.WatchLive", &LiveRpc::WatchLive);
}

Task<Result<void>> LiveRpc::WatchLive(Call& call, const v1::WatchLiveRequest& request,
                                      ServerStream<api::v1::LiveEvent>& out) {
  const UserId user = call.principal().user;
  const std::vector<GroupId> groups = live_rpc::InstructorGroups(call.principal());
  const SteadyTime end = SteadyClock::now() + lifetime_;
  const std::optional<std::int64_t> asked = live_rpc::PositionOf(request.last_event_id());
  std::int64_t position = hub_.head();
  if (asked && hub_.Holds(*asked)) {
    position = *asked;
  } else {
    // The first time, or away for too long: what is on the page may be out of date.
    CO_TRY_VOID(co_await out.Write(live_rpc::Make(position, asked ? "reset" : "counters")));
  }
  while (!hub_.stopped() && SteadyClock::now() < end) {
    if (!hub_.Holds(position)) {
      position = hub_.head();
      CO_TRY_VOID(co_await out.Write(live_rpc::Make(position, "reset")));
    }
    // What arrives while we write is found in the next turn, without waiting.
    const std::int64_t seen = hub_.head();
    for (const auto& record : hub_.After(position)) {
      position = record->position;
      if (!Hears(*record, user, groups)) continue;
      CO_TRY_VOID(co_await out.Write(live_rpc::Make(position, "request", record->request_id, record->kind)));
      if (record->kind != "mark" && record->kind != "file") {
        CO_TRY_VOID(co_await out.Write(live_rpc::Make(position, "counters")));
      }
    }
    position = std::max(position, seen);
    co_await hub_.WaitBeyond(seen, live_rpc::kStretch);
  }
  co_return Result<void>();
}

}  // namespace aplus::requests
