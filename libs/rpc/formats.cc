#include "libs/rpc/formats.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "libs/base/id.h"

namespace aplus {
namespace formats {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool AreDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }
int Number(std::string_view digits) {
  int number = 0;
  for (char c : digits) number = number * 10 + (c - '0');
  return number;
}

// Word processors and web pages put spaces between digits that do not break lines.
std::string PlainSpaces(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.starts_with("\u00a0") || text.starts_with("\u202f")) {
      plain += ' ';
      text.remove_prefix(text.front() == '\xc2' ? 2 : 3);
    } else {
      plain += text.front();
      text.remove_prefix(1);
    }
  }
  return plain;
}

// Without spaces, letters in upper case: how numbers are kept.
std::string Compact(std::string_view text) {
  std::string compact;
  for (char c : PlainSpaces(text)) {
    if (c == ' ') continue;
    compact += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return compact;
}

bool IsBirthYear(std::string_view four_digits) {
  const int year = Number(four_digits);
  return year >= 1880 && year <= 2100;
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return IsDigit(c) || IsLetter(c) || c == '-'; });
}

bool IsDomain(std::string_view domain) {
  std::size_t labels = 0;
  while (true) {
    const std::size_t dot = domain.find('.');
    const std::string_view label = domain.substr(0, dot);
    if (!IsLabel(label)) return false;
    ++labels;
    // A top level of digits would be an address.
    if (dot == std::string_view::npos) return labels >= 2 && !AreDigits(label);
    domain.remove_prefix(dot + 1);
  }
}

bool IsLocalPart(std::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) {
    return IsDigit(c) || IsLetter(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// INSEE numbers months that nobody knows 20–42 and 50–99.
bool IsNirMonth(int month) {
  return (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
}

}  // namespace formats

bool IsUuidText(std::string_view text) { return ParseUuid(text).has_value(); }

bool IsEmailAddress(std::string_view text) {
  if (text.size() > 254) return false;
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && formats::IsLocalPart(text.substr(0, at)) &&
         formats::IsDomain(text.substr(at + 1));
}

bool IsPhoneNumber(std::string_view text) {
  const std::string plain = formats::PlainSpaces(text);
  std::string digits;
  const bool plus = plain.starts_with('+');
  char before = ' ';
  for (char c : std::string_view(plain).substr(plus ? 1 : 0)) {
    if (formats::IsDigit(c)) {
      digits += c;
    } else if ((c != ' ' && c != '.' && c != '-') || !formats::IsDigit(before)) {
      return false;  // separators stand between digits, one at a time
    }
    before = c;
  }
  if (!formats::IsDigit(before)) return false;
  if (plus && digits.starts_with("33")) return digits.size() == 11 && digits[2] != '0';
  if (plus) return digits.size() >= 8 && digits.size() <= 15 && digits[0] != '0';
  if (digits.starts_with("00")) return digits.size() >= 11 && digits.size() <= 17 && digits[2] != '0';
  return digits.size() == 10 && digits[0] == '0' && digits[1] != '0';
}

bool IsNir(std::string_view text) {
  const std::string nir = formats::Compact(text);
  if (nir.size() != 13 && nir.size() != 15) return false;
  const std::string_view sex = std::string_view(nir).substr(0, 1);
  const std::string_view month = std::string_view(nir).substr(3, 2);
  const std::string_view department = std::string_view(nir).substr(5, 2);
  if (std::string_view("123478").find(sex[0]) == std::string_view::npos) return false;
  // Corsica's letters count as 19 and 18 in the key.
  std::string counted = nir.substr(0, 13);
  if (department == "2A" || department == "2B") {
    counted[5] = '1';
    counted[6] = department == "2A" ? '9' : '8';
  } else if (department == "00") {
    return false;
  }
  if (!formats::AreDigits(counted)) return false;
  if (!formats::IsNirMonth(formats::Number(month))) return false;
  if (std::string_view(nir).substr(7, 3) == "000" || std::string_view(nir).substr(10, 3) == "000")
    return false;
  if (nir.size() == 13) return true;
  const std::string_view key = std::string_view(nir).substr(13);
  if (!formats::AreDigits(key)) return false;
  std::uint64_t number = 0;
  for (char c : counted) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return static_cast<std::uint64_t>(formats::Number(key)) == 97 - number % 97;
}

bool IsCafNumber(std::string_view text) {
  const std::string number = formats::Compact(text);
  if (number.size() != 7 && number.size() != 8) return false;
  return formats::AreDigits(std::string_view(number).substr(0, 7)) &&
         (number.size() == 7 || formats::IsLetter(number[7]));
}

bool IsTaxNumber(std::string_view text) {
  const std::string number = formats::Compact(text);
  return number.size() == 13 && formats::AreDigits(number);
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const std::string_view year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8, 2);
  if (!formats::AreDigits(year) || !formats::AreDigits(month) || !formats::AreDigits(day)) return false;
  const int y = formats::Number(year), m = formats::Number(month), d = formats::Number(day);
  return y >= 1800 && m >= 1 && m <= 12 && d >= 1 && d <= formats::DaysInMonth(y, m);
}

bool IsBirthDate(std::string_view text) {
  // Somewhere four digits that are a year in which somebody now alive can be born, alone or at either end of
  // a date of eight digits.
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && formats::IsDigit(text[end])) ++end;
    const std::string_view run = text.substr(i, end - i);
    if (run.size() == 4 && formats::IsBirthYear(run)) return true;
    if (run.size() == 8 && (formats::IsBirthYear(run.substr(0, 4)) || formats::IsBirthYear(run.substr(4))))
      return true;
    i = end + 1;
  }
  return false;
}

