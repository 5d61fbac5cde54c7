#include "services/requests/acts/directory.h"

#include <utility>

#include "aplus/auth/v1/internal.pb.h"

namespace aplus::requests {
namespace directory {

constexpr std::string_view kLookUp = "aplus.auth.v1.People.LookUp";
// What is kept at most; the platform has some thousands of people.
constexpr std::size_t kCapacity = 20'000;

std::vector<GroupId> GroupIds(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<GroupId> ids;
  for (const std::string& text : texts) {
    if (const auto id = GroupId::Parse(text)) ids.push_back(*id);
  }
  return ids;
}

Identifiers EntitledOf(const auth::v1::LookUpResponse::GroupDetail& detail) {
  Identifiers entitled = 0;
  for (const int identifier : detail.entitled()) {
    if (identifier == auth::v1::IDENTIFIER_NIR) entitled |= kNir;
    if (identifier == auth::v1::IDENTIFIER_TAX_NUMBER) entitled |= kTaxNumber;
    if (identifier == auth::v1::IDENTIFIER_CAF_NUMBER) entitled |= kCafNumber;
  }
  return entitled;
}

Cards CardsOf(const auth::v1::LookUpResponse& answer) {
  Cards cards;
  for (const auto& person : answer.people()) {
    const auto id = UserId::Parse(person.user_id());
    if (!id) continue;
    cards.people[*id] = {.id = *id,
                         .first_name = person.first_name(),
                         .last_name = person.last_name(),
                         .function = person.function(),
                         .phone = person.phone(),
                         .active = person.active(),
                         .helper = person.helper(),
                         .groups = GroupIds(person.group_ids())};
  }
  for (const auto& detail : answer.groups()) {
    const auto id = GroupId::Parse(detail.group().id());
    if (!id) continue;
    cards.groups[*id] = {.id = *id,
                         .name = detail.group().name(),
                         .organisation_id = detail.group().organisation_id(),
                         .organisation = detail.organisation_short_name(),
                         .instructor_side = detail.group().side() == auth::v1::SIDE_INSTRUCTOR,
                         .addressable = detail.group().addressable() && detail.active_instructor(),
                         .areas = {detail.group().area_ids().begin(), detail.group().area_ids().end()},
                         .entitled = EntitledOf(detail)};
  }
  return cards;
}

CallOptions Options(Deadline deadline) {
  CallOptions options;
  options.deadline = deadline;
  return options;
}

}  // namespace directory

Task<Result<Cards>> Directory::Ask(std::set<UserId> users, std::set<GroupId> groups, Deadline deadline) {
  if (users.empty() && groups.empty()) co_return Cards();
  auth::v1::LookUpRequest request;
  for (const UserId& user : users) request.add_user_ids(user.ToString());
  for (const GroupId& group : groups) request.add_group_ids(group.ToString());
  CO_TRY(auto answer, co_await auth_.Call<auth::v1::LookUpResponse>(directory::kLookUp, request,
                                                                    directory::Options(deadline)));
  Cards cards = directory::CardsOf(answer);
  MakeRoom();
  const Time now = clock_.Now();
  for (const auto& [id, person] : cards.people) people_.insert_or_assign(id, Kept<Person>{person, now});
  for (const auto& [id, group] : cards.groups) groups_.insert_or_assign(id, Kept<GroupCard>{group, now});
  co_return cards;
}

Task<Result<Cards>> Directory::Names(std::set<UserId> users, std::set<GroupId> groups, Deadline deadline) {
  Cards cards;
  std::set<UserId> stale_users;
  std::set<GroupId> stale_groups;
  bool all_known = true;
  const Time fresh_since = clock_.Now() - kFresh;
  for (const UserId& user : users) {
    const auto kept = people_.find(user);
    if (kept != people_.end()) cards.people[user] = kept->second.card;
    all_known &= kept != people_.end();
    if (kept == people_.end() || kept->second.at < fresh_since) stale_users.insert(user);
  }
  for (const GroupId& group : groups) {
    const auto kept = groups_.find(group);
    if (kept != groups_.end()) cards.groups[group] = kept->second.card;
    all_known &= kept != groups_.end();
    if (kept == groups_.end() || kept->second.at < fresh_since) stale_groups.insert(group);
  }
  Result<Cards> asked = co_await Ask(std::move(stale_users), std::move(stale_groups), deadline);
  if (!asked) {
    if (all_known) co_return cards;
    co_return Fail(std::move(asked).error());
  }
  for (auto& [id, person] : asked->people) cards.people[id] = std::move(person);
  for (auto& [id, group] : asked->groups) cards.groups[id] = std::move(group);
  co_return cards;
}

Task<Result<std::vector<UserId>>> Directory::Experts(Deadline deadline) {
  auth::v1::LookUpRequest request;
  request.set_account_role(auth::v1::ACCOUNT_ROLE_EXPERT);
  CO_TRY(auto answer, co_await auth_.Call<auth::v1::LookUpResponse>(directory::kLookUp, request,
                                                                    directory::Options(deadline)));
  std::vector<UserId> experts;
  for (const auto& person : answer.people()) {
    const auto id = UserId::Parse(person.user_id());
    if (id && person.active()) experts.push_back(*id);
  }
  co_return experts;
}

void Directory::MakeRoom() {
  if (people_.size() > directory::kCapacity) people_.clear();
  if (groups_.size() > directory::kCapacity) groups_.clear();
}

}  // namespace aplus::requests
