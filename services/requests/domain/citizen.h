// The citizen of a request (P21): what is known, who may see which identifier (P22), how it is corrected, and
// the bytes that are sealed. Every field is personal data: no operator<<, no formatter, on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace aplus::requests {

// Identifiers that only entitled organisations may ask for and see. Bits.
enum Identifier : std::uint8_t { kNir = 1, kTaxNumber = 2, kCafNumber = 4 };
using Identifiers = std::uint8_t;
inline constexpr Identifiers kAllIdentifiers = kNir | kTaxNumber | kCafNumber;

// Formats are checked at the edge of the service by the rules of the proto; empty means unknown.
struct Citizen {
  std::string first_name = {}, last_name = {}, birth_date = {};
  std::string birth_name = {}, phone = {}, address = {}, caf_number = {}, nir = {}, tax_number = {},
              file_number = {}, other_label = {}, other_value = {};

  friend bool operator==(const Citizen&, const Citizen&) = default;
};

// Only what is present changes; empty text takes a value away (never a required one).
struct CitizenPatch {
  std::optional<std::string> first_name, last_name, birth_date, birth_name, phone, address, caf_number, nir,
      tax_number, file_number, other_label, other_value;

  bool IsEmpty() const;
};

// Which restricted identifiers hold a value.
Identifiers IdentifiersIn(const Citizen& citizen);
Identifiers IdentifiersIn(const CitizenPatch& patch);

// What a reader entitled to `visible` gets.
Citizen Masked(Citizen citizen, Identifiers visible);

// kInvalidArgument when the patch would empty a required field.
Result<Citizen> Corrected(Citizen citizen, const CitizenPatch& patch);

// "Élodie Martin", for lists and search.
std::string DisplayName(const Citizen& citizen);

// The form that is sealed: one (tag, length, bytes) per field that is not empty. Unknown tags are skipped
// when read, so that a field can be added while two versions run.
Bytes Serialise(const Citizen& citizen);
// kInternal: not what Serialise writes.
Result<Citizen> ParseCitizen(BytesView bytes);

}  // namespace aplus::requests
