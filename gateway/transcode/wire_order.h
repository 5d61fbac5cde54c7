// Messages whose fields do not come in the order of their numbers, each once. No serializer of ours writes
// them, the wire format allows them: here they are brought into that order, so that writing JSON needs only
// the plain case.
#pragma once

#include <string>
#include <string_view>

#include "gateway/transcode/plan.h"

namespace aplus::transcode {

// Rewrites `wire`, nested messages included: fields sorted, the last of a singular scalar or of a oneof kept,
// pieces of a singular message joined, unknown fields dropped. False: not a message of this plan.
// Linear in size times depth.
bool PutInOrder(const MessagePlan& plan, std::string_view wire, int depth, std::string& out);

}  // namespace aplus::transcode
