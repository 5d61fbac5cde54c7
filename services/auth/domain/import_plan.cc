#include "services/auth/domain/import_plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "libs/base/text.h"
#include "libs/identity/principal.h"
#include "services/auth/domain/csv.h"
#include "services/auth/domain/email_address.h"

namespace aplus::auth {
namespace import_plan {

enum Column : std::uint8_t { kFirstName, kLastName, kEmail, kFunction, kPhone, kRoles, kShared, kColumns };

constexpr std::array<std::pair<std::string_view, Column>, 22> kHeadings{{
    {"prenom", kFirstName},
    {"first name", kFirstName},
    {"nom", kLastName},
    {"nom de famille", kLastName},
    {"nom du compte", kLastName},
    {"last name", kLastName},
    {"email", kEmail},
    {"e mail", kEmail},
    {"mail", kEmail},
    {"courriel", kEmail},
    {"adresse e mail", kEmail},
    {"adresse electronique", kEmail},
    {"adresse mail", kEmail},
    {"fonction", kFunction},
    {"qualite", kFunction},
    {"telephone", kPhone},
    {"tel", kPhone},
    {"role", kRoles},
    {"roles", kRoles},
    {"partage", kShared},
    {"compte partage", kShared},
    {"shared", kShared},
}};

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 6> kRoleWords{{
    {"aidant", kRoleHelper},
    {"aidante", kRoleHelper},
    {"instructeur", kRoleInstructor},
    {"instructrice", kRoleInstructor},
    {"responsable", kRoleManager},
    {"manager", kRoleManager},
}};

// Words without case and accents, one blank between them.
std::string Folded(std::string_view text) {
  const auto words = FoldedWords(text);
  std::string joined;
  if (!words) return joined;
  for (const std::string& word : *words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

using Places = std::array<std::optional<std::size_t>, kColumns>;

std::optional<Places> PlacesOf(const CsvRecord& headings) {
  Places places;
  for (std::size_t i = 0; i < headings.cells.size(); ++i) {
    const std::string name = Folded(headings.cells[i]);
    for (const auto& [known, column] : kHeadings) {
      if (known == name && !places[column]) places[column] = i;
    }
  }
  if (!places[kEmail] || !places[kLastName]) return std::nullopt;
  return places;
}

// nullopt: a word that is no role. Nothing written: helper (P2).
std::optional<std::uint8_t> RolesOf(std::string_view text) {
  const auto words = FoldedWords(text);
  if (!words) return std::nullopt;
  std::uint8_t roles = 0;
  for (const std::string& word : *words) {
    // « responsable de groupe », « aidant et responsable »
    if (word == "de" || word == "groupe" || word == "et") continue;
    const auto* known = std::find_if(kRoleWords.begin(), kRoleWords.end(),
                                     [&](const auto& entry) { return entry.first == word; });
    if (known == kRoleWords.end()) return std::nullopt;
    roles |= known->second;
  }
  return roles == 0 ? kRoleHelper : roles;
}

std::optional<bool> SharedOf(std::string_view text) {
  const std::string word = Folded(text);
  if (word.empty() || word == "non" || word == "no" || word == "0" || word == "faux") return false;
  if (word == "oui" || word == "yes" || word == "x" || word == "1" || word == "vrai") return true;
  return std::nullopt;
}

class RowReader {
 public:
  RowReader(const CsvRecord& record, const Places& places, const TextChecks& checks)
      : record_(record), places_(places), checks_(checks) {}

  ImportRow Read() {
    row_.line = record_.line;
    row_.email = Take(kEmail, "email", 254);
    row_.email_key = EmailKey(row_.email);
    row_.first_name = Take(kFirstName, "first_name", 200);
    row_.last_name = Take(kLastName, "last_name", 200);
    row_.function = Take(kFunction, "function", 200);
    row_.phone = Take(kPhone, "phone", 40);
    if (!checks_.email(row_.email)) Wrong("email");
    if (row_.last_name.empty()) Wrong("last_name");
    if (!row_.phone.empty() && !checks_.phone(row_.phone)) Wrong("phone");
    const auto roles = RolesOf(Cell(kRoles));
    if (!roles) Wrong("roles");
    row_.roles = roles.value_or(kRoleHelper);
    const auto shared = SharedOf(Cell(kShared));
    if (!shared) Wrong("shared");
    row_.shared = shared.value_or(false);
    if (!row_.shared && row_.first_name.empty()) Wrong("first_name");
    if (!row_.wrong.empty()) row_.outcome = RowOutcome::kInvalid;
    return std::move(row_);
  }

 private:
  std::string_view Cell(Column column) const {
    const auto place = places_[column];
    return place && *place < record_.cells.size() ? std::string_view(record_.cells[*place])
                                                  : std::string_view();
  }

  std::string Take(Column column, const char* name, std::size_t most) {
    auto line = NormaliseLine(Cell(column));
    const auto characters = line ? CountCharacters(*line) : std::nullopt;
    if (!characters || *characters > most) {
      Wrong(name);
      return {};
    }
    return *std::move(line);
  }

  void Wrong(const char* name) {
    if (std::find(row_.wrong.begin(), row_.wrong.end(), name) == row_.wrong.end())
      row_.wrong.emplace_back(name);
  }

  const CsvRecord& record_;
  const Places& places_;
  const TextChecks& checks_;
  ImportRow row_;
};

}  // namespace import_plan

ImportTable ReadPeopleTable(std::string_view csv, std::size_t most_rows, const TextChecks& checks) {
  ImportTable table;
  const auto records = ReadCsv(csv);
  if (!records) return {TableFault::kQuote, {}};
  if (records->empty()) return {TableFault::kEmpty, {}};
  const auto places = import_plan::PlacesOf(records->front());
  if (!places) return {TableFault::kHeadings, {}};
  if (records->size() < 2) return {TableFault::kEmpty, {}};
  if (records->size() - 1 > most_rows) return {TableFault::kTooLong, {}};
  std::set<std::string, std::less<>> seen;
  table.rows.reserve(records->size() - 1);
  for (std::size_t i = 1; i < records->size(); ++i) {
    ImportRow row = import_plan::RowReader((*records)[i], *places, checks).Read();
    if (row.outcome == RowOutcome::kNone && !seen.insert(row.email_key).second) {
      row.outcome = RowOutcome::kDuplicate;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

RowOutcome OutcomeOf(const KnownAccount* known) {
  if (known == nullptr) return RowOutcome::kCreate;
  if (known->member) return RowOutcome::kMember;
  if (!known->active) return RowOutcome::kDeactivated;
  return MayJoin(known->join) ? RowOutcome::kAdd : RowOutcome::kRefused;
}

}  // namespace aplus::auth
