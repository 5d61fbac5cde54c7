#include "services/requests/jobs/reminding.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/requests/acts/telling.h"
#include "services/requests/jobs/rounds.h"
#include "services/requests/store/file_rows.h"
#include "services/requests/store/reminder_rows.h"

namespace aplus::requests {
namespace reminding {

constexpr std::int32_t kMostAtOnce = 200;

events::v1::HelperReminded::What WhatOf(Waiting what) {
  return what == Waiting::kToBeClosed ? events::v1::HelperReminded::WHAT_TO_BE_CLOSED
                                      : events::v1::HelperReminded::WHAT_UNREAD;
}

// One event per request, all in the one transaction that remembers the week: notifications joins their mails.
Task<Result<Affected>> RemindIn(Transaction& tx, const Workshop& shop, UserId user) {
  CO_TRY(const Affected due, co_await tx.Run(kNoteReminded, user, shop.rules.remind_every));
  if (due.rows == 0) co_return Affected{};
  CO_TRY(const std::vector<WaitingRow> waiting,
         co_await tx.Run(kWaitingFor, user, shop.rules.remind_every, shop.rules.unread_after, kMostAtOnce));
  for (const WaitingRow& row : waiting) {
    events::v1::HelperReminded told;
    told.mutable_request()->set_request_id(row.request.ToString());
    told.mutable_request()->set_number(row.number);
    told.set_user_id(user.ToString());
    told.set_what(WhatOf(row.what));
    EventAudience audience;
    audience.users.push_back(user);
    shop.events.Append(tx, DomainEvent::Of(told, std::move(audience)));
  }
  shop.trail.Record(tx, SystemLine("remind", "user", user.bytes));
  co_return Affected{1};
}

// Who has not opened the file, side by side: a private one is the instructors' alone (P28).
void AddUnaware(const Case& on, const FileRow& file, const std::vector<DownloadRow>& downloads,
                events::v1::FileExpiring& told) {
  const auto has = [&](auto is_his) { return std::ranges::any_of(downloads, is_his); };
  for (const AddressedRow& addressed : on.groups) {
    const bool theirs = file.uploader_group == addressed.group ||
                        has([&](const DownloadRow& one) { return one.group == addressed.group; });
    if (addressed.state != GroupState::kDeclined && !theirs) told.add_group_ids(addressed.group.ToString());
  }
  if (file.lane != Lane::kAll) return;
  for (const ParticipantRow& person : on.people) {
    const bool his =
        file.uploader == person.user || has([&](const DownloadRow& one) { return one.user == person.user; });
    if (person.kind != ParticipantKind::kExpert && !his) told.add_user_ids(person.user.ToString());
  }
}

Task<Result<Affected>> WarnIn(Transaction& tx, const Workshop& shop, FileId id) {
  CO_TRY(std::optional<FileRow> file, co_await tx.RunOne(kReadFile, id));
  if (!file || !file->lane) co_return Affected{};
  CO_TRY(const std::optional<Case> found, co_await LockCase(tx, file->request));
  CO_TRY(const Affected first, co_await tx.Run(kNoteWarned, id));
  if (first.rows == 0 || !found || found->row.erased_at || found->row.state == State::kClosed)
    co_return Affected{};
  CO_TRY(const std::vector<DownloadRow> downloads, co_await tx.Run(kDownloads, {id}));
  events::v1::FileExpiring told;
  told.set_file_id(id.ToString());
  AddUnaware(*found, *file, downloads, told);
  if (told.group_ids().empty() && told.user_ids().empty()) co_return Affected{};
  Tell(tx, shop, *found, {}, std::move(told), *file->lane);
  co_return Affected{1};
}

}  // namespace reminding

Task<Result<void>> RemindHelpers(const Workshop& shop) {
  const Rules& rules = shop.rules;
  CO_TRY(const std::vector<UserId> people,
         co_await shop.database.Query(rounds::Reading(), kToBeReminded, rules.remind_every,
                                      rules.unread_after, rounds::kBatch));
  auto remind = [&](Transaction& tx, UserId user) { return reminding::RemindIn(tx, shop, user); };
  co_return co_await rounds::Each(shop, people, remind);
}

Task<Result<void>> WarnOfErasure(const Workshop& shop) {
  CO_TRY(const std::vector<FileId> files,
         co_await shop.database.Query(rounds::Reading(), kExpiringFiles, shop.rules.file_warning,
                                      rounds::kBatch));
  auto warn = [&](Transaction& tx, FileId file) { return reminding::WarnIn(tx, shop, file); };
  co_return co_await rounds::Each(shop, files, warn);
}

}  // namespace aplus::requests
