#include "services/requests/acts/marking.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/telling.h"
#include "services/requests/store/entry_rows.h"

namespace aplus::requests {
namespace marking {

// « Tout marquer vu » takes so many at once: each is a transaction.
constexpr std::int32_t kMostSeen = 200;

// Erased, or no longer the asker's, since it was found.
bool IsGone(Reason reason) {
  return reason == Reason::kNotFound || reason == Reason::kErased || reason == Reason::kForbidden;
}

// In whose name somebody looks: his first addressed group, or the helper side's.
std::optional<GroupId> GroupOf(const Case& on) {
  if (on.relation.HelperSide()) return on.row.creator_group;
  if (!on.facts.instructor_groups.empty()) return on.facts.instructor_groups.front();
  return std::nullopt;
}

// The first time that this person opens the request. What everybody may know: a line of the lane of all.
void Open(Transaction& tx, const Workshop& shop, Case& on, const Asker& asker, std::optional<GroupId> group) {
  if (AuthorOf(on.relation) == Author::kInstructorSide && !on.row.opened_at) on.row.opened_at = on.now;
  // Its creator has opened it by writing it.
  if (on.relation.creator) return;
  AddEntry(tx, shop, on,
           {.kind = EntryKind::kOpened, .actor = asker.user, .actor_group = group, .in_thread = false});
}

void Save(Transaction& tx, const Case& on, const MarkRow& mark) {
  tx.Send(kSaveMark, mark.user, on.row.id, mark.group, mark.opened_at, mark.number_all, mark.all_at,
          mark.number_instructors, mark.instructors_at);
}

MarkRow Fresh(const Case& on, const Asker& asker, std::optional<GroupId> group) {
  return {.user = asker.user,
          .group = group,
          .opened_at = on.now,
          .number_all = 0,
          .all_at = on.now,
          .number_instructors = 0,
          .instructors_at = on.now};
}

// How far a line reaches in each lane; a reader of the lane of all reaches no further in the other.
struct Reach {
  std::int32_t all = 0;
  std::int32_t instructors = 0;
};

Task<Result<Reach>> ReachOf(Transaction& tx, const Case& on, const std::optional<MessageId>& message) {
  if (!message) co_return Reach{};
  CO_TRY(std::optional<EntryNumbers> entry, co_await tx.RunOne(kFindEntry, on.row.id, *message));
  const bool readable = entry && (entry->lane == Lane::kAll || on.lane == Lane::kInstructors);
  if (!readable) co_return Fail(Reason::kNotFound);
  co_return Reach{.all = entry->reached_all, .instructors = entry->number_instructors};
}

Task<Result<Acted>> MarkIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId request,
                           std::optional<MessageId> message) {
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, request, asker));
  if (!found) co_return Fail(Reason::kNotFound);
  Case& on = *found;
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kR19, on.relation)))
    co_return Fail(*refused);
  const Acted answer = AnswerOf(on);
  // A partner is no reader: its agents mark nothing.
  if (asker.user.IsNil()) co_return answer;
  CO_TRY(const Reach reach, co_await ReachOf(tx, on, message));
  CO_TRY(std::optional<MarkRow> before, co_await tx.RunOne(kMyMark, asker.user, request));

  const std::optional<GroupId> group = GroupOf(on);
  MarkRow mark = before.value_or(Fresh(on, asker, group));
  const bool moved_all = reach.all > mark.number_all;
  const bool moved = reach.instructors > mark.number_instructors;
  if (before && !moved && !moved_all) co_return answer;
  if (moved_all) {
    mark.number_all = reach.all;
    mark.all_at = on.now;
  }
  if (moved) {
    mark.number_instructors = reach.instructors;
    mark.instructors_at = on.now;
  }
  if (!before) Open(tx, shop, on, asker, group);
  Save(tx, on, mark);
  if (!before) CO_TRY_VOID(SaveCase(tx, shop, on));

  events::v1::RequestTouched told;
  told.set_what(before ? events::v1::RequestTouched::WHAT_MARK : events::v1::RequestTouched::WHAT_OPENED);
  // Reading a private line moves nothing that the helper side sees (P28).
  const Lane lane = !before || moved_all ? Lane::kAll : Lane::kInstructors;
  Tell(tx, shop, on, {.user = asker.user, .group = group}, std::move(told), lane);
  co_return answer;
}

}  // namespace marking

Task<Result<void>> NoteOpened(Transaction& tx, const Workshop& shop, Case& on, const Asker& asker,
                              std::optional<GroupId> group) {
  if (asker.user.IsNil()) {
    if (!on.row.opened_at) on.row.opened_at = on.now;
    co_return Result<void>();
  }
  CO_TRY(std::optional<MarkRow> before, co_await tx.RunOne(kMyMark, asker.user, on.row.id));
  if (before) co_return Result<void>();
  marking::Open(tx, shop, on, asker, group);
  marking::Save(tx, on, marking::Fresh(on, asker, group));
  co_return Result<void>();
}

Task<Result<Acted>> MarkRead(const Workshop& shop, const Asker& asker, RequestId request,
                             std::optional<MessageId> message) {
  const Subject subject{.operation = Operation::kR19, .kind = "request", .id = request.bytes};
  auto mark = [&](Transaction& tx) { return marking::MarkIn(tx, shop, asker, request, message); };
  co_return co_await RunAct(shop, asker, subject, mark);
}

Task<Result<AllSeen>> MarkAllSeen(const Workshop& shop, const Asker& asker, std::optional<GroupId> group) {
  std::vector<GroupId> groups = asker.db.groups;
  if (group) std::erase_if(groups, [&](const GroupId& mine) { return mine != *group; });
  AllSeen done;
  if (groups.empty() || asker.user.IsNil()) co_return done;
  CO_TRY(
      const std::vector<RequestId> unseen,
      co_await shop.database.Query(asker.Reading(), kUnseenByMe, groups, asker.user, marking::kMostSeen + 1));
  // One by one, as if each had been opened: its participants learn it, its line is in the trail.
  Asker once = asker;
  once.repeat.reset();
  for (const RequestId& request : unseen) {
    if (done.seen == marking::kMostSeen) {
      done.more = true;
      break;
    }
    const Result<Acted> marked = co_await MarkRead(shop, once, request, std::nullopt);
    if (marked) {
      ++done.seen;
    } else if (!marking::IsGone(marked.error().reason)) {
      co_return Fail(marked.error());
    }
  }
  co_return done;
}

}  // namespace aplus::requests