bool IsAreaCode(std::string_view text) {
  if (text == "2A" || text == "2B" || text == "976") return true;
  if (!formats::AreDigits(text)) return false;
  if (text.size() == 2) return text != "00" && text != "20" && formats::Number(text) <= 95;
  return text.size() == 3 && formats::Number(text) >= 971 && formats::Number(text) <= 974;
}

bool IsSitePath(std::string_view text) {
  // "//host" and "/\host" are addresses of other sites to a browser.
  if (text.empty() || text[0] != '/' || text.size() > 2048) return false;
  if (text.size() > 1 && (text[1] == '/' || text[1] == '\\')) return false;
  if (text.find('\\') != std::string_view::npos) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; })) return false;
  // No way up, also when percent-encoded.
  const std::string_view path = text.substr(0, text.find_first_of("?#"));
  return path.find("/..") == std::string_view::npos && path.find("%2e") == std::string_view::npos &&
         path.find("%2E") == std::string_view::npos && path.find("%2f") == std::string_view::npos &&
         path.find("%2F") == std::string_view::npos && path.find("%5c") == std::string_view::npos &&
         path.find("%5C") == std::string_view::npos;
}

bool IsCursor(std::string_view text) {
  return text.size() <= 1024 && std::all_of(text.begin(), text.end(), [](char c) {
           return formats::IsDigit(c) || formats::IsLetter(c) || c == '-' || c == '_' || c == '.';
         });
}

FormatResult CheckFormat(api::v1::Format format, std::string_view text) {
  const auto answer = [](bool ok, std::string_view detail) { return FormatResult{ok, detail}; };
  switch (format) {
    case api::v1::FORMAT_UUID:
      return answer(IsUuidText(text), "Identifiant mal formé.");
    case api::v1::FORMAT_EMAIL:
      return answer(IsEmailAddress(text),
                    "Adresse électronique mal formée (exemple : prenom.nom@exemple.fr).");
    case api::v1::FORMAT_PHONE:
      return answer(IsPhoneNumber(text), "Numéro de téléphone mal formé (exemple : 06 12 34 56 78).");
    case api::v1::FORMAT_NIR:
      return answer(IsNir(text),
                    "Numéro de sécurité sociale mal formé : 13 ou 15 caractères, clé comprise et juste.");
    case api::v1::FORMAT_CAF_NUMBER:
      return answer(IsCafNumber(text), "Numéro CAF mal formé : 7 chiffres et éventuellement une lettre.");
    case api::v1::FORMAT_TAX_NUMBER:
      return answer(IsTaxNumber(text), "Numéro fiscal mal formé : 13 chiffres.");
    case api::v1::FORMAT_DATE:
      return answer(IsDate(text), "Date mal formée (exemple : 2026-05-12).");
    case api::v1::FORMAT_BIRTH_DATE:
      return answer(IsBirthDate(text), "Indiquez au moins l’année de naissance.");
    case api::v1::FORMAT_AREA:
      return answer(IsAreaCode(text), "Code de département inconnu.");
    case api::v1::FORMAT_SITE_PATH:
      return answer(IsSitePath(text), "Adresse de page mal formée.");
    case api::v1::FORMAT_LINE:
      return answer(text.find('\n') == std::string_view::npos, "Une seule ligne.");
    case api::v1::FORMAT_CURSOR:
      return answer(IsCursor(text), "Marque de page mal formée.");
    default:
      return {};
  }
}

std::string CanonicalForm(api::v1::Format format, std::string_view text) {
  switch (format) {
    case api::v1::FORMAT_NIR:
    case api::v1::FORMAT_CAF_NUMBER:
    case api::v1::FORMAT_TAX_NUMBER:
      return formats::Compact(text);
    default:
      return std::string(text);
  }
}

}  // namespace aplus
