// Identifiers: UUIDv7 (RFC 9562), one C++ type per kind of thing so that a user's id cannot be passed for a
// request's. Ids are not secrets; tokens come from libs/base/random.h.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/random.h"
#include "libs/base/time.h"

namespace aplus {

using UuidBytes = std::array<std::uint8_t, 16>;

// Lower-case canonical text, 36 characters.
std::string FormatUuid(const UuidBytes& bytes);
// nullopt unless canonical lower-case text of 36 characters.
std::optional<UuidBytes> ParseUuid(std::string_view text);
// Time-ordered, 74 random bits.
UuidBytes NewUuid(const Clock& clock, Random& random);

template <class Tag>
struct Id {
  UuidBytes bytes{};

  static Id New(const Clock& clock, Random& random) { return Id{NewUuid(clock, random)}; }
  static std::optional<Id> Parse(std::string_view text) {
    if (auto parsed = ParseUuid(text)) return Id{*parsed};
    return std::nullopt;
  }
  std::string ToString() const { return FormatUuid(bytes); }
  bool IsNil() const { return bytes == UuidBytes{}; }
  friend auto operator<=>(const Id&, const Id&) = default;

  template <class H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine_contiguous(std::move(state), id.bytes.data(), id.bytes.size());
  }
};

using UserId = Id<struct UserTag>;
using GroupId = Id<struct GroupTag>;
using OrganisationId = Id<struct OrganisationTag>;
using RequestId = Id<struct RequestTag>;
using MessageId = Id<struct MessageTag>;
using FileId = Id<struct FileTag>;
using SessionId = Id<struct SessionTag>;
using EventId = Id<struct EventTag>;
using AuditId = Id<struct AuditTag>;
using IdempotencyKey = Id<struct IdempotencyKeyTag>;

}  // namespace aplus

template <class Tag>
struct std::hash<aplus::Id<Tag>> {
  std::size_t operator()(const aplus::Id<Tag>& id) const noexcept {
    std::size_t value;
    static_assert(sizeof value <= 16);
    // The last bytes of a UUIDv7 are random.
    __builtin_memcpy(&value, id.bytes.data() + 16 - sizeof value, sizeof value);
    return value;
  }
};
