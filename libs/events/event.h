// What a service tells the others: ids, codes and times; a message of protos/aplus/events/v1 and whom it
// concerns. No personal data can compile in (P82).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aplus/events/v1/event_log.pb.h"
#include "libs/base/id.h"

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

// Whether a session hears of it: one of its groups or the user himself is named, and the lane is open to him.
// `instructor_side` is decided per request by the side on which he takes part.
bool Reaches(const events::v1::Audience& audience, const UserId& user, std::span<const GroupId> groups,
             bool instructor_side);

}  // namespace aplus
