// The formats that protos name (aplus.api.v1.Format), each a pure function on normalised text. Empty text is
// nobody's format; `required` decides about it.
#pragma once

#include <string>
#include <string_view>

#include "aplus/api/v1/options.pb.h"

namespace aplus {

struct FormatResult {
  bool ok = true;
  std::string_view detail;  // French, when not ok: what is expected
};

FormatResult CheckFormat(api::v1::Format format, std::string_view text);

// How a text that has passed is kept: NIR, CAF and tax numbers without spaces and in upper case, so that
// search and comparison see one form; everything else as it is.
std::string CanonicalForm(api::v1::Format format, std::string_view text);

bool IsUuidText(std::string_view text);
bool IsEmailAddress(std::string_view text);
bool IsPhoneNumber(std::string_view text);
// 13 characters, or 15 with the key, spaces allowed; 2A and 2B of Corsica; months 20 and above as INSEE uses
// them for unknown months; the key is 97 - number mod 97 (P21).
bool IsNir(std::string_view text);
bool IsCafNumber(std::string_view text);
bool IsTaxNumber(std::string_view text);
bool IsDate(std::string_view text);
bool IsBirthDate(std::string_view text);
bool IsAreaCode(std::string_view text);
bool IsSitePath(std::string_view text);
bool IsCursor(std::string_view text);

}  // namespace aplus
