#include "services/requests/rpc/live_rpc.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hkdf.h"

namespace aplus::requests {
namespace live_rpc {

// A wait's longest stretch: then the stream's end is looked at again.
constexpr Duration kStretch = std::chrono::seconds(5);

// An event's position counts everybody's events: in the open it would tell a helper that instructors wrote to
// each other (P28). Each cursor is sealed anew, so that two of them cannot be compared either.
class Cursors {
 public:
  // A key for each person: no key seals more than AES-GCM bears.
  Cursors(const Key& cursor_key, const UserId& user, Random& random)
      : key_(DeriveKey(cursor_key, user.bytes, AsBytes(std::string_view("live cursor")))), random_(random) {}

  std::string Make(std::int64_t position) const {
    std::array<std::uint8_t, sizeof position> bytes;
    std::memcpy(bytes.data(), &position, sizeof position);
    return ToBase64Url(SealWithKey(key_, random_, {}, bytes));
  }
  // nullopt: none of ours for this person.
  std::optional<std::int64_t> Read(std::string_view cursor) const {
    const std::optional<Bytes> sealed = FromBase64Url(cursor);
    if (!sealed) return std::nullopt;
    const std::optional<Bytes> bytes = OpenWithKey(key_, {}, *sealed);
    std::int64_t position = 0;
    if (!bytes || bytes->size() != sizeof position) return std::nullopt;
    std::memcpy(&position, bytes->data(), sizeof position);
    return position;
  }

 private:
  const Key key_;
  Random& random_;
};

api::v1::LiveEvent Make(std::string cursor, const char* event, const std::string& request_id = {},
                        const std::string& kind = {}) {
  api::v1::LiveEvent live;
  live.set_cursor(std::move(cursor));
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
  const live_rpc::Cursors cursors(cursor_key_, user, random_);
  const bool resumes = !request.last_event_id().empty();
  const std::optional<std::int64_t> asked = cursors.Read(request.last_event_id());
  std::int64_t position = hub_.head();
  if (asked && hub_.Holds(*asked)) {
    position = *asked;
    CO_TRY_VOID(co_await out.Write(live_rpc::Make(cursors.Make(position), "")));
  } else {
    // The first time, or away for too long: what is on the page may be out of date.
    CO_TRY_VOID(co_await out.Write(live_rpc::Make(cursors.Make(position), resumes ? "reset" : "counters")));
  }
  while (!hub_.stopped() && SteadyClock::now() < end) {
    if (!hub_.Holds(position)) {
      position = hub_.head();
      CO_TRY_VOID(co_await out.Write(live_rpc::Make(cursors.Make(position), "reset")));
    }
    // What arrives while we write is found in the next turn, without waiting.
    const std::int64_t seen = hub_.head();
    for (const auto& record : hub_.After(position)) {
      position = record->position;
      if (!Hears(*record, user, groups)) continue;
      CO_TRY_VOID(co_await out.Write(
          live_rpc::Make(cursors.Make(position), "request", record->request_id, record->kind)));
      if (record->kind != "mark" && record->kind != "file") {
        CO_TRY_VOID(co_await out.Write(live_rpc::Make(cursors.Make(position), "counters")));
      }
    }
    position = std::max(position, seen);
    co_await hub_.WaitBeyond(seen, live_rpc::kStretch);
  }
  co_return Result<void>();
}

}  // namespace aplus::requests
