#include "services/auth/rpc/convert.h"

namespace aplus::auth {

v1::Side ToProto(Side side) { return side == Side::kHelper ? v1::SIDE_HELPER : v1::SIDE_INSTRUCTOR; }

v1::Identifier ToProto(Identifier identifier) {
  switch (identifier) {
    case Identifier::kNir:
      return v1::IDENTIFIER_NIR;
    case Identifier::kTaxNumber:
      return v1::IDENTIFIER_TAX_NUMBER;
    case Identifier::kCafNumber:
      return v1::IDENTIFIER_CAF_NUMBER;
  }
  return v1::IDENTIFIER_UNSPECIFIED;
}

void ToProto(const AreaRow& row, v1::Area& out) {
  out.set_id(row.id);
  out.set_name(row.name);
  out.set_time_zone(row.time_zone);
}

void ToProto(const OrganisationRow& row, v1::Organisation& out) {
  out.set_id(row.id);
  out.set_short_name(row.short_name);
  out.set_full_name(row.full_name);
  out.set_side(ToProto(row.side));
  for (const std::string& theme : row.theme_ids) out.add_theme_ids(theme);
  out.set_notice(row.notice);
  for (const Identifier identifier : row.entitled) out.add_entitled(ToProto(identifier));
}

void ToProto(const ThemeRow& row, v1::Theme& out) {
  out.set_id(row.id);
  out.set_name(row.name);
  for (const std::string& subject : row.suggested_subjects) out.add_suggested_subjects(subject);
}

void ToProto(const GroupRow& row, v1::Group& out) {
  out.set_id(row.id.ToString());
  out.set_name(row.name);
  out.set_organisation_id(row.organisation_id);
  out.set_side(ToProto(row.side));
  for (const std::string& area : row.area_ids) out.add_area_ids(area);
  out.set_notice(row.notice);
  out.set_addressable(row.addressable);
}

void ToProto(const ProfileRow& row, v1::User& out) {
  out.set_id(row.id.ToString());
  out.set_email(row.email);
  out.set_first_name(row.first_name);
  out.set_last_name(row.last_name);
  out.set_function(row.function);
  out.set_phone(row.phone);
  out.set_shared(row.shared);
}

void ToProto(const ProfileRow& row, v1::Terms& out) {
  out.set_current(row.current_terms);
  out.set_accepted(row.accepted_terms);
}

std::uint8_t BitOf(v1::Role role) {
  switch (role) {
    case v1::ROLE_HELPER:
      return kRoleHelper;
    case v1::ROLE_INSTRUCTOR:
      return kRoleInstructor;
    case v1::ROLE_MANAGER:
      return kRoleManager;
    default:
      return 0;
  }
}

std::uint8_t BitOf(v1::AccountRole role) {
  switch (role) {
    case v1::ACCOUNT_ROLE_ADMINISTRATOR:
      return kRoleAdministrator;
    case v1::ACCOUNT_ROLE_EXPERT:
      return kRoleExpert;
    case v1::ACCOUNT_ROLE_OBSERVER:
      return kRoleObserver;
    default:
      return 0;
  }
}

}  // namespace aplus::auth
