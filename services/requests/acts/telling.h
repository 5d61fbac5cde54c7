// Events of requests (protos/aplus/events/v1/requests.proto): ids, codes, times, and whom they concern.
#pragma once

#include "aplus/events/v1/requests.pb.h"
#include "libs/events/event.h"
#include "services/requests/acts/case.h"

namespace aplus::requests {

// Who acted; nobody for the system.
struct Doer {
  std::optional<UserId> user = {};
  std::optional<GroupId> group = {};
};

// Fills in where the request stands after the act.
void FillRef(const Case& on, const Doer& doer, events::v1::RequestRef& ref);

// Everybody who takes part, in a lane: the instructors' reaches the addressed groups only.
EventAudience AudienceOf(const Case& on, Lane lane);

// Queues `message`, whose `request` is filled in here.
template <class Message>
void Tell(Transaction& tx, const Workshop& shop, const Case& on, const Doer& doer, Message message,
          Lane lane = Lane::kAll) {
  FillRef(on, doer, *message.mutable_request());
  shop.events.Append(tx, DomainEvent::Of(message, AudienceOf(on, lane)));
}

inline std::int64_t Microseconds(Duration duration) { return duration.count(); }

}  // namespace aplus::requests
