#include "services/auth/load/data_files.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace aplus::auth {
namespace data_files {

// One row of a file's array; remembers where it stands, and the first thing wrong with it.
class Row {
 public:
  Row(simdjson::dom::element value, std::string where) : value_(value), where_(std::move(where)) {}
  // Stands for an object that is missing: every field of it is.
  explicit Row(std::string where) : where_(std::move(where)) {}

  std::string Text(std::string_view field, bool may_be_empty = true) {
    std::string_view text;
    if (!Get(field, text) || (text.empty() && !may_be_empty)) Refuse(field, "a text");
    return std::string(text);
  }
  bool Bool(std::string_view field) {
    bool value = false;
    if (!Get(field, value)) Refuse(field, "true or false");
    return value;
  }
  std::vector<std::string> Texts(std::string_view field) {
    std::vector<std::string> texts;
    simdjson::dom::array array;
    if (!Get(field, array)) {
      Refuse(field, "a list");
      return texts;
    }
    for (const simdjson::dom::element element : array) {
      std::string_view text;
      if (element.get(text) != simdjson::SUCCESS) Refuse(field, "a list of texts");
      texts.emplace_back(text);
    }
    return texts;
  }
  std::vector<Row> Rows(std::string_view field) {
    std::vector<Row> rows;
    simdjson::dom::array array;
    if (!Get(field, array)) {
      Refuse(field, "a list");
      return rows;
    }
    for (const simdjson::dom::element element : array) rows.emplace_back(element, where_);
    return rows;
  }
  Row Object(std::string_view field) {
    simdjson::dom::element element;
    simdjson::dom::object object;
    if (Get(field, element) && element.get(object) == simdjson::SUCCESS) return Row(element, where_);
    Refuse(field, "an object");
    return Row(where_);
  }
  template <class SomeId>
  SomeId IdOf(std::string_view field) {
    const auto id = SomeId::Parse(Text(field));
    if (!id) Refuse(field, "a UUID");
    return id.value_or(SomeId{});
  }
  // The bits, or the one value, that the texts stand for.
  template <class Value, std::size_t N>
  Value OneOf(std::string_view field, const std::string& text,
              const std::array<std::pair<std::string_view, Value>, N>& known) {
    for (const auto& [name, value] : known) {
      if (name == text) return value;
    }
    Refuse(field, "one of the words that data/README.md lists");
    return {};
  }
  void Refuse(std::string_view field, std::string_view expected) {
    if (!wrong_) wrong_ = fmt::format("{}: {} must be {}", where_, field, expected);
  }
  // Takes over what is wrong with a part.
  void Adopt(const Row& part) {
    if (!wrong_) wrong_ = part.wrong_;
  }
  Result<void> Check() const {
    if (wrong_) return Fail(Reason::kInvalidArgument, *wrong_);
    return {};
  }

 private:
  template <class Value>
  bool Get(std::string_view field, Value& out) const {
    return value_ && (*value_)[field].get(out) == simdjson::SUCCESS;
  }

