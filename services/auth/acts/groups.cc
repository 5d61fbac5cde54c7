#include "services/auth/acts/groups.h"

#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "libs/base/text.h"
#include "services/auth/acts/members.h"

namespace aplus::auth {
namespace groups {

std::string SortKey(const std::string& name) { return FoldForSearch(name).value_or(name); }

// What figures need of a group (stats), as it is now.
void TellGroup(Transaction& tx, const Office& office, const GroupDetailsRow& group) {
  events::v1::GroupChanged event;
  event.set_group_id(group.id.ToString());
  event.set_organisation_id(group.organisation_id);
  event.set_helper_side(group.side == Side::kHelper);
  for (const std::string& area : group.area_ids) event.add_area_ids(area);
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {group.id}, .users = {}}));
}

Task<Result<void>> CheckAreas(Transaction& tx, const std::vector<std::string>& areas) {
  CO_TRY(const auto unknown, co_await tx.RunOne(kUnknownAreas, areas));
  if (unknown.value_or(0) != 0) co_return Fail(Violation("areaIds", "unknown", "Territoire inconnu."));
  co_return Result<void>();
}

Task<Result<GroupDetailsRow>> Finish(Transaction& tx, const Office& office, const Asker& asker, GroupId id) {
  CO_TRY(auto row, co_await tx.RunOne(kGroupDetails, id));
  if (!row) co_return Fail(Reason::kNotFound);
  TellGroup(tx, office, *row);
  office.trail.Record(tx, asker.LineOn("group", id.bytes));
  co_return *std::move(row);
}

Task<Result<GroupDetailsRow>> CreateIn(Transaction& tx, const Office& office, const Asker& asker,
                                       const NewGroup& group) {
  CO_TRY_VOID(Allow(asker, Operation::kG5, false));
  CO_TRY(const auto side, co_await tx.RunOne(kOrganisationSide, group.organisation_id));
  if (!side) co_return Fail(Reason::kNotFound);
  CO_TRY_VOID(co_await CheckAreas(tx, group.areas));
  const GroupId id = GroupId::New(office.clock, office.random);
  CO_TRY(const auto made,
         co_await tx.RunOne(kMakeGroup, id, group.organisation_id, group.name, group.mailbox, group.notice,
                            group.france_services_number, SortKey(group.name)));
  if (!made) co_return Fail(Reason::kConflict);
  tx.Send(kServeAreas, id, group.areas);
  co_return co_await Finish(tx, office, asker, id);
}

Task<Result<GroupDetailsRow>> UpdateIn(Transaction& tx, const Office& office, const Asker& asker, GroupId id,
                                       const GroupChange& change) {
  CO_TRY_VOID(Allow(asker, Operation::kG5, false));
  CO_TRY(const auto locked, co_await tx.RunOne(kLockGroup, id));
  if (!locked) co_return Fail(Reason::kNotFound);
  CO_TRY_VOID(co_await CheckAreas(tx, change.areas));
  MaybeText sort_key;
  if (change.name) sort_key = SortKey(*change.name);
  CO_TRY(const Affected changed, co_await tx.Run(kChangeGroup, id, change.name, sort_key, change.mailbox,
                                                 change.notice, change.france_services_number));
  if (changed.rows == 0) co_return Fail(Reason::kConflict);
  if (!change.areas.empty()) {
    tx.Send(kLeaveAreas, id, change.areas);
    tx.Send(kServeAreas, id, change.areas);
  }
  co_return co_await Finish(tx, office, asker, id);
}

Task<Result<bool>> SaveOrganisationIn(Transaction& tx, const Office& office, const Asker& asker,
                                      const OrganisationChange& change) {
  CO_TRY_VOID(Allow(asker, Operation::kG5, false));
  CO_TRY(const auto there, co_await tx.RunOne(kLockOrganisation, change.id));
  if (there && there->has_groups && there->side != change.side) {
    co_return Fail(Impossible("Cet organisme a des groupes : il ne change plus de côté."));
  }
  CO_TRY(const auto unknown, co_await tx.RunOne(kUnknownThemes, change.themes));
  if (unknown.value_or(0) != 0) co_return Fail(Violation("themeIds", "unknown", "Thème inconnu."));
  tx.Send(kSaveOrganisation, change.id, change.short_name, change.full_name, change.side, change.notice,
          change.entitled, SortKey(change.short_name));
  tx.Send(kOrganisationDropThemes, change.id, change.themes);
  tx.Send(kOrganisationAddThemes, change.id, change.themes);
  // The organisation's id is a slug; the line holds none.
  office.trail.Record(tx, asker.LineOn("organisation", {}));
  co_return true;
}

