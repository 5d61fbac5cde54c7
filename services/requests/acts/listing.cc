#include "services/requests/acts/listing.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/checks.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/count_rows.h"
#include "services/requests/store/search_rows.h"

namespace aplus::requests {
namespace listing {

// Before everything in descending order, after nothing in ascending order.
ListPoint Start(ListOrder order) {
  ListPoint start;
  if (order == ListOrder::kDeadline) {
    start.key = Time{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
  } else {
    start.key = Time{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};
    start.id.bytes.fill(0xff);
  }
  return start;
}

TabMode ModeOf(const InstructorTab& tab) {
  if (tab.unopened) return TabMode::kUnopened;
  if (tab.opened_or_late) return TabMode::kOpenedOrLate;
  if (tab.late) return TabMode::kLate;
  return tab.member_at_closing ? TabMode::kMemberAtClosing : TabMode::kAny;
}

const InstructorList& StatementFor(ListOrder order, const InstructorList*) {
  switch (order) {
    case ListOrder::kCreated:
      return kGroupsByCreation;
    case ListOrder::kDeadline:
      return kGroupsByDeadline;
    default:
      return kGroupsByMessage;
  }
}

const HelperList& StatementFor(ListOrder order, const HelperList*) {
  switch (order) {
    case ListOrder::kCreated:
      return kPersonByCreation;
    case ListOrder::kDeadline:
      return kPersonByDeadline;
    default:
      return kPersonByMessage;
  }
}

using Keys = std::vector<ListKey>;

Task<Result<Keys>> TabForGroups(const Workshop& shop, const Asker& asker, const ListQuery& query,
                                const InstructorTab& tab) {
  const ListPoint after = query.after.value_or(Start(query.order));
  co_return co_await shop.database.Query(
      asker.Reading(), StatementFor(query.order, static_cast<const InstructorList*>(nullptr)),
      asker.db.groups, tab.phase, asker.user, ModeOf(tab), after.key, after.id, query.limit + 1, query.group,
      query.area, query.organisation, query.state, query.late);
}

Task<Result<Keys>> TabForPerson(const Workshop& shop, const Asker& asker, const ListQuery& query,
                                const HelperTab& tab) {
  const ListPoint after = query.after.value_or(Start(query.order));
  co_return co_await shop.database.Query(
      asker.Reading(), StatementFor(query.order, static_cast<const HelperList*>(nullptr)), asker.user,
      tab.first == PersonPhase::kClosed, tab.first, tab.last, tab.created_by_me, after.key, after.id,
      query.limit + 1, query.group, query.area, query.organisation, query.state, query.late);
}

// Few enough to be brought in order here.
Keys InOrder(Keys found, const ListQuery& query) {
  std::ranges::sort(found, [&](const ListKey& a, const ListKey& b) {
    const bool before = std::tie(a.key, a.request) < std::tie(b.key, b.request);
    if (query.order == ListOrder::kDeadline) return before;
    return std::tie(b.key, b.request) < std::tie(a.key, a.request);
  });
  if (found.size() > static_cast<std::size_t>(query.limit) + 1) {
    found.resize(static_cast<std::size_t>(query.limit) + 1);
  }
  return found;
}

// Ids of requests that hold all the words somewhere that the asker reads.
Task<Result<std::vector<RequestId>>> Search(const Workshop& shop, const Asker& asker,
                                            const ListQuery& query) {
  CO_TRY(const SearchTokens words, shop.index.Query(query.words));
  if (words.empty()) co_return std::vector<RequestId>();
  SearchTokens readers;
  if (query.side == ListSide::kHelper) {
    readers.push_back(shop.index.Principal(asker.user));
  } else {
    for (const GroupId& group : asker.db.groups) readers.push_back(shop.index.Principal(group));
  }
  co_return co_await shop.database.Query(asker.Reading(), kSearch, words, readers, asker.user, kMostFound);
}

Task<Result<Keys>> SearchForGroups(const Workshop& shop, const Asker& asker, const ListQuery& query,
                                   const InstructorTab& tab) {
  CO_TRY(std::vector<RequestId> found, co_await Search(shop, asker, query));
  const std::optional<Time> key = query.after ? std::optional(query.after->key) : std::nullopt;
  const RequestId id = query.after.value_or(ListPoint{}).id;
  CO_TRY(Keys keys, co_await shop.database.Query(
                        asker.Reading(), kFoundForGroups, found, asker.db.groups, tab.phase, asker.user,
                        ModeOf(tab), static_cast<std::int16_t>(query.order), key, id, kMostFound, query.group,
                        query.area, query.organisation, query.state, query.late));
  co_return InOrder(std::move(keys), query);
}

Task<Result<Keys>> SearchForPerson(const Workshop& shop, const Asker& asker, const ListQuery& query,
                                   const HelperTab& tab) {
  CO_TRY(std::vector<RequestId> found, co_await Search(shop, asker, query));
  const std::optional<Time> key = query.after ? std::optional(query.after->key) : std::nullopt;
  const RequestId id = query.after.value_or(ListPoint{}).id;
  CO_TRY(Keys keys, co_await shop.database.Query(asker.Reading(), kFoundForPerson, found, asker.user,
                                                 tab.first == PersonPhase::kClosed, tab.first, tab.last,
                                                 tab.created_by_me, static_cast<std::int16_t>(query.order),
                                                 key, id, kMostFound, query.group, query.area,
                                                 query.organisation, query.state, query.late));
  co_return InOrder(std::move(keys), query);
}

Task<Result<Keys>> KeysOf(const Workshop& shop, const Asker& asker, const ListQuery& query) {
  const Error no_such_tab = Violation("tab", "unknown", "Cet onglet n’existe pas pour ce côté.");
  if (query.side == ListSide::kHelper) {
    const std::optional<HelperTab> tab = FindHelperTab(query.tab);
    if (!tab) co_return Fail(no_such_tab);
    if (query.words.empty()) co_return co_await TabForPerson(shop, asker, query, *tab);
    co_return co_await SearchForPerson(shop, asker, query, *tab);
  }
  const std::optional<InstructorTab> tab = FindInstructorTab(query.tab);
  if (!tab) co_return Fail(no_such_tab);
  if (query.words.empty()) co_return co_await TabForGroups(shop, asker, query, *tab);
  co_return co_await SearchForGroups(shop, asker, query, *tab);
}

Task<Result<Affected>> NoteIn(Transaction& tx, const Workshop& shop, const Asker& asker, Operation operation,
                              const std::string& what, bool each_time) {
  if (!each_time) {
    CO_TRY(Affected first, co_await tx.Run(kNoteListShown, asker.user, what));
    if (first.rows == 0) co_return Affected{};
  }
  shop.trail.Record(tx, asker.Line(operation, what, {}));
  co_return Affected{1};
}

// "list:2:4": a side's tab.
std::string NameOf(const ListQuery& query) {
  return (query.words.empty() ? "list:" : "search:") + std::to_string(static_cast<int>(query.side)) + ":" +
         std::to_string(static_cast<int>(query.tab));
}

// What the lines show, in the order of the keys.
Task<Result<void>> Fill(const Workshop& shop, const Asker& asker, const std::vector<RequestId>& ids,
                        ListPage& page) {
  CO_TRY(auto rows, co_await shop.database.Query(asker.Reading(), kListedRows, ids, asker.user));
  CO_TRY(auto groups, co_await shop.database.Query(asker.Reading(), kListedGroups, ids));
  CO_TRY(auto contents, co_await shop.database.Query(asker.Reading(), kListContents, ids));
  CO_TRY(RequestKeys::Ciphers ciphers, co_await shop.keys.FindMany(ids, asker.deadline));
  for (const RequestId& id : ids) {
    const auto row = std::ranges::find(rows, id, &ListedRow::id);
    const auto content = std::ranges::find(contents, id, &ListedContents::request);
    const auto cipher = ciphers.find(id);
    // Erased since the page's keys were read.
    if (row == rows.end() || content == contents.end() || cipher == ciphers.end()) continue;
    ListLine& line = page.lines.emplace_back();
    line.row = *row;
    CO_TRY(line.subject, cipher->second.Open(SubjectPlace(id), content->subject));
    CO_TRY(const std::string sealed,
           cipher->second.Open(CitizenPlace(id, content->citizen_version), content->citizen));
    CO_TRY(const Citizen citizen, ParseCitizen(AsBytes(sealed)));
    line.citizen_name = DisplayName(citizen);
    for (const ListedGroup& group : groups) {
      if (group.request == id) line.groups.push_back(group);
    }
  }
  co_return Result<void>();
}

void NoteMine(const Asker& asker, ListPage& page) {
  for (ListLine& line : page.lines) {
    for (const ListedGroup& group : line.groups) {
      const bool mine = std::ranges::find(asker.db.groups, group.group) != asker.db.groups.end();
      line.processed_by_mine |= mine && group.state == GroupState::kProcessed;
    }
  }
}

Task<Result<Cards>> NamesOn(const Workshop& shop, const Asker& asker, const ListPage& page) {
  std::set<UserId> users;
  std::set<GroupId> groups;
  for (const ListLine& line : page.lines) {
    groups.insert(line.row.creator_group);
    if (line.row.in_charge_user) users.insert(*line.row.in_charge_user);
    if (line.row.in_charge_group) groups.insert(*line.row.in_charge_group);
    for (const ListedGroup& group : line.groups) groups.insert(group.group);
  }
  co_return co_await shop.directory.Names(std::move(users), std::move(groups), asker.deadline);
}

}  // namespace listing

Task<Result<void>> NoteShown(const Workshop& shop, const Asker& asker, Operation operation, std::string what,
                             bool each_time) {
  // A partner has no account to count hours for.
  if (asker.user.IsNil()) each_time = true;
  if (!each_time && shop.lists_shown.Contains(asker.user, what)) co_return Result<void>();
  auto note = [&](Transaction& tx) { return listing::NoteIn(tx, shop, asker, operation, what, each_time); };
  CO_TRY_VOID(co_await shop.database.Transact(asker.Writing(), note));
  if (!each_time) shop.lists_shown.Add(asker.user, what);
  co_return Result<void>();
}

Task<Result<ListPage>> ListRequests(const Workshop& shop, const Asker& asker, const ListQuery& query) {
  CO_TRY(std::vector<ListKey> keys, co_await listing::KeysOf(shop, asker, query));
  CO_TRY_VOID(co_await NoteShown(shop, asker, Operation::kR1, listing::NameOf(query), !query.words.empty()));
  ListPage page;
  page.lane = query.side == ListSide::kInstructor ? Lane::kInstructors : Lane::kAll;
  if (keys.size() > static_cast<std::size_t>(query.limit)) {
    keys.resize(static_cast<std::size_t>(query.limit));
    page.next = ListPoint{.key = keys.back().key, .id = keys.back().request};
  }
  if (keys.empty()) co_return page;
  std::vector<RequestId> ids;
  ids.reserve(keys.size());
  for (const ListKey& key : keys) ids.push_back(key.request);
  CO_TRY_VOID(co_await listing::Fill(shop, asker, ids, page));
  listing::NoteMine(asker, page);
  CO_TRY(page.cards, co_await listing::NamesOn(shop, asker, page));
  co_return page;
}

Task<Result<std::vector<TabCount>>> CountRequests(const Workshop& shop, const Asker& asker, ListSide side) {
  if (side == ListSide::kHelper) {
    CO_TRY(auto rows,
           co_await shop.database.Query(asker.Reading(), kCountForPerson, asker.user, kCountLimit));
    const HelperCounts& counts = rows.at(0);
    co_return std::vector<TabCount>{{Tab::kAll, counts.all},
                                    {Tab::kMine, counts.mine},
                                    {Tab::kNew, counts.fresh},
                                    {Tab::kInProgress, counts.in_progress},
                                    {Tab::kToArchive, counts.to_archive},
                                    {Tab::kArchived, counts.archived}};
  }
  CO_TRY(auto rows, co_await shop.database.Query(asker.Reading(), kCountForGroups, asker.db.groups,
                                                 asker.user, kCountLimit));
  const InstructorCounts& counts = rows.at(0);
  co_return std::vector<TabCount>{{Tab::kNew, counts.fresh},
                                  {Tab::kInProgress, counts.in_progress},
                                  {Tab::kLate, counts.late},
                                  {Tab::kProcessed, counts.processed},
                                  {Tab::kArchived, counts.archived}};
}

ListSide DefaultSide(const Principal& principal) {
  const bool only_instructor = principal.HasAnywhere(kRoleInstructor) && !principal.HasAnywhere(kRoleHelper);
  return only_instructor ? ListSide::kInstructor : ListSide::kHelper;
}

}  // namespace aplus::requests
