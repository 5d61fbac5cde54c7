// What is written on a request: messages, quick replies, the tick that it is solved (P28–P30).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/requests/acts/running.h"
#include "services/requests/domain/citizen.h"

namespace aplus::requests {

struct NewMessage {
  RequestId request{};
  std::string text;
  Lane lane = Lane::kAll;
  std::vector<FileId> files;
  CitizenPatch citizen;             // helper side only
  bool standard_procedure = false;  // instructor side, to all
  std::string signed_by;
  std::optional<GroupId> group;  // in whose name
};
// Acted.id is the message's.
Task<Result<Acted>> PostMessage(const Workshop& shop, const Asker& asker, const NewMessage& message);

// What the quick replies have in common.
struct Reply {
  RequestId request{};
  std::optional<GroupId> group;  // in whose name
  std::string text;
  std::string signed_by;
  std::optional<GroupId> proposed;  // a better address, when declining
};
Task<Result<Acted>> TakeCharge(const Workshop& shop, const Asker& asker, const Reply& reply);
Task<Result<Acted>> Decline(const Workshop& shop, const Asker& asker, const Reply& reply);
Task<Result<Acted>> MarkProcessed(const Workshop& shop, const Asker& asker, const Reply& reply);

}  // namespace aplus::requests
