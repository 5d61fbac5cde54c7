// The life of one mail (SECURITY 3.2), as a table. Between the commit of kSending and the server's answer to
// the final dot nobody can know who owns the message; everything outside of that window is certain.
//
//   held ─► queued ─► sending ─► sent
//     └─► joined  ▲      │ ├───► failed
//                 └──────┘ └───► ambiguous
#pragma once

#include <cstdint>
#include <optional>

namespace aplus::notifications {

// Stored as a number: append, never renumber.
enum class MailState : std::uint8_t {
  kHeld,       // waits for its recipient's hour (P72)
  kQueued,     // waits for its turn, or for its next try
  kSending,    // committed before DATA: from here on death is ambiguous
  kSent,       // the server owns it
  kAmbiguous,  // perhaps sent; not sent again
  kFailed,     // refused for good, or given up
  kDropped,    // nobody to send it to any more
  kJoined,     // part of a digest, which is a mail of its own
};

enum class MailStep : std::uint8_t {
  kBegin,         // sender and recipient accepted: about to say DATA
  kAccept,        // 2xx to the final dot
  kDefer,         // not now: 4xx, or no connection, or it broke before the final dot left
  kRefuse,        // never: 5xx
  kLoseDot,       // the final dot may have left and no answer came: timeout, break, nonsense, or our death
  kGiveUp,        // the retry schedule has ended
  kLoseRecipient  // deactivated, no longer a member, unknown address
};

// How often one notification is sent again after its dot was lost. More than once, since a second death of
// ours must not lose what the first one left in doubt; not for ever, since a server that takes every mail and
// never says so would be sent the same one for days.
inline constexpr int kMostRepeats = 3;

// What kLoseDot leads to depends on whether the mail may be repeated.
struct Repeat {
  bool login = false;   // never repeated: its token may lie in somebody's mailbox, and the user asks again
  int ambiguities = 0;  // how often its dot was lost before
};

// The state after the step, or nullopt when the step is not possible there (somebody else was faster).
std::optional<MailState> Next(MailState state, MailStep step, const Repeat& repeat);

// Nothing happens to it any more.
bool IsFinal(MailState state);

}  // namespace aplus::notifications