  std::optional<simdjson::dom::element> value_;
  std::string where_;
  std::optional<std::string> wrong_;
};

constexpr std::array<std::pair<std::string_view, Side>, 2> kSides{
    {{"helper", Side::kHelper}, {"instructor", Side::kInstructor}}};
constexpr std::array<std::pair<std::string_view, Identifier>, 3> kIdentifiers{
    {{"nir", Identifier::kNir},
     {"tax_number", Identifier::kTaxNumber},
     {"caf_number", Identifier::kCafNumber}}};
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 3> kRoles{
    {{"helper", kRoleHelper}, {"instructor", kRoleInstructor}, {"manager", kRoleManager}}};
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 3> kAccountRoles{
    {{"administrator", kRoleAdministrator}, {"expert", kRoleExpert}, {"observer", kRoleObserver}}};

AreaRecord ReadArea(Row& row) {
  return {row.Text("id", false), row.Text("name", false), row.Text("time_zone", false),
          row.Text("holidays", false)};
}

ThemeRecord ReadTheme(Row& row) {
  return {row.Text("id", false), row.Text("name", false), row.Texts("suggested_subjects")};
}

OrganisationRecord ReadOrganisation(Row& row) {
  OrganisationRecord record{.id = row.Text("id", false),
                            .short_name = row.Text("short_name", false),
                            .full_name = row.Text("full_name", false),
                            .side = row.OneOf("kind", row.Text("kind"), kSides),
                            .theme_ids = row.Texts("theme_ids"),
                            .entitled = {},
                            .notice = row.Text("notice")};
  for (const std::string& text : row.Texts("entitled")) {
    record.entitled.push_back(row.OneOf("entitled", text, kIdentifiers));
  }
  return record;
}

GroupRecord ReadGroup(Row& row) {
  return {.id = row.IdOf<GroupId>("id"),
          .organisation_id = row.Text("organisation_id", false),
          .name = row.Text("name", false),
          .area_ids = row.Texts("area_ids"),
          .mailbox = row.Text("mailbox"),
          .notice = row.Text("notice"),
          .france_services_number = row.Text("france_services_number")};
}

UserRecord ReadUser(Row& row) {
  UserRecord record{.id = row.IdOf<UserId>("id"),
                    .email = row.Text("email", false),
                    .first_name = row.Text("first_name"),
                    .last_name = row.Text("last_name", false),
                    .function = row.Text("function"),
                    .phone = row.Text("phone"),
                    .shared = row.Bool("shared"),
                    .account_roles = 0,
                    .observed_organisations = {},
                    .observed_areas = {},
                    .memberships = {}};
  for (const std::string& role : row.Texts("account_roles")) {
    record.account_roles |= row.OneOf("account_roles", role, kAccountRoles);
  }
  Row observed = row.Object("observed");
  record.observed_organisations = observed.Texts("organisation_ids");
  record.observed_areas = observed.Texts("area_ids");
  row.Adopt(observed);
  for (Row& membership : row.Rows("memberships")) {
    MembershipRecord one{.group = membership.IdOf<GroupId>("group_id"), .roles = 0};
    for (const std::string& role : membership.Texts("roles")) {
      one.roles |= membership.OneOf("roles", role, kRoles);
    }
    if (one.roles == 0) membership.Refuse("roles", "at least one role");
    row.Adopt(membership);
    record.memberships.push_back(one);
  }
  if ((record.account_roles & kRoleAdministrator) != 0 && !record.memberships.empty()) {
    row.Refuse("memberships", "empty for an administrator (P2)");
  }
  return record;
}

// `folder`/`name`.json is {"name": [rows]}.
template <class Record>
Result<std::vector<Record>> ReadFile(const std::string& folder, const std::string& name,
                                     Record (*read)(Row&)) {
  const std::string path = fmt::format("{}/{}.json", folder, name);
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array array;
  auto error = parser.load(path).get(document);
  if (!error) error = document[name].get(array);
  if (error) {
    return Fail(Reason::kInvalidArgument, fmt::format("{}: {}", path, simdjson::error_message(error)));
  }
  std::vector<Record> records;
  std::size_t number = 0;
  for (const simdjson::dom::element element : array) {
    Row row(element, fmt::format("{}, row {}", path, ++number));
    records.push_back(read(row));
    TRY_VOID(row.Check());
  }
  return records;
}

}  // namespace data_files

Result<ReferenceData> ReadReferenceFiles(const std::string& folder) {
  ReferenceData data;
  TRY(data.areas, data_files::ReadFile(folder, "areas", data_files::ReadArea));
  TRY(data.themes, data_files::ReadFile(folder, "themes", data_files::ReadTheme));
  TRY(data.organisations, data_files::ReadFile(folder, "organisations", data_files::ReadOrganisation));
  return data;
}

Result<DemoData> ReadDemoFiles(const std::string& folder) {
  DemoData data;
  TRY(data.groups, data_files::ReadFile(folder, "groups", data_files::ReadGroup));
  TRY(data.users, data_files::ReadFile(folder, "users", data_files::ReadUser));
  return data;
}

}  // namespace aplus::auth
