// Structured logs: one JSON object a line on stderr, written by a thread of its own.
//
//   log::Info("file sealed", {{log::kFileId, id}, {log::kBytes, size}});
//
// The event is a constant of the code and every value stands under a declared key, whose kind says what may
// be in it: that is what keeps bodies, names, e-mails and tokens out. A value that does not look like its
// kind is replaced by "[redacted]"; free English diagnostics (Kind::kText) are cut and have everything that
// looks like an e-mail, a number of a person or a token blacked out. Any thread; never blocks: when the queue
// is full the oldest lines go and a counter says how many.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "libs/base/id.h"

namespace aplus::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

enum class Kind : std::uint8_t {
  kCode,    // an identifier of the code or of a thing: letters, digits and _ - . : / *
  kNumber,  // integers, durations (in the unit that the key names), booleans
  kText,    // an English sentence of ours; redacted
};

// Declare keys as inline constexpr in a header; names are snake_case with their unit at the end.
struct Key {
  std::string_view name;
  Kind kind;
};

inline constexpr Key kRequestId{"request_id", Kind::kCode};  // of the call, not of a citizen's request
inline constexpr Key kTraceId{"trace_id", Kind::kCode};
inline constexpr Key kMethod{"method", Kind::kCode};
inline constexpr Key kPeer{"peer", Kind::kCode};
inline constexpr Key kReason{"reason", Kind::kCode};
inline constexpr Key kGrpcCode{"grpc_code", Kind::kNumber};
inline constexpr Key kHttpStatus{"http_status", Kind::kNumber};
inline constexpr Key kDurationUs{"duration_us", Kind::kNumber};
inline constexpr Key kBytesIn{"bytes_in", Kind::kNumber};
inline constexpr Key kBytesOut{"bytes_out", Kind::kNumber};
inline constexpr Key kBytes{"bytes", Kind::kNumber};
inline constexpr Key kCount{"count", Kind::kNumber};
inline constexpr Key kAttempt{"attempt", Kind::kNumber};
inline constexpr Key kPosition{"position", Kind::kNumber};
inline constexpr Key kTask{"task", Kind::kText};
inline constexpr Key kDetail{"detail", Kind::kText};
inline constexpr Key kStage{"stage", Kind::kCode};
inline constexpr Key kAddress{"address", Kind::kCode};  // our own listeners and backends, never a client's
inline constexpr Key kUserId{"user_id", Kind::kCode};
inline constexpr Key kGroupId{"group_id", Kind::kCode};
inline constexpr Key kObjectId{"object_id", Kind::kCode};
inline constexpr Key kFileId{"file_id", Kind::kCode};
inline constexpr Key kEventId{"event_id", Kind::kCode};

// One key with its value. Holds views: for use in the call only.
class Field {
 public:
  Field(Key key, std::string_view value) : key_(key), value_(value) {}
  Field(Key key, const char* value) : key_(key), value_(std::string_view(value)) {}
  Field(Key key, const std::string& value) : key_(key), value_(std::string_view(value)) {}
  template <std::integral T>
  Field(Key key, T value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  Field(Key key, bool value) : key_(key), value_(value) {}
  Field(Key key, double value) : key_(key), value_(value) {}
  template <class Tag>
  Field(Key key, const Id<Tag>& value) : key_(key), value_(value.bytes) {}

  const Key& key() const { return key_; }
  const auto& value() const { return value_; }

 private:
  Key key_;
  std::variant<std::string_view, std::int64_t, bool, double, UuidBytes> value_;
};

using Fields = std::span<const Field>;

// Starts the log thread. Before it, and after Stop, lines are written directly. `service` stands in every
// line.
void Start(std::string_view service, Level level);
// Writes what is queued and ends the thread.
void Stop();
// "debug", "info", "warn" or "error"; kInfo for anything else.
Level LevelFromText(std::string_view text);

void Write(Level level, std::string_view event, Fields fields);
bool Enabled(Level level);

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (Enabled(Level::kDebug)) Write(Level::kDebug, event, {fields.begin(), fields.size()});
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (Enabled(Level::kInfo)) Write(Level::kInfo, event, {fields.begin(), fields.size()});
}
inline void Warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  if (Enabled(Level::kWarn)) Write(Level::kWarn, event, {fields.begin(), fields.size()});
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, {fields.begin(), fields.size()});
}

// Lines lost because the queue was full.
std::uint64_t Dropped();

// Exposed for tests: the line without its line break, and the redaction of free text.
std::string FormatLine(Level level, std::string_view service, std::string_view event, Fields fields,
                       std::chrono::system_clock::time_point now);
std::string Redact(std::string_view text);

// For tests: lines go to `sink` instead of stderr until it is called with nullptr. Not while Start is active.
void CaptureForTest(void (*sink)(std::string_view line));

}  // namespace aplus::log
