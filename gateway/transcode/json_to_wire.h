// JSON to protobuf wire bytes in one pass, by plan, without message objects (ARCHITECTURE §10). Strict where
// protobuf's own converter is forgiving: duplicate and unknown keys, original proto names, trailing commas,
// numbers that do not fit and unknown enum values are refused, each with its JSON path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcode/plan.h"
#include "libs/base/result.h"

namespace aplus::transcode {

struct JsonLimits {
  std::size_t depth = 32;      // nested objects and arrays
  std::size_t members = 1000;  // per object or array
  std::size_t nodes = 10000;   // values in the whole text
};

// Top-level fields that the text may not hold because the path gives them; refused like unknown ones.
using ExcludedFields = std::vector<const FieldPlan*>;

// The text is one JSON object holding the fields of `plan`; their wire bytes are appended to `out`.
// Errors: kMalformed with one violation (path, code, French detail); `out` then holds rubbish past its old
// end.
Result<void> JsonToWire(const MessagePlan& plan, std::string_view json, const ExcludedFields& excluded,
                        std::string& out, const JsonLimits& limits = {});

// The text is the value of one field, whatever its type; appended with its tag.
Result<void> JsonToWireField(const FieldPlan& field, std::string_view json, std::string& out,
                             const JsonLimits& limits = {});

}  // namespace aplus::transcode
