#include "services/requests/acts/correcting.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/checks.h"
#include "services/requests/acts/looking.h"
#include "services/requests/acts/naming.h"
#include "services/requests/acts/reading.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/domain/mandate.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace correcting {

Task<Result<Acted>> CorrectIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                              const Correction& correction, const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, correction.request, asker, Operation::kR23, Act::kCorrectCitizen));
  CO_TRY_VOID(CheckSigner(asker, correction.signed_by));
  CO_TRY_VOID(CheckCorrection(on, asker, correction.citizen));
  if (!cipher) co_return Fail(Reason::kErased);
  const Doer doer = DoerOf(asker, on.row.creator_group);
  CO_TRY(const bool changed,
         co_await ApplyCorrection(tx, shop, on, {correction.citizen, doer, correction.signed_by}, *cipher));
  if (!changed) co_return AnswerOf(on);
  CO_TRY_VOID(SaveCase(tx, shop, on));
  events::v1::RequestTouched told;
  told.set_what(events::v1::RequestTouched::WHAT_CITIZEN);
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

struct Found {
  Case on;
  std::vector<OldCitizenRow> rows;
};

Result<Found> Put(Result<Case> on, const std::vector<OldCitizenRow>& rows) {
  if (!on) return Fail(std::move(on).error());
  return Found{*std::move(on), rows};
}

Result<OldCitizen> Open(const OldCitizenRow& row, const RequestId& id, const FieldCipher& cipher,
                        Identifiers visible) {
  TRY(const std::string sealed, cipher.Open(CitizenPlace(id, row.version), row.citizen));
  TRY(Citizen whole, ParseCitizen(AsBytes(sealed)));
  TRY(std::string signed_by, OpenOptional(cipher, SignerPlace(row.entry), row.signed_by));
  return OldCitizen{.version = row.version,
                    .citizen = Masked(std::move(whole), visible),
                    .replaced_at = row.at,
                    .actor = row.actor,
                    .actor_group = row.actor_group,
                    .signed_by = std::move(signed_by)};
}

}  // namespace correcting

Result<void> CheckCorrection(const Case& on, const Asker& asker, const CitizenPatch& citizen) {
  const Verdict verdict = Decide(asker.caller, Operation::kR23, on.relation);
  if (verdict != Verdict::kAllow) return Fail(ReasonOf(verdict).value_or(Reason::kForbidden));
  Identifiers entitled = 0;
  for (const AddressedRow& addressed : on.groups) {
    entitled = static_cast<Identifiers>(entitled | addressed.entitled);
  }
  return CheckEntitled(IdentifiersIn(citizen), entitled);
}

Task<Result<bool>> ApplyCorrection(Transaction& tx, const Workshop& shop, Case& on, CorrectionBy by,
                                   const FieldCipher& cipher) {
  const RequestId id = on.row.id;
  CO_TRY(std::optional<ContentsRow> contents, co_await tx.RunOne(kReadContents, id));
  if (!contents) co_return Fail(Reason::kErased);
  CO_TRY(std::string sealed, cipher.Open(CitizenPlace(id, contents->citizen_version), contents->citizen));
  CO_TRY(Citizen before, ParseCitizen(AsBytes(sealed)));
  CO_TRY(Citizen after, Corrected(before, by.citizen));
  if (after == before) co_return false;
  // The day was checked when the request was made.
  const Mandate mandate{.kind = on.row.mandate_kind, .given_on = on.row.mandate_given_on};
  CO_TRY_VOID(CheckMandate(mandate, after, std::chrono::local_days(mandate.given_on)));
  const MessageId entry =
      AddEntry(tx, shop, on,
               {.kind = EntryKind::kCitizenCorrected, .actor = by.doer.user, .actor_group = by.doer.group});
  CO_TRY_VOID(AddText(tx, shop, on, entry, Lane::kAll, cipher, "", by.signed_by));
  const std::int32_t version = contents->citizen_version + 1;
  tx.Send(kKeepOldCitizen, id, contents->citizen_version, contents->citizen, entry);
  tx.Send(kSaveCitizen, id, cipher.Seal(shop.random, CitizenPlace(id, version), AsText(Serialise(after))),
          version);
  CO_TRY(const std::string subject, cipher.Open(SubjectPlace(id), contents->subject));
  CO_TRY(const std::string description, cipher.Open(DescriptionPlace(id), contents->description));
  CO_TRY(const SearchTokens tokens, RequestTokens(shop.index, on.row.number, subject, description, after));
  tx.Send(kSaveSearchEntry, id.bytes, id, Lane::kAll, shop.index.version(),
          Union(tokens, ReaderTokens(shop.index, on, Lane::kAll)));
  co_return true;
}

Task<Result<Acted>> CorrectCitizen(const Workshop& shop, const Asker& asker, const Correction& correction) {
  CO_TRY(auto cipher, co_await shop.keys.Find(correction.request, asker.deadline));
  auto act = [&](Transaction& tx) { return correcting::CorrectIn(tx, shop, asker, correction, cipher); };
  co_return co_await RunAct(shop, asker,
                            AboutRequest(Operation::kR23, correction.request, correction.signed_by), act);
}

Task<Result<CitizenVersions>> ReadCitizenVersions(const Workshop& shop, const Asker& asker, RequestId id) {
  const Look look{shop, asker, Operation::kR2, id};
  auto decide = [look](const auto& rows, const auto& people, const auto& groups, const auto& late_groups,
                       const auto& old) {
    return look.Answer(correcting::Put(look.At(rows, people, groups, late_groups), old));
  };
  auto read = shop.database.AuditedRead(asker.Reading(), decide, Bind(kReadRequest, id),
                                        Bind(kParticipants, id), Bind(kAddressedGroups, id),
                                        Bind(kJoinedAfterClosing, asker.user, id), Bind(kOldCitizens, id));
  CO_TRY(correcting::Found found, co_await std::move(read));
  CitizenVersions out;
  if (found.rows.empty()) co_return out;
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  const Identifiers visible = VisibleIdentifiers(found.on);
  std::set<UserId> users;
  std::set<GroupId> groups;
  for (const OldCitizenRow& row : found.rows) {
    CO_TRY(OldCitizen old, correcting::Open(row, id, *cipher, visible));
    if (old.actor) users.insert(*old.actor);
    if (old.actor_group) groups.insert(*old.actor_group);
    out.versions.push_back(std::move(old));
  }
  CO_TRY(out.cards, co_await shop.directory.Names(std::move(users), std::move(groups), asker.deadline));
  co_return out;
}

}  // namespace aplus::requests
