// Rows of the mail queue and the enums stored in them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/time.h"
#include "libs/postgres/codec.h"
#include "services/notifications/domain/kind.h"
#include "services/notifications/domain/mail_state.h"
#include "services/notifications/domain/preference.h"

namespace aplus::notifications {

using MailId = Id<struct MailTag>;
using NoticeId = Id<struct NoticeTag>;
using ClaimId = Id<struct ClaimTag>;
// A person, a group or a login request.
using RecipientId = Id<struct RecipientTag>;

// Stored as a number: append, never renumber.
enum class RecipientKind : std::uint8_t { kPerson, kMailbox, kLoginRequest };
enum class Bundle : std::uint8_t { kAlone, kByPreference, kLate };

template <class To, class Tag>
To As(const Id<Tag>& id) {
  return To{id.bytes};
}

// A mail to be queued or held.
struct NewMail {
  Kind kind = Kind::kMessage;
  RecipientKind recipient_kind = RecipientKind::kPerson;
  RecipientId recipient;
  GroupId via_group;  // nil: none
  Departure departure = Departure::kNow;
  std::string zone = "Europe/Paris";  // IANA name, for joined ones
};

// What they are all about.
struct MailSubject {
  EventId event;
  Time at{};
  RequestId request;  // nil: none
  std::string number;
  std::string organisation;
  bool instructors_only = false;  // P28: what became of them is not for the others
};

// What operators see of a mail that did not arrive.
struct UndeliveredMail {
  MailId id;
  Kind kind = Kind::kMessage;
  MailState state = MailState::kFailed;
  RecipientId recipient;
  std::string number;
  std::int32_t attempts = 0;
  std::string step, failure;
  std::int16_t code = 0;
  Time ended_at{};
};

// A mail that this process has claimed.
struct ClaimedMail {
  MailId id;
  EventId event;
  Kind kind = Kind::kMessage;
  RecipientKind recipient_kind = RecipientKind::kPerson;
  RecipientId recipient;
  std::optional<RequestId> request;
  std::string number;
  std::string organisation;
  std::int32_t attempts = 0;
  std::int32_t ambiguities = 0;
  Time asked_at{};
  Duration age{};  // since asked_at, by the database's clock
};

// A part of a digest.
struct DigestItem {
  Kind kind = Kind::kMessage;
  std::optional<RequestId> request;
  std::string number;
  std::string organisation;
};

// A mail whose sender died in the dot window.
struct OrphanedMail {
  MailId id;
  Kind kind = Kind::kMessage;
  std::int32_t ambiguities = 0;
};

struct QueueFigures {
  std::int64_t held = 0;
  std::int64_t queued = 0;
  std::int64_t sending = 0;
  double oldest_queued_seconds = 0;  // since it was asked for; 0: none
  std::int64_t ambiguities = 0;      // answers to final dots that were lost, of the mails still kept
  std::int64_t failed = 0;           // likewise
  std::int64_t refused_recipients = 0;
};

}  // namespace aplus::notifications

namespace aplus {

template <>
struct DbEnum<notifications::Kind> {
  static constexpr auto kLast =
      static_cast<notifications::Kind>(static_cast<std::uint8_t>(notifications::Kind::kCount_) - 1);
};
template <>
struct DbEnum<notifications::MailState> {
  static constexpr auto kLast = notifications::MailState::kJoined;
};
template <>
struct DbEnum<notifications::RecipientKind> {
  static constexpr auto kLast = notifications::RecipientKind::kLoginRequest;
};
template <>
struct DbEnum<notifications::Bundle> {
  static constexpr auto kLast = notifications::Bundle::kLate;
};
template <>
struct DbEnum<notifications::Frequency> {
  static constexpr auto kLast = notifications::Frequency::kNone;
};

}  // namespace aplus
