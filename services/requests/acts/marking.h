// Read marks (P33): set by the page when the thread is on screen, or by acting; never by fetching.
#pragma once

#include <optional>

#include "services/requests/acts/case.h"
#include "services/requests/acts/running.h"

namespace aplus::requests {

// Whoever acts on a request has opened it, whether or not a page said so. Queues mark and history line;
// changes `on` (the caller saves it).
Task<Result<void>> NoteOpened(Transaction& tx, const Workshop& shop, Case& on, const Asker& asker,
                              std::optional<GroupId> group);

// Marks the thread as read up to a line the asker may read; none: the request itself.
Task<Result<Acted>> MarkRead(const Workshop& shop, const Asker& asker, RequestId request,
                             std::optional<MessageId> message);

// « Tout marquer vu » (P32): opens for the asker what is new in his groups, or in one of them.
struct AllSeen {
  std::int32_t seen = 0;
  bool more = false;  // there were more than one call takes
};
Task<Result<AllSeen>> MarkAllSeen(const Workshop& shop, const Asker& asker, std::optional<GroupId> group);

}  // namespace aplus::requests
