// What a service tells the others: ids, codes and times; a message of protos/aplus/events/v1 and whom it
// concerns. No personal data can compile in (P82).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "aplus/events/v1/event_log.pb.h"
#include "libs/base/id.h"
#include "libs/base/result.h"

namespace aplus {

using EventRecord = events::v1::EventRecord;

// Which lane of a request an event belongs to (P28): helper-side sessions never get kInstructors.
enum class EventLane : std::uint8_t { kAll = 1, kInstructors = 2 };

struct EventAudience {
  std::vector<GroupId> groups;
  std::vector<UserId> users;
  EventLane lane = EventLane::kAll;
};

// Named so because aplus::Event is the condition that coroutines wait for.
struct DomainEvent {
  std::string kind;     // full name of the payload's message
  std::string payload;  // its bytes
  EventAudience audience;

  template <class Message>
  static DomainEvent Of(const Message& message, EventAudience audience = {}) {
    return {message.GetTypeName(), message.SerializeAsString(), std::move(audience)};
  }
};

// Whether the record carries this message: if (Carries<events::v1::RequestCreated>(record)) …
template <class Message>
bool Carries(const EventRecord& record) {
  return record.kind() == Message::descriptor()->full_name();
}
// nullopt: another kind, or bytes that are not that message (a poison event).
template <class Message>
std::optional<Message> PayloadOf(const EventRecord& record) {
  std::optional<Message> message;
  if (Carries<Message>(record) && !message.emplace().ParseFromString(record.payload())) message.reset();
  return message;
}

// What `read(message, record)` makes of the one of these messages that the record carries; of another kind,
// `otherwise`. kInternal: a poison event.
template <class... Messages, class Outcome, class Read>
Result<Outcome> ReadAnyOf(const EventRecord& record, Outcome otherwise, Read read) {
  Result<Outcome> outcome = std::move(otherwise);
  const auto try_one = [&]<class Message>(std::type_identity<Message>) {
    if (!Carries<Message>(record)) return false;
    const std::optional<Message> message = PayloadOf<Message>(record);
    if (message) {
      outcome = read(*message, record);
    } else {
      outcome = Fail(Reason::kInternal, "the payload is not what the event's kind says");
    }
    return true;
  };
  static_cast<void>((try_one(std::type_identity<Messages>{}) || ...));
  return outcome;
}

// Whether a session hears of it: one of its groups or the user himself is named, and the lane is open to him.
// `instructor_side` is decided per request by the side on which he takes part.
bool Reaches(const events::v1::Audience& audience, const UserId& user, std::span<const GroupId> groups,
             bool instructor_side);

}  // namespace aplus
