#include "services/requests/domain/citizen.h"

#include <array>
#include <utility>

namespace aplus::requests {
namespace citizen {

struct FieldRow {
  std::uint8_t tag;  // as stored; never reused
  const char* path;  // as in JSON
  std::string Citizen::* value;
  std::optional<std::string> CitizenPatch::* patch;
  bool required;
};

// clang-format off
constexpr std::array<FieldRow, 12> kFields{{
    {1,  "firstName",   &Citizen::first_name,  &CitizenPatch::first_name,  true},
    {2,  "lastName",    &Citizen::last_name,   &CitizenPatch::last_name,   true},
    {3,  "birthDate",   &Citizen::birth_date,  &CitizenPatch::birth_date,  true},
    {4,  "birthName",   &Citizen::birth_name,  &CitizenPatch::birth_name,  false},
    {5,  "phone",       &Citizen::phone,       &CitizenPatch::phone,       false},
    {6,  "address",     &Citizen::address,     &CitizenPatch::address,     false},
    {7,  "cafNumber",   &Citizen::caf_number,  &CitizenPatch::caf_number,  false},
    {8,  "nir",         &Citizen::nir,         &CitizenPatch::nir,         false},
    {9,  "taxNumber",   &Citizen::tax_number,  &CitizenPatch::tax_number,  false},
    {10, "fileNumber",  &Citizen::file_number, &CitizenPatch::file_number, false},
    {11, "other.label", &Citizen::other_label, &CitizenPatch::other_label, false},
    {12, "other.value", &Citizen::other_value, &CitizenPatch::other_value, false},
}};
// clang-format on

const FieldRow* FindField(std::uint8_t tag) {
  for (const FieldRow& row : kFields) {
    if (row.tag == tag) return &row;
  }
  return nullptr;
}

Identifiers Restricted(bool nir, bool tax_number, bool caf_number) {
  return static_cast<Identifiers>((nir ? kNir : 0) | (tax_number ? kTaxNumber : 0) |
                                  (caf_number ? kCafNumber : 0));
}

}  // namespace citizen

bool CitizenPatch::IsEmpty() const {
  for (const citizen::FieldRow& row : citizen::kFields) {
    if ((this->*row.patch).has_value()) return false;
  }
  return true;
}

Identifiers IdentifiersIn(const Citizen& citizen) {
  return citizen::Restricted(!citizen.nir.empty(), !citizen.tax_number.empty(), !citizen.caf_number.empty());
}

Identifiers IdentifiersIn(const CitizenPatch& patch) {
  const auto given = [](const std::optional<std::string>& field) { return field && !field->empty(); };
  return citizen::Restricted(given(patch.nir), given(patch.tax_number), given(patch.caf_number));
}

Citizen Masked(Citizen citizen, Identifiers visible) {
  if (!(visible & kNir)) citizen.nir.clear();
  if (!(visible & kTaxNumber)) citizen.tax_number.clear();
  if (!(visible & kCafNumber)) citizen.caf_number.clear();
  return citizen;
}

Result<Citizen> Corrected(Citizen citizen, const CitizenPatch& patch) {
  Error error;
  error.reason = Reason::kInvalidArgument;
  for (const citizen::FieldRow& row : citizen::kFields) {
    const std::optional<std::string>& value = patch.*row.patch;
    if (!value) continue;
    if (row.required && value->empty()) {
      error.violations.push_back(
          {std::string("citizen.") + row.path, "required", "Cette information est obligatoire."});
    }
    citizen.*row.value = *value;
  }
  if (!error.violations.empty()) return Fail(std::move(error));
  return citizen;
}

std::string DisplayName(const Citizen& citizen) { return citizen.first_name + " " + citizen.last_name; }

Bytes Serialise(const Citizen& citizen) {
  Bytes out;
  for (const citizen::FieldRow& row : citizen::kFields) {
    const std::string& value = citizen.*row.value;
    if (value.empty()) continue;
    const auto length = static_cast<std::uint32_t>(value.size());
    out.push_back(row.tag);
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(length >> shift));
    out.insert(out.end(), value.begin(), value.end());
  }
  return out;
}

Result<Citizen> ParseCitizen(BytesView bytes) {
  Citizen citizen;
  while (!bytes.empty()) {
    if (bytes.size() < 5) return Fail(Reason::kInternal, "citizen: cut short");
    const std::uint8_t tag = bytes[0];
    std::uint32_t length = 0;
    for (int i = 1; i <= 4; ++i) length = length << 8 | bytes[static_cast<std::size_t>(i)];
    bytes = bytes.subspan(5);
    if (length > bytes.size()) return Fail(Reason::kInternal, "citizen: a length beyond the end");
    if (const citizen::FieldRow* row = citizen::FindField(tag)) {
      citizen.*row->value = AsText(bytes.first(length));
    }
    bytes = bytes.subspan(length);
  }
  return citizen;
}

}  // namespace aplus::requests
