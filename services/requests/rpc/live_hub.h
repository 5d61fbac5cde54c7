// The newest events of this service, kept in memory for open pages: one look at the log for all of them
// instead of one each. What is older is read from the log; what is much older is a reset.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aplus/api/v1/transfer.pb.h"
#include "libs/events/event_log.h"
#include "libs/identity/principal.h"
#include "libs/runtime/task_scope.h"

namespace aplus::requests {

// An event as pages need it, taken apart once.
struct LiveRecord {
  std::int64_t position = 0;
  std::string kind;  // of LiveEvent: message, state, invitation, mark, file
  std::string request_id;
  events::v1::Audience audience;
  std::vector<std::string> helper_side;  // user ids: they never get the instructors' lane (P28)
};

// nullopt: nothing that a page shows.
std::optional<LiveRecord> LiveRecordOf(const EventRecord& record);

// Whether the person hears of it: named, or instructor of a named group; a private event only as one.
bool Hears(const LiveRecord& record, const UserId& user, const std::vector<GroupId>& instructor_groups);

// Io thread.
class LiveHub {
 public:
  LiveHub(EventLog& log, Database& database, Executor executor);

  void Start();
  Task<> Stop();
  bool stopped() const { return stopped_; }

  // The last position known.
  std::int64_t head() const { return head_; }
  // Whether everything after `position` is still at hand.
  bool Holds(std::int64_t position) const { return position >= floor_ && position <= head_; }
  // What is at hand after a position, in order.
  std::vector<std::shared_ptr<const LiveRecord>> After(std::int64_t position) const;
  // Until there is something after `position`, at most `wait`.
  Task<> WaitBeyond(std::int64_t position, Duration wait);

 private:
  static constexpr std::size_t kKept = 5000;
  Task<> Follow();
  Task<Result<void>> Round();

  EventLog& log_;
  Database& database_;
  TaskScope scope_;
  Event advanced_;
  std::deque<std::shared_ptr<const LiveRecord>> kept_;
  // Everything after floor_ up to head_ that pages show is in kept_.
  std::int64_t floor_ = 0;
  std::int64_t head_ = 0;
  bool at_head_ = false;
  bool stopped_ = false;
};

}  // namespace aplus::requests
