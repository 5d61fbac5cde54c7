// Protobuf wire bytes to proto3 JSON, by plan, straight into the answer's buffer. Every tag, length, wire
// type, depth and string is checked: a backend's bytes are not trusted with the gateway's memory.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/transcode/json_buffer.h"
#include "gateway/transcode/plan.h"
#include "libs/base/result.h"

namespace aplus::transcode {

// A field of the answer that does not travel in JSON. The view lies in the wire bytes.
struct EdgeValue {
  Edge edge;
  std::string_view text;
};

struct WireLimits {
  int depth = 32;  // nested messages
};

// Appends one JSON object. Fields come in the order of their numbers; absent ones are shown with their
// default unless they know their absence. Fields with an edge go to `edges` (top level) and never into the
// JSON. Errors: kInternal with a diagnostic; `out` then holds rubbish past its old end.
Result<void> WireToJson(const MessagePlan& plan, std::string_view wire, JsonBuffer& out,
                        std::vector<EdgeValue>* edges = nullptr, const WireLimits& limits = {});

}  // namespace aplus::transcode
