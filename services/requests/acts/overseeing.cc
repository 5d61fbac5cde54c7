#include "services/requests/acts/overseeing.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/looking.h"
#include "services/requests/acts/running.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace overseeing {

// The groups the question is about: those that the asker manages. An administrator's: none named means all.
Result<std::vector<GroupId>> ScopeOf(const Asker& asker, const OverseeQuery& query) {
  std::vector<GroupId> groups;
  if (query.group && asker.caller.administrator) {
    groups.push_back(*query.group);
  } else if (!asker.caller.administrator) {
    for (const Membership& membership : asker.principal->memberships) {
      const bool asked = !query.group || *query.group == membership.group;
      if (membership.Has(kRoleManager) && asked) groups.push_back(membership.group);
    }
  }
  Relation relation;
  relation.in_scope = !groups.empty();
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kM1, relation))) return Fail(*refused);
  return groups;
}

RequestId Newest() {
  RequestId id;
  id.bytes.fill(0xff);
  return id;
}

ListPoint BeforeAll() {
  return {.key = Time{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}}, .id = Newest()};
}

Result<std::optional<Duration>> WorkedUntilAnswer(const MetadataRow& row) {
  if (!row.first_answer_at) return std::nullopt;
  TRY(const WorkingCalendar calendar, CalendarOf(row.area));
  return calendar.WorkingTimeBetween(row.created_at, *row.first_answer_at);
}

Task<Result<void>> Fill(const Workshop& shop, const Asker& asker, const std::vector<RequestId>& ids,
                        OverseenPage& page) {
  CO_TRY(std::vector<MetadataRow> rows, co_await shop.database.Query(asker.Reading(), kMetadata, ids));
  CO_TRY(const auto groups, co_await shop.database.Query(asker.Reading(), kListedGroups, ids));
  std::set<GroupId> named;
  for (MetadataRow& row : rows) {
    Overseen& one = page.requests.emplace_back();
    CO_TRY(one.first_answer, WorkedUntilAnswer(row));
    named.insert(row.creator_group);
    for (const ListedGroup& group : groups) {
      if (group.request != row.id) continue;
      named.insert(group.group);
      one.groups.push_back(group);
    }
    one.row = std::move(row);
  }
  CO_TRY(page.cards, co_await shop.directory.Names({}, std::move(named), asker.deadline));
  co_return Result<void>();
}

}  // namespace overseeing

Task<Result<OverseenPage>> Oversee(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kR17, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups) {
    return look.Answer(look.At(rows, people, groups, late_groups));
  };
  auto read =
      shop.database.AuditedRead(asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id),
                                Bind(kAddressedGroups, id), Bind(kJoinedAfterClosing, asker.user, id));
  CO_TRY_VOID(co_await std::move(read));
  OverseenPage page;
  CO_TRY_VOID(co_await overseeing::Fill(shop, asker, {id}, page));
  if (page.requests.empty()) co_return Fail(Reason::kNotFound);
  co_return page;
}

Task<Result<OverseenPage>> OverseeGroups(const Workshop& shop, const Asker& asker,
                                         const OverseeQuery& query) {
  Result<std::vector<GroupId>> groups = overseeing::ScopeOf(asker, query);
  if (!groups) {
    const Subject subject{
        .operation = Operation::kM1, .kind = "group", .id = query.group.value_or(GroupId{}).bytes};
    co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(groups).error()));
  }
  CO_TRY_VOID(co_await NoteShown(shop, asker, Operation::kM1, "metadata", false));
  const RequestId before = query.before.value_or(overseeing::Newest());
  std::vector<RequestId> ids;
  if (groups->empty()) {
    CO_TRY(ids, co_await shop.database.Query(asker.Reading(), kMetadataOfAll, before, query.limit + 1,
                                             query.area, query.state, query.late));
  } else {
    CO_TRY(ids, co_await shop.database.Query(asker.Reading(), kMetadataOfGroups, *groups, before,
                                             query.limit + 1, query.area, query.state, query.late));
  }
  OverseenPage page;
  if (ids.size() > static_cast<std::size_t>(query.limit)) {
    ids.resize(static_cast<std::size_t>(query.limit));
    page.next = ids.back();
  }
  if (!ids.empty()) CO_TRY_VOID(co_await overseeing::Fill(shop, asker, ids, page));
  co_return page;
}

Task<Result<CommentPage>> ReadComments(const Workshop& shop, const Asker& asker,
                                       std::optional<ListPoint> after, std::int32_t limit) {
  // No scope: a manager's figures are his groups', the words are the platform's.
  if (const auto refused = ReasonOf(Decide(asker.caller, Operation::kM1, {}))) {
    Error refusal;
    refusal.reason = *refused;
    co_return Fail(
        co_await NoteRefusal(shop, asker, {.operation = Operation::kM1, .kind = "comments"}, refusal));
  }
  CO_TRY_VOID(co_await NoteShown(shop, asker, Operation::kM1, "comments", false));
  const ListPoint from = after.value_or(overseeing::BeforeAll());
  CommentPage page;
  CO_TRY(page.comments,
         co_await shop.database.Query(asker.Reading(), kComments, from.key, from.id, limit + 1));
  if (page.comments.size() > static_cast<std::size_t>(limit)) {
    page.comments.resize(static_cast<std::size_t>(limit));
    page.next = ListPoint{.key = page.comments.back().at, .id = page.comments.back().request};
  }
  co_return page;
}

}  // namespace aplus::requests
