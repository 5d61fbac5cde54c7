// What is kept of a request for the figures, and what each event makes of it (P80). Pure: the fact after the
// events of a request depends on these events and their order alone, so figures can be rebuilt (P82).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus::stats {

// Numbered as in protos/aplus/requests/v1/types.proto, which is how they are stored.
enum class State : std::uint8_t { kNone, kNew, kInProgress, kProcessed, kClosed };
enum class CloseReason : std::uint8_t { kNone, kSolved, kRevoked, kWithdrawn, kInactive, kNoAnswer };
enum class Usefulness : std::uint8_t { kNone, kGood, kNeutral, kBad };

struct Fact {
  RequestId request;
  Time created_at{};
  std::string area;
  GroupId creator_group;
  State state = State::kNew;
  std::optional<Time> first_answer_at;
  std::optional<std::int64_t> first_answer_working;  // microseconds of working time
  std::optional<Time> processed_at;
  std::optional<std::int64_t> processed_working;
  std::optional<Time> closed_at;
  std::optional<CloseReason> close_reason;
  std::optional<Usefulness> usefulness;
  std::int32_t messages = 0;
  bool late = false;
  bool standard_procedure = false;

  friend bool operator==(const Fact&, const Fact&) = default;
};

// What happened, besides the state that every event brings along.
struct Opened {};
struct Message {
  bool visible_to_all = true;
  bool back_in_progress = false;
  bool standard_procedure = false;
};
struct Processed {
  std::int64_t working = 0;
};
struct Closed {
  CloseReason reason = CloseReason::kSolved;
  Usefulness usefulness = Usefulness::kNone;
};
struct Reopened {};
struct Late {};
// Groups joined or left, somebody took charge: nothing but the state and the first answer.
struct Moved {};

using Happening = std::variant<Opened, Message, Processed, Closed, Reopened, Late, Moved>;

struct Change {
  // Of every event.
  RequestId request;
  Time created_at{};
  std::string area;
  GroupId creator_group;
  std::vector<GroupId> groups;  // addressed at this moment
  State state = State::kNew;
  Time at{};
  // Who acted, and for which group; nil: the system. Left out where it must move no figure (P28).
  UserId actor;
  GroupId actor_group;
  // Working microseconds from creation to the first answer, when this event is it.
  std::optional<std::int64_t> first_answer_working;
  Happening what = Moved{};
};

// The fact of a request of which this is the first event seen.
Fact Begin(const Change& change);
// The fact after one more event.
Fact Apply(Fact fact, const Change& change);

}  // namespace aplus::stats
