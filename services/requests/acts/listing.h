// Lists and counters (P32): a page of one tab, searched, filtered, in one of three orders.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/requests/acts/asker.h"
#include "services/requests/acts/directory.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/domain/work.h"
#include "services/requests/store/list_rows.h"

namespace aplus::requests {

enum class ListOrder : std::int16_t { kLastMessage = 0, kCreated = 1, kDeadline = 2 };

// Where a page goes on: after this key and id, in the list's order.
struct ListPoint {
  Time key{};
  RequestId id{};
};

struct ListQuery {
  ListSide side = ListSide::kHelper;
  Tab tab = Tab::kAll;
  ListOrder order = ListOrder::kLastMessage;
  std::optional<GroupId> group;
  std::optional<std::string> area, organisation;
  std::optional<State> state;
  std::optional<bool> late;
  std::string words;
  std::optional<ListPoint> after;
  std::int32_t limit = 25;
};

struct ListLine {
  ListedRow row;
  std::vector<ListedGroup> groups;
  std::string subject, citizen_name;
  bool processed_by_mine = false;
};

struct ListPage {
  Lane lane = Lane::kAll;  // whose versions, times and counts the lines show
  std::vector<ListLine> lines;
  std::optional<ListPoint> next;
  Cards cards;
};

// kInvalidArgument: the side has no such tab.
Task<Result<ListPage>> ListRequests(const Workshop& shop, const Asker& asker, const ListQuery& query);

// The audit line of a list page: one per user, `what` and hour, or one each time (P90). No line, no answer.
Task<Result<void>> NoteShown(const Workshop& shop, const Asker& asker, Operation operation, std::string what,
                             bool each_time);

// "999+" is shown beyond this.
inline constexpr std::int32_t kCountLimit = 1000;

struct TabCount {
  Tab tab;
  std::int64_t count;
};
Task<Result<std::vector<TabCount>>> CountRequests(const Workshop& shop, const Asker& asker, ListSide side);

// The side that a list shows when none is named: the instructors' for whom holds only that role.
ListSide DefaultSide(const Principal& principal);

}  // namespace aplus::requests
