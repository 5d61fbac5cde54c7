// The textual forms of proto3 JSON scalars: numbers, base64, RFC 3339 times, durations, field masks. Shared
// by bodies, paths and queries. Strict: what is accepted has one meaning, and the whole text is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aplus::transcode {

// What google.protobuf.Timestamp and Duration hold.
struct SecondsAndNanos {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

// A number of the JSON grammar whose value is an integer that fits; "1.0" and "1e2" count as integers, as
// proto3 JSON has it, as long as they are exact.
std::optional<std::int64_t> ParseSigned(std::string_view number);
std::optional<std::uint64_t> ParseUnsigned(std::string_view number);
// Finite, also after rounding to float where single is set.
std::optional<double> ParseReal(std::string_view number, bool single);
// True when the whole text is one number of the JSON grammar.
bool IsJsonNumber(std::string_view text);

// "2026-05-12T15:00:00Z", up to nine decimals, any offset; years 0001 to 9999.
std::optional<SecondsAndNanos> ParseTimestamp(std::string_view text);
// In UTC with 0, 3, 6 or 9 decimals. nullopt when out of range.
std::optional<std::string> FormatTimestamp(SecondsAndNanos value);

// "1.5s", at most ten thousand years either way.
std::optional<SecondsAndNanos> ParseDuration(std::string_view text);
std::optional<std::string> FormatDuration(SecondsAndNanos value);

// Standard or URL-safe alphabet, never mixed, padding right or absent, spare bits zero. Appends to out; false
// leaves it as it was.
bool DecodeBase64(std::string_view text, std::string& out);
// Characters that EncodeBase64 writes for so many bytes.
constexpr std::size_t EncodedBase64Size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }
// Standard alphabet with padding, to at least EncodedBase64Size bytes of room.
void EncodeBase64(std::string_view bytes, char* out);

// One path of a FieldMask: "citizen.birthDate" <-> "citizen.birth_date". nullopt where the way back would
// lead elsewhere.
std::optional<std::string> SnakePath(std::string_view camel);
std::optional<std::string> CamelPath(std::string_view snake);

}  // namespace aplus::transcode
