// How auth's enums stand in its tables.
#pragma once

#include <array>
#include <string_view>

#include "libs/identity/principal.h"
#include "libs/postgres/codec.h"

namespace aplus {

// Enumerators count from 1; no row holds the empty text (CHECK).
template <>
struct DbEnum<Side> {
  static constexpr std::array<std::string_view, 3> kTexts{"", "helper", "instructor"};
};

namespace auth {

// Identifiers of a citizen that only entitled organisations may ask for and see (P22).
enum class Identifier : std::uint8_t { kNir, kTaxNumber, kCafNumber };

}  // namespace auth

template <>
struct DbEnum<auth::Identifier> {
  static constexpr std::array<std::string_view, 3> kTexts{"nir", "tax_number", "caf_number"};
};

}  // namespace aplus
