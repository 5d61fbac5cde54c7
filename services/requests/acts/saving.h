// What follows from a request's row: worklist rows, readers of its search rows.
#pragma once

#include <vector>

#include "libs/crypto/blind_index.h"
#include "services/requests/acts/case.h"
#include "services/requests/domain/neglect.h"

namespace aplus::requests {

// Who may find a line of this lane: addressed groups; in the lane of all also people invited by name.
SearchTokens ReaderTokens(BlindIndex& index, const Case& on, Lane lane);

// When the system announces, closes, raises what nobody acts on (P35), as the row stands now.
Neglect NeglectOf(const NeglectRules& rules, const RequestRow& row, Time now);

// Queues the worklist rows of every addressed group and of everybody invited by name.
void SaveWork(Transaction& tx, const Case& on);

}  // namespace aplus::requests
