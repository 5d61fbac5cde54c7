#include "services/requests/load/demo_people.h"

#include <simdjson.h>

#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace aplus::requests {
namespace demo_people {

using Object = simdjson::dom::element;

// The rows of a file's one array. auth has checked the files when it loaded them; here a wrong one is refused
// without saying where.
class File {
 public:
  static Result<File> Read(const std::string& folder, const std::string& name) {
    File file;
    const std::string path = folder + "/" + name + ".json";
    simdjson::dom::element root;
    if (file.parser_->load(path).get(root) != simdjson::SUCCESS ||
        root[name.substr(name.find('/') + 1)].get(file.rows_) != simdjson::SUCCESS) {
      return Fail(Reason::kInvalidArgument, path + " cannot be read");
    }
    return file;
  }
  simdjson::dom::array rows() const { return rows_; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::array rows_;
};

std::string Text(Object row, std::string_view field) {
  std::string_view text;
  return row[field].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::vector<std::string> Texts(Object row, std::string_view field) {
  std::vector<std::string> texts;
  simdjson::dom::array array;
  if (row[field].get(array) != simdjson::SUCCESS) return texts;
  for (const Object item : array) {
    std::string_view text;
    if (item.get(text) == simdjson::SUCCESS) texts.emplace_back(text);
  }
  return texts;
}

Identifiers EntitledBits(const std::vector<std::string>& names) {
  Identifiers bits = 0;
  for (const std::string& name : names) {
    if (name == "nir") bits |= kNir;
    if (name == "tax_number") bits |= kTaxNumber;
    if (name == "caf_number") bits |= kCafNumber;
  }
  return bits;
}

std::uint8_t RoleBits(const std::vector<std::string>& names) {
  std::uint8_t bits = 0;
  for (const std::string& name : names) {
    if (name == "helper") bits |= kRoleHelper;
    if (name == "instructor") bits |= kRoleInstructor;
    if (name == "manager") bits |= kRoleManager;
  }
  return bits;
}

struct Organisation {
  Side side = Side::kInstructor;
  Identifiers entitled = 0;
};

// A principal as auth would sign it; nullopt for accounts that the generator leaves alone.
std::optional<Principal> ReadUser(Object row, const std::map<GroupId, Side>& sides) {
  bool shared = true;
  const auto user = UserId::Parse(Text(row, "id"));
  if (row["shared"].get(shared) != simdjson::SUCCESS || shared || !user) return std::nullopt;
  if (!Texts(row, "account_roles").empty()) return std::nullopt;
  Principal principal;
  principal.user = *user;
  principal.terms_accepted = true;
  principal.amr = {"demo"};
  simdjson::dom::array memberships;
  if (row["memberships"].get(memberships) != simdjson::SUCCESS) return std::nullopt;
  for (const Object membership : memberships) {
    const auto group = GroupId::Parse(Text(membership, "group_id"));
    if (!group || !sides.contains(*group)) continue;
    principal.memberships.push_back(
        {.group = *group, .roles = RoleBits(Texts(membership, "roles")), .side = sides.at(*group)});
  }
  return principal;
}

}  // namespace demo_people

Result<DemoPeople> ReadDemoPeople(const std::string& folder) {
  TRY(const demo_people::File organisations, demo_people::File::Read(folder, "reference/organisations"));
  TRY(const demo_people::File themes, demo_people::File::Read(folder, "reference/themes"));
  TRY(const demo_people::File groups, demo_people::File::Read(folder, "demo/groups"));
  TRY(const demo_people::File users, demo_people::File::Read(folder, "demo/users"));

  DemoPeople people;
  std::map<std::string, std::vector<std::string>> of_theme;
  for (const auto row : themes.rows()) {
    of_theme[demo_people::Text(row, "id")] = demo_people::Texts(row, "suggested_subjects");
  }
  std::map<std::string, demo_people::Organisation> known;
  for (const auto row : organisations.rows()) {
    const std::string id = demo_people::Text(row, "id");
    known[id] = {.side = demo_people::Text(row, "kind") == "helper" ? Side::kHelper : Side::kInstructor,
                 .entitled = demo_people::EntitledBits(demo_people::Texts(row, "entitled"))};
    for (const std::string& theme : demo_people::Texts(row, "theme_ids")) {
      std::vector<std::string>& subjects = people.subjects[id];
      subjects.insert(subjects.end(), of_theme[theme].begin(), of_theme[theme].end());
    }
  }
  std::map<GroupId, Side> sides;
  std::vector<DemoGroup> all;
  for (const auto row : groups.rows()) {
    const auto id = GroupId::Parse(demo_people::Text(row, "id"));
    const std::string organisation = demo_people::Text(row, "organisation_id");
    if (!id || !known.contains(organisation)) continue;
    sides[*id] = known.at(organisation).side;
    all.push_back({.id = *id,
                   .organisation = organisation,
                   .areas = demo_people::Texts(row, "area_ids"),
                   .entitled = known.at(organisation).entitled,
                   .actors = {}});
  }
  for (const auto row : users.rows()) {
    auto principal = demo_people::ReadUser(row, sides);
    if (!principal) continue;
    const auto shared = std::make_shared<const Principal>(*std::move(principal));
    for (DemoGroup& group : all) {
      const auto role = sides.at(group.id) == Side::kHelper ? kRoleHelper : kRoleInstructor;
      if (shared->Has(group.id, role)) group.actors.push_back(shared);
    }
  }
  for (DemoGroup& group : all) {
    if (group.actors.empty() || group.areas.empty()) continue;
    (sides.at(group.id) == Side::kHelper ? people.helpers : people.instructors).push_back(std::move(group));
  }
  if (people.helpers.empty() || people.instructors.empty()) {
    return Fail(Reason::kInvalidArgument, folder + "/demo holds nobody who could act");
  }
  return people;
}

}  // namespace aplus::requests
