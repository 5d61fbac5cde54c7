#include "services/requests/acts/saving.h"

#include <algorithm>

#include "services/requests/store/work_rows.h"

namespace aplus::requests {

SearchTokens ReaderTokens(BlindIndex& index, const Case& on, Lane lane) {
  SearchTokens tokens;
  for (const AddressedRow& addressed : on.groups) tokens.push_back(index.Principal(addressed.group));
  if (lane == Lane::kAll) {
    for (const ParticipantRow& person : on.people) tokens.push_back(index.Principal(person.user));
  }
  std::ranges::sort(tokens);
  const auto repeats = std::ranges::unique(tokens);
  tokens.erase(repeats.begin(), repeats.end());
  return tokens;
}

void SaveWork(Transaction& tx, const Case& on) {
  const RequestRow& row = on.row;
  const Time deadline = row.deadline.value_or(kNoDeadline);

  std::vector<GroupId> groups;
  std::vector<GroupPhase> phases;
  std::vector<std::string> organisations;
  for (const AddressedRow& addressed : on.groups) {
    groups.push_back(addressed.group);
    phases.push_back(PhaseForGroup(row.state, addressed.state));
    organisations.push_back(addressed.organisation);
  }
  tx.Send(kSaveGroupWork, row.id, row.state, row.late, row.created_at, row.last_message_instructors, deadline,
          row.closed_at, row.area_id, row.creator_group, groups, phases, organisations);

  std::vector<UserId> users;
  std::vector<bool> mine;
  std::vector<UserId> dropped;
  for (const ParticipantRow& person : on.people) {
    if (std::ranges::find(users, person.user) != users.end()) continue;
    // An expert takes part while the request is open.
    if (row.state == State::kClosed && !on.IsHelperSide(person.user)) {
      dropped.push_back(person.user);
      continue;
    }
    users.push_back(person.user);
    mine.push_back(person.kind == ParticipantKind::kCreator);
  }
  tx.Send(kSavePersonWork, row.id, PhaseForPerson(row.state, row.opened_at.has_value()), row.state, row.late,
          row.created_at, row.last_message_all, deadline, row.state == State::kClosed, row.area_id,
          row.creator_group, users, mine);
  if (!dropped.empty()) tx.Send(kDropPersonWork, row.id, dropped);
}

Neglect NeglectOf(const NeglectRules& rules, const RequestRow& row, Time now) {
  return ExpectNeglect(rules,
                       {.state = row.state,
                        .started_at = row.clock_started_at,
                        .last_answer_at = row.last_answer_at,
                        .active_at = row.active_at},
                       {.close_at = row.close_at, .notice_at = row.notice_at, .raise_at = row.raise_at}, now);
}

Result<void> SaveCase(Transaction& tx, const Workshop& shop, Case& on) {
  RequestRow& row = on.row;
  TRY(const WorkingCalendar calendar, CalendarOf(row.area_id));
  const Expectation expected =
      Expect(shop.rules.clock, calendar,
             {.state = row.state, .started_at = row.clock_started_at, .last_answer_at = row.last_answer_at});
  // A warning that went out does not go out again for the same clock.
  const bool same_clock = row.deadline == expected.deadline;
  row.warn_at = same_clock ? row.warn_at : expected.warn_at;
  row.deadline = expected.deadline;
  row.late_from = expected.late_from;
  // Only the lateness job makes a request late: it tells people in the same transaction (P42).
  row.late = row.late && row.late_from && *row.late_from <= on.now;
  row.changed_at = on.now;
  const Neglect neglect = NeglectOf(shop.rules.neglect, row, on.now);
  row.close_at = neglect.close_at;
  row.notice_at = neglect.notice_at;
  row.raise_at = neglect.raise_at;
  tx.Send(kSaveRequest, row.id, row.state, row.version_all, row.version_instructors, row.entries_all,
          row.entries_instructors, row.last_message_all, row.last_message_instructors, row.owner,
          row.changed_at, row.clock_started_at, row.last_answer_at, row.first_answer_at, row.deadline,
          row.late_from, row.warn_at, row.late, row.opened_at, row.in_charge_user, row.in_charge_group,
          row.processed_at, row.standard_procedure, row.closed_at, row.close_reason, row.usefulness,
          row.erase_at, row.erased_at, row.active_at, row.close_at, row.notice_at, row.raise_at);
  SaveWork(tx, on);
  return {};
}

}  // namespace aplus::requests
