// What people are told of, and how urgently (P70, P72). One row per kind; everything else asks this table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aplus::notifications {

// Stored as a number: append, never renumber.
enum class Kind : std::uint8_t {
  kLogin,             // the login link
  kWelcome,           // a new account (P4)
  kNewRequest,        // a request was addressed to my group
  kGroupInvited,      // my group was invited to a request (P27)
  kHelperInvited,     // I was invited as a helper
  kExpertInvited,     // I was invited as an expert
  kMessage,           // a message that I may read
  kTakenInCharge,     // a group takes care of the request (P29)
  kDeclined,          // a group is not the right one; others remain
  kNobodyLeft,        // … and nobody remains (P29)
  kProcessed,         // an instructor says that it is solved (P30)
  kClosed,            // closed by its helper side
  kRevoked,           // closed because the mandate was revoked: the contents are gone (P23)
  kClosedInactive,    // closed by the system, processed long ago (P35)
  kClosedUnanswered,  // closed by the system, never answered (P35)
  kReopened,
  kLateSoon,           // one working day before the limit (P42)
  kLate,               // the limit has passed
  kFileRejected,       // a file of mine was refused by the scan (P62)
  kDigest,             // several of the above in one mail (P72)
  kLateDigest,         // several late requests in one mail a day (P72)
  kTakenOut,           // somebody took me out of a group (P4)
  kMemberTakenOut,     // … or a member out of a group that I manage
  kInactivityWarning,  // nobody has used my account for long (P6)
  kEmailChanged,       // an administrator gave my account this address (P1)
  kLeaver,             // an account was deactivated: for administrators (P5)
  kExcludedSharing,    // I am excluded for misuse, and why (P7): the account was shared,
  kExcludedMission,    // data was used outside the mission,
  kExcludedSecrecy,    // confidentiality was broken,
  kExcludedConduct,    // words or conduct,
  kExcludedTerms,      // another breach of the terms
  kHandedOver,         // the request's owner left; it was handed over, or has no owner (P5)
  kMisuseReported,     // misuse of a request was reported: for administrators (P7)
  // What happened to the security of an account (P13): told to its owner alone.
  kAccountEntered,   // somebody logged in where rights over others are held
  kSecondFactorSet,  // a second factor, or new recovery codes
  kSecondFactorDropped,
  kRecoveryCodeUsed,
  kCodesGuessed,      // too many wrong codes
  kProConnectLinked,  // ProConnect opens the account
  // What waits (P35, P43, P50).
  kEndAnnounced,    // processed: the system will close it in ten days (P35)
  kEndUnanswered,   // likewise, because nobody answers
  kRaised,          // unanswered for weeks: its groups' managers and the experts look after it (P35)
  kToBeClosed,      // processed, waits to be closed by its helper side (P43)
  kUnread,          // an answer has not been read for long (P43)
  kFileExpiring,    // a file will be erased that nobody of mine has downloaded (P50)
  kTermsPublished,  // a new version of the terms of use (P7)
  kAccountIdle,     // my account was deactivated: nobody used it for six months (P6)
  kUnreached,       // a group that I asked could not be reached by mail (P75)
  kGroupUnreached,  // … and I manage it
  kCount_,
};

enum class Urgency : std::uint8_t {
  kAtOnce,      // leaves whatever the recipient's preference: login, security, the account itself
  kPreference,  // as the recipient wants to hear
  kOnceADay,    // joined into one mail a day per person, unless the preference joins more
  kTogether,    // likewise, and never alone while others of the same round are still coming
  kScreenOnly,  // shown in the list of what is new (P74), not worth a mail
};

struct KindRow {
  Kind kind;
  std::string_view code;  // stable, snake_case: in Message-IDs, metrics and the API
  Urgency urgency;
  bool listed;  // shown in the list of what is new
};

// Never fails.
const KindRow& Describe(Kind kind);

// Told to somebody whose account is deactivated.
inline bool IsForTheDeactivated(Kind kind) {
  return kind == Kind::kAccountIdle || (kind >= Kind::kExcludedSharing && kind <= Kind::kExcludedTerms);
}

// nullopt: no such code.
std::optional<Kind> KindFromCode(std::string_view code);

}  // namespace aplus::notifications
