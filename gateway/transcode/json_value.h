// One scalar of JSON (or of a path or query) as wire bytes: where proto3 JSON's rules for values live.
#pragma once

#include <string>
#include <string_view>

#include "gateway/transcode/plan.h"
#include "libs/base/result.h"

namespace aplus::transcode {

struct JsonToken {
  enum class What : std::uint8_t { kString, kNumber, kTrue, kFalse } what = What::kString;
  std::string_view text;  // decoded string, or the number as written
};

// Packed elements stand without tags.
enum class Tagging : std::uint8_t { kTagged, kBare };

// Appends a scalar, an enum or a well-known message. Answers the code of what is wrong ("type", "range",
// "format", "enum"), empty when nothing is; out may then hold a part.
std::string_view AppendValue(const FieldPlan& field, const JsonToken& token, Tagging tagging,
                             std::string& out);

// kMalformed with one violation; the French detail belongs to the code.
Error MalformedValue(std::string path, std::string_view code);

}  // namespace aplus::transcode
