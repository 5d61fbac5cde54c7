// How values look in JSON: strings with their escapes, numbers as proto3 JSON writes them.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/transcode/json_buffer.h"

namespace aplus::transcode {

// A string literal, quotes included. False: not UTF-8 (and out holds rubbish past its old end).
bool AppendJsonString(std::string_view text, JsonBuffer& out);

void AppendInteger(std::int32_t value, JsonBuffer& out);
void AppendInteger(std::uint32_t value, JsonBuffer& out);
// 64-bit integers stand in quotes: JavaScript would round them.
void AppendQuotedInteger(std::int64_t value, JsonBuffer& out);
void AppendQuotedInteger(std::uint64_t value, JsonBuffer& out);
// The shortest text that reads back as the same value; "NaN", "Infinity" and "-Infinity" in quotes.
void AppendReal(float value, JsonBuffer& out);
void AppendReal(double value, JsonBuffer& out);

}  // namespace aplus::transcode
