#include "services/auth/rpc/trail_rpc.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "libs/audit/audit_log_service.h"
#include "services/auth/acts/searching_trail.h"
#include "services/auth/rpc/counter.h"

namespace aplus::auth {
namespace trail_rpc {

constexpr std::string_view kOwn = "auth";
constexpr std::string_view kSearch = "aplus.audit.v1.AuditLog.Search";

std::string QuestionOf(const Asker& asker, const v1::SearchTrailRequest& request) {
  v1::SearchTrailRequest bare = request;
  bare.clear_page_token();
  bare.clear_page_size();
  return "audit\n" + asker.user.ToString() + "\n" + bare.SerializeAsString();
}

// A page goes on after a line: its time and id.
std::string PositionOf(const audit::v1::Entry& entry) {
  return FormatTime(Time{std::chrono::seconds(entry.at().seconds()) +
                         std::chrono::microseconds(entry.at().nanos() / 1000)}) +
         " " + entry.id();
}

bool GoOnAfter(const std::string& position, audit::v1::SearchRequest& query) {
  const std::size_t space = position.find(' ');
  if (space == std::string::npos) return false;
  const std::optional<Time> at = ParseTime(position.substr(0, space));
  if (!at) return false;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*at);
  query.mutable_before_at()->set_seconds(seconds.time_since_epoch().count());
  query.mutable_before_at()->set_nanos(
      static_cast<std::int32_t>(std::chrono::nanoseconds(*at - seconds).count()));
  query.set_before_id(position.substr(space + 1));
  return true;
}

audit::v1::SearchRequest QueryOf(const v1::SearchTrailRequest& request) {
  audit::v1::SearchRequest query;
  query.set_actor_id(request.actor_id());
  query.set_object_id(request.object_id());
  query.set_operation(request.operation());
  query.set_outcome(request.outcome());
  if (request.has_from()) *query.mutable_from() = request.from();
  if (request.has_until()) *query.mutable_until() = request.until();
  // One more than shown tells whether there is a next page.
  query.set_limit(PageSize(request.page_size()) + 1);
  return query;
}

// Newest first; ids of one instant in the database's order, which is that of their text.
bool IsBefore(const audit::v1::Entry& left, const audit::v1::Entry& right) {
  return std::forward_as_tuple(left.at().seconds(), left.at().nanos(), left.id()) >
         std::forward_as_tuple(right.at().seconds(), right.at().nanos(), right.id());
}

template <class Entries>
void Take(audit::v1::SearchResponse& from, Entries& into) {
  into.insert(into.end(), std::move_iterator(from.mutable_entries()->begin()),
              std::move_iterator(from.mutable_entries()->end()));
}

}  // namespace trail_rpc

void TrailRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Trail.SearchTrail", &TrailRpc::SearchTrail);
}

Task<Result<v1::SearchTrailResponse>> TrailRpc::SearchTrail(Call& call,
                                                            const v1::SearchTrailRequest& request) {
  const Asker asker = AskerOf(call, office_.clock.Now());
  audit::v1::SearchRequest query = trail_rpc::QueryOf(request);
  const std::string question = trail_rpc::QuestionOf(asker, request);
  if (!request.page_token().empty()) {
    const std::optional<std::string> position = page_tokens_.Read(question, request.page_token());
    if (!position || !trail_rpc::GoOnAfter(*position, query)) co_return Fail(BadPageToken());
  }
  const std::string& about = request.object_id().empty() ? request.actor_id() : request.object_id();
  const std::optional<UserId> object = OptionalId<UserId>(about);
  CO_TRY_VOID(co_await NoteTrailSearch(office_, asker, object ? std::optional(object->bytes) : std::nullopt));
  CO_TRY(Entries entries, co_await Gather(call, request.service(), query));
  v1::SearchTrailResponse response;
  if (entries.size() == static_cast<std::size_t>(query.limit())) {
    entries.pop_back();
    response.set_next_page_token(page_tokens_.Make(question, trail_rpc::PositionOf(entries.back())));
  }
  CO_TRY_VOID(co_await NameActors(entries, call.deadline));
  for (audit::v1::Entry& entry : entries) response.add_entries()->Swap(&entry);
  co_return response;
}

Task<Result<TrailRpc::Entries>> TrailRpc::Gather(const Call& call, const std::string& service,
                                                 const audit::v1::SearchRequest& query) {
  Entries entries;
  if (service.empty() || service == trail_rpc::kOwn) {
    CO_TRY(audit::v1::SearchResponse found,
           co_await SearchAuditLog(office_.database, std::string(trail_rpc::kOwn), query, call.deadline));
    trail_rpc::Take(found, entries);
  }
  for (const auto& [name, channel] : others_) {
    if (!service.empty() && service != name) continue;
    CO_TRY(audit::v1::SearchResponse found, co_await channel->Call<audit::v1::SearchResponse>(
                                                trail_rpc::kSearch, query, CallOptions::For(call)));
    trail_rpc::Take(found, entries);
  }
  std::sort(entries.begin(), entries.end(), trail_rpc::IsBefore);
  const auto limit = static_cast<std::size_t>(query.limit());
  if (entries.size() > limit) entries.erase(entries.begin() + query.limit(), entries.end());
  co_return entries;
}

Task<Result<void>> TrailRpc::NameActors(Entries& entries, Deadline deadline) {
  absl::flat_hash_set<UserId> ids;
  for (const audit::v1::Entry& entry : entries) {
    const auto id = UserId::Parse(entry.actor_id());
    if (id && entry.actor_kind() == audit::v1::ACTOR_KIND_PERSON) ids.insert(*id);
  }
  if (ids.empty()) co_return Result<void>{};
  CO_TRY(const std::vector<PersonRow> rows, co_await people_.People({ids.begin(), ids.end()}, deadline));
  absl::flat_hash_map<std::string, std::string> names;
  for (const PersonRow& row : rows) {
    names[row.id.ToString()] = row.first_name.empty() ? row.last_name : row.first_name + " " + row.last_name;
  }
  for (audit::v1::Entry& entry : entries) {
    if (const auto name = names.find(entry.actor_id()); name != names.end()) {
      entry.set_actor_name(name->second);
    }
  }
  co_return Result<void>{};
}

}  // namespace aplus::auth