Task<Result<GroupDetailsRow>> GetIn(Transaction& tx, const Asker& asker, GroupId id, bool mine) {
  CO_TRY_VOID(Allow(asker, Operation::kA18, mine));
  CO_TRY(auto row, co_await tx.RunOne(kGroupDetails, id));
  if (!row) co_return Fail(Reason::kNotFound);
  co_return *std::move(row);
}

}  // namespace groups

std::vector<std::string> PatternsOf(const std::string& words) {
  std::vector<std::string> patterns;
  for (const std::string& word : FoldedWords(words).value_or(std::vector<std::string>())) {
    patterns.push_back("%" + word + "%");
  }
  if (patterns.empty()) patterns.emplace_back("%");
  return patterns;
}

Task<Result<GroupDetailsRow>> CreateGroup(const Office& office, const Asker& asker, const NewGroup& group) {
  auto act = [&](Transaction& tx) { return groups::CreateIn(tx, office, asker, group); };
  co_return co_await RunAct<GroupDetailsRow>(office, asker, {"group"}, act);
}

Task<Result<GroupDetailsRow>> UpdateGroup(const Office& office, const Asker& asker, GroupId group,
                                          const GroupChange& change) {
  auto act = [&](Transaction& tx) { return groups::UpdateIn(tx, office, asker, group, change); };
  co_return co_await RunAct<GroupDetailsRow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<bool>> SaveOrganisation(const Office& office, const Asker& asker,
                                    const OrganisationChange& change) {
  auto act = [&](Transaction& tx) { return groups::SaveOrganisationIn(tx, office, asker, change); };
  co_return co_await RunAct<bool>(office, asker, {"organisation"}, act);
}

Task<Result<GroupDetailsRow>> GetGroup(const Office& office, const Asker& asker, GroupId group, bool mine) {
  auto act = [&](Transaction& tx) { return groups::GetIn(tx, asker, group, mine); };
  co_return co_await RunAct<GroupDetailsRow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<std::vector<GroupDetailsRow>>> SearchGroups(const Office& office, const Asker& asker,
                                                        std::string words, NamePosition after, int limit) {
  CO_TRY_VOID(Allow(asker, Operation::kG2, false));
  const ReadContext context{.deadline = asker.deadline};
  const std::vector<std::string> patterns = PatternsOf(words);
  const GroupId id{after.id};
  if (asker.caller.administrator) {
    co_return co_await office.database.Query(context, kSearchGroups, after.sort_key, id, patterns, limit);
  }
  co_return co_await office.database.Query(context, kSearchMyGroups, asker.user, after.sort_key, id, patterns,
                                           limit);
}

Task<Result<std::vector<FoundPerson>>> SearchPeople(const Office& office, const Asker& asker,
                                                    const PeopleQuery& query) {
  CO_TRY_VOID(Allow(asker, Operation::kG2, false));
  const ReadContext context{.deadline = asker.deadline};
  const UserId id{query.after.id};
  auto found = asker.caller.administrator
                   ? Bind(kFindPeople, query.group, query.deactivated_too, query.after.sort_key, id,
                          PatternsOf(query.words), query.limit)
                   : Bind(kFindColleagues, asker.user, query.group, query.deactivated_too,
                          query.after.sort_key, id, PatternsOf(query.words), query.limit);
  AuditEntry line = query.group ? asker.LineOn("group", query.group->bytes) : asker.LineOn("people", {});
  auto decide = [trail = &office.trail, line = std::move(line)](const std::vector<FoundPerson>& rows) {
    return Audited<std::vector<FoundPerson>>{rows, trail->Line(line)};
  };
  co_return co_await office.database.AuditedRead(context, std::move(decide), std::move(found));
}

}  // namespace aplus::auth
