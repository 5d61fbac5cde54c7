#include "services/requests/rpc/live_hub.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aplus/events/v1/requests.pb.h"
#include "libs/telemetry/log.h"
#include "services/requests/store/job_rows.h"

namespace aplus::requests {
namespace live_hub {

constexpr int kBatch = 500;
constexpr Duration kWait = std::chrono::seconds(1);

struct KindRow {
  std::string_view event;
  std::string_view kind;
};
constexpr std::array<KindRow, 17> kKinds{{
    {"aplus.events.v1.RequestCreated", "state"},
    {"aplus.events.v1.MessagePosted", "message"},
    {"aplus.events.v1.RequestTakenInCharge", "message"},
    {"aplus.events.v1.RequestDeclined", "message"},
    {"aplus.events.v1.RequestProcessed", "state"},
    {"aplus.events.v1.RequestClosed", "state"},
    {"aplus.events.v1.RequestReopened", "state"},
    {"aplus.events.v1.GroupsInvited", "invitation"},
    {"aplus.events.v1.HelpersInvited", "invitation"},
    {"aplus.events.v1.ExpertsInvited", "invitation"},
    {"aplus.events.v1.RequestLate", "state"},
    {"aplus.events.v1.OwnerLeft", "message"},
    {"aplus.events.v1.RequestEndAnnounced", "state"},
    {"aplus.events.v1.RequestRaised", "state"},
    {"aplus.events.v1.RequestTouched", "mark"},
    {"aplus.events.v1.RequestErased", "state"},
    {"aplus.events.v1.RequestLateSoon", ""},
}};

std::string_view KindOf(std::string_view event) {
  const auto row = std::ranges::find(kKinds, event, &KindRow::event);
  return row == kKinds.end() ? std::string_view() : row->kind;
}

}  // namespace live_hub

std::optional<LiveRecord> LiveRecordOf(const EventRecord& record) {
  LiveRecord live;
  live.position = record.position();
  live.kind = live_hub::KindOf(record.kind());
  live.audience = record.audience();
  if (live.kind.empty()) return std::nullopt;
  if (Carries<events::v1::RequestErased>(record)) {
    const auto erased = PayloadOf<events::v1::RequestErased>(record);
    if (!erased) return std::nullopt;
    live.request_id = erased->request_id();
    return live;
  }
  // Every other event begins with where the request stands; what follows is of no interest here.
  events::v1::RequestTouched any;
  if (!any.ParseFromString(record.payload())) return std::nullopt;
  if (Carries<events::v1::RequestTouched>(record) && any.what() == events::v1::RequestTouched::WHAT_FILE) {
    live.kind = "file";
  }
  live.request_id = any.request().request_id();
  live.helper_side.assign(any.request().helper_user_ids().begin(), any.request().helper_user_ids().end());
  return live;
}

bool Hears(const LiveRecord& record, const UserId& user, const std::vector<GroupId>& instructor_groups) {
  const bool helper_side = std::ranges::find(record.helper_side, user.ToString()) != record.helper_side.end();
  return Reaches(record.audience, user, instructor_groups, !helper_side && !instructor_groups.empty());
}

LiveHub::LiveHub(EventLog& log, Database& database, Executor executor)
    : log_(log), database_(database), scope_(executor), advanced_(executor) {}

void LiveHub::Start() { scope_.Spawn("live events", Follow()); }

Task<> LiveHub::Stop() {
  stopped_ = true;
  advanced_.Set();
  co_await scope_.Stop();
}

Task<> LiveHub::Follow() {
  while (!stopped_) {
    const Result<void> done = co_await Round();
    if (!done) {
      log::Warn("following the event log failed", {{log::kReason, Describe(done.error().reason).code}});
      co_await Sleep(live_hub::kWait);
    }
  }
}

Task<Result<void>> LiveHub::Round() {
  const Deadline deadline = SteadyClock::now() + std::chrono::seconds(10);
  if (!at_head_) {
    CO_TRY(const auto position, co_await database_.QueryOne({.deadline = deadline}, kLogPosition));
    head_ = floor_ = position.value_or(0);
    at_head_ = true;
  }
  co_await log_.WaitBeyond(head_, live_hub::kWait);
  CO_TRY(const auto records, co_await log_.Pull(head_, live_hub::kBatch, deadline));
  if (records.empty()) co_return Result<void>();
  for (const EventRecord& record : records) {
    head_ = record.position();
    if (auto live = LiveRecordOf(record))
      kept_.push_back(std::make_shared<const LiveRecord>(*std::move(live)));
  }
  while (kept_.size() > kKept) {
    floor_ = kept_.front()->position;
    kept_.pop_front();
  }
  advanced_.Set();
  advanced_.Reset();
  co_return Result<void>();
}

std::vector<std::shared_ptr<const LiveRecord>> LiveHub::After(std::int64_t position) const {
  const auto first =
      std::ranges::upper_bound(kept_, position, {}, [](const auto& one) { return one->position; });
  return {first, kept_.end()};
}

Task<> LiveHub::WaitBeyond(std::int64_t position, Duration wait) {
  if (head_ > position || stopped_) co_return;
  co_await advanced_.WaitFor(wait);
}

}  // namespace aplus::requests
