#include "services/requests/acts/half_written.h"

#include <utility>

#include "services/requests/acts/looking.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/store/message_draft_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace half_written {

// Since when the author's count of what is new to him runs, and over which lane: that in which he takes part
// now.
std::int32_t BegunAt(const Case& on, const MessageDraftRow& row) {
  return on.lane == Lane::kAll ? row.begun_all : row.begun_instructors;
}

const auto& NewerIn(Lane lane) { return lane == Lane::kAll ? kNewerForAll : kNewerForInstructors; }

struct Found {
  Case on;
  std::vector<MessageDraftRow> rows;
};

Result<Found> Put(Result<Case> on, const std::vector<MessageDraftRow>& rows) {
  if (!on) return Fail(std::move(on).error());
  return Found{*std::move(on), rows};
}

Task<Result<HalfWritten>> KeepIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId id,
                                 const HalfWritten& kept, const std::optional<FieldCipher>& cipher) {
  CO_TRY(const Case on, co_await OpenCase(tx, id, asker, Operation::kR24, Act::kPrivateMessage));
  // Words between instructors are theirs alone, half-written ones too (P28).
  if (kept.lane == Lane::kInstructors && on.lane != Lane::kInstructors) co_return Fail(Reason::kForbidden);
  if (!cipher) co_return Fail(Reason::kErased);
  shop.trail.Record(tx, asker.Line(Operation::kR24, "request", id.bytes));
  HalfWritten out{.text = {}, .lane = kept.lane, .updated_at = on.now, .erase_at = on.now};
  if (kept.text.empty()) {
    tx.Send(kDropMessageDraft, id, asker.user);
    co_return out;
  }
  CO_TRY(std::optional<MessageDraftRow> before, co_await tx.RunOne(kReadMessageDraft, id, asker.user));
  MessageDraftRow row{.version = 1,
                      .lane = kept.lane,
                      .body = {},
                      .begun_all = on.row.entries_all,
                      .begun_instructors = on.row.entries_instructors,
                      .updated_at = on.now,
                      .erase_at = on.now + shop.rules.draft_lifetime};
  if (before) {
    row.version = before->version + 1;
    row.begun_all = before->begun_all;
    row.begun_instructors = before->begun_instructors;
  }
  row.body = cipher->Seal(shop.random, MessageDraftPlace(id, asker.user, row.version), kept.text);
  tx.Send(kSaveMessageDraft, id, asker.user, row.version, row.lane, row.body, row.begun_all,
          row.begun_instructors, row.updated_at, row.erase_at);
  out.erase_at = row.erase_at;
  CO_TRY(const std::vector<std::int32_t> newer,
         co_await tx.Run(NewerIn(on.lane), id, BegunAt(on, row), asker.user));
  out.newer = newer.at(0);
  co_return out;
}

Subject About(const RequestId& id) {
  return {.operation = Operation::kR24, .kind = "request", .id = id.bytes};
}

}  // namespace half_written

Task<Result<HalfWritten>> ReadHalfWritten(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kR24, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& kept) {
    return look.Answer(half_written::Put(look.At(rows, people, groups, late_groups), kept));
  };
  auto read = shop.database.AuditedRead(
      asker.Reading(), decide, Bind(kReadRequest, id), Bind(kParticipants, id), Bind(kAddressedGroups, id),
      Bind(kJoinedAfterClosing, asker.user, id), Bind(kReadMessageDraft, id, asker.user));
  CO_TRY(const half_written::Found found, co_await std::move(read));
  if (found.rows.empty()) co_return HalfWritten{};
  const MessageDraftRow& row = found.rows.front();
  HalfWritten out{.text = {}, .lane = row.lane, .updated_at = row.updated_at, .erase_at = row.erase_at};
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  CO_TRY(out.text, cipher->Open(MessageDraftPlace(id, asker.user, row.version), row.body));
  CO_TRY(const std::vector<std::int32_t> newer,
         co_await shop.database.Query(asker.Reading(), half_written::NewerIn(found.on.lane), id,
                                      half_written::BegunAt(found.on, row), asker.user));
  out.newer = newer.at(0);
  co_return out;
}

Task<Result<HalfWritten>> KeepHalfWritten(const Workshop& shop, const Asker& asker, RequestId id,
                                          std::string text, Lane lane) {
  const HalfWritten kept{.text = std::move(text), .lane = lane};
  CO_TRY(auto cipher, co_await shop.keys.Find(id, asker.deadline));
  auto keep = [&](Transaction& tx) { return half_written::KeepIn(tx, shop, asker, id, kept, cipher); };
  Result<HalfWritten> done = co_await shop.database.Transact(asker.Writing(), keep);
  if (!done)
    co_return Fail(co_await NoteRefusal(shop, asker, half_written::About(id), std::move(done).error()));
  co_return done;
}

}  // namespace aplus::requests
