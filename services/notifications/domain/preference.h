// How a person wants to hear of things (P72), and what that makes of one announcement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/notifications/domain/kind.h"

namespace aplus::notifications {

// Stored as a number: append, never renumber.
enum class Frequency : std::uint8_t { kEach, kTwiceADay, kDaily, kNone };

// When a mail about `kind` leaves for a person who wants to hear in this way.
enum class Departure : std::uint8_t {
  kNow,
  kTwiceADay,  // joined, at 11 h and 15 h in the person's zone
  kDaily,      // joined, at 11 h
  kLate,       // joined with other late notices, at most one such mail a day
  kTogether,   // likewise, some seconds later, so that one round is one mail
  kNever,
};

Departure DepartureOf(Kind kind, Frequency frequency);

// Groups' mailboxes have no preference: whatever concerns the group leaves at once.
Departure DepartureToMailbox(Kind kind);

}  // namespace aplus::notifications
