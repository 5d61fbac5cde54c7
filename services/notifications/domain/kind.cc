#include "services/notifications/domain/kind.h"

namespace aplus::notifications {
namespace kind {

constexpr std::array<KindRow, static_cast<std::size_t>(Kind::kCount_)> kRows{{
    {Kind::kLogin, "login", Urgency::kAtOnce, false},
    {Kind::kWelcome, "welcome", Urgency::kAtOnce, false},
    {Kind::kNewRequest, "new_request", Urgency::kPreference, true},
    {Kind::kGroupInvited, "group_invited", Urgency::kPreference, true},
    {Kind::kHelperInvited, "invitation", Urgency::kPreference, true},
    {Kind::kExpertInvited, "expert_invited", Urgency::kPreference, true},
    {Kind::kMessage, "message", Urgency::kPreference, true},
    {Kind::kTakenInCharge, "taken_in_charge", Urgency::kPreference, true},
    {Kind::kDeclined, "declined", Urgency::kScreenOnly, true},
    {Kind::kNobodyLeft, "nobody_left", Urgency::kPreference, true},
    {Kind::kProcessed, "processed", Urgency::kPreference, true},
    {Kind::kClosed, "closed", Urgency::kScreenOnly, true},
    {Kind::kRevoked, "revoked", Urgency::kPreference, true},
    {Kind::kClosedInactive, "closed_inactive", Urgency::kPreference, true},
    {Kind::kClosedUnanswered, "closed_unanswered", Urgency::kPreference, true},
    {Kind::kReopened, "reopened", Urgency::kPreference, true},
    {Kind::kLateSoon, "late_soon", Urgency::kOnceADay, true},
    {Kind::kLate, "late", Urgency::kOnceADay, true},
    {Kind::kFileRejected, "file_rejected", Urgency::kPreference, true},
    {Kind::kDigest, "digest", Urgency::kAtOnce, false},
    {Kind::kLateDigest, "late_digest", Urgency::kAtOnce, false},
    {Kind::kTakenOut, "taken_out", Urgency::kAtOnce, false},
    {Kind::kMemberTakenOut, "member_taken_out", Urgency::kAtOnce, false},
    {Kind::kInactivityWarning, "inactivity_warning", Urgency::kAtOnce, false},
    {Kind::kEmailChanged, "email_changed", Urgency::kAtOnce, false},
    {Kind::kLeaver, "leaver", Urgency::kAtOnce, false},
    {Kind::kExcludedSharing, "excluded_sharing", Urgency::kAtOnce, false},
    {Kind::kExcludedMission, "excluded_mission", Urgency::kAtOnce, false},
    {Kind::kExcludedSecrecy, "excluded_secrecy", Urgency::kAtOnce, false},
    {Kind::kExcludedConduct, "excluded_conduct", Urgency::kAtOnce, false},
    {Kind::kExcludedTerms, "excluded_terms", Urgency::kAtOnce, false},
    {Kind::kHandedOver, "handed_over", Urgency::kPreference, true},
    {Kind::kMisuseReported, "misuse_reported", Urgency::kAtOnce, false},
    {Kind::kAccountEntered, "account_entered", Urgency::kAtOnce, false},
    {Kind::kSecondFactorSet, "second_factor_set", Urgency::kAtOnce, false},
    {Kind::kSecondFactorDropped, "second_factor_dropped", Urgency::kAtOnce, false},
    {Kind::kRecoveryCodeUsed, "recovery_code_used", Urgency::kAtOnce, false},
    {Kind::kCodesGuessed, "codes_guessed", Urgency::kAtOnce, false},
    {Kind::kProConnectLinked, "proconnect_linked", Urgency::kAtOnce, false},
    {Kind::kEndAnnounced, "end_announced", Urgency::kOnceADay, true},
    {Kind::kEndUnanswered, "end_unanswered", Urgency::kOnceADay, true},
    {Kind::kRaised, "raised", Urgency::kTogether, true},
    {Kind::kToBeClosed, "to_be_closed", Urgency::kTogether, true},
    {Kind::kUnread, "unread", Urgency::kTogether, true},
    {Kind::kFileExpiring, "file_expiring", Urgency::kTogether, true},
    {Kind::kTermsPublished, "terms_published", Urgency::kAtOnce, false},
    {Kind::kAccountIdle, "account_idle", Urgency::kAtOnce, false},
    {Kind::kUnreached, "unreached", Urgency::kPreference, true},
    {Kind::kGroupUnreached, "group_unreached", Urgency::kPreference, true},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].kind) != i || kRows[i].code.empty()) return false;
  }
  return true;
}
static_assert(InOrder(), "rows must stand in the order of the enumerators");

}  // namespace kind

const KindRow& Describe(Kind kind) { return kind::kRows.at(static_cast<std::size_t>(kind)); }

std::optional<Kind> KindFromCode(std::string_view code) {
  for (const KindRow& row : kind::kRows) {
    if (row.code == code) return row.kind;
  }
  return std::nullopt;
}

}  // namespace aplus::notifications
