#include "services/auth/rpc/counter.h"

#include <algorithm>
#include <utility>

#include "libs/base/bytes.h"
#include "libs/rpc/timestamp.h"
#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {

Asker AskerOf(const Call& call, Time now) {
  return {.user = call.principal().user,
          .caller = aplus::CallerOf(call.principal(), now),
          .line = LineFor(call),
          .deadline = call.deadline};
}

void ToProto(const StaffGroupRow& row, v1::Membership& out) {
  ToProto(GroupRow{row.id, row.name, row.organisation_id, row.side, row.area_ids, row.notice, row.addressable,
                   row.sort_key},
          *out.mutable_group());
  EachRole(static_cast<std::uint8_t>(row.roles), [&](v1::Role role) { out.add_roles(role); });
}

void ToProto(const Staff& staff, v1::Account& out) {
  const StaffRow& row = staff.account;
  v1::User& user = *out.mutable_user();
  user.set_id(row.id.ToString());
  user.set_email(row.email);
  user.set_first_name(row.first_name);
  user.set_last_name(row.last_name);
  user.set_function(row.function);
  user.set_phone(row.phone);
  user.set_shared(row.shared);
  out.set_active(row.active);
  for (const StaffGroupRow& group : staff.groups) ToProto(group, *out.add_memberships());
  EachAccountRole(static_cast<std::uint8_t>(row.account_roles),
                  [&](v1::AccountRole role) { out.add_account_roles(role); });
  for (const std::string& id : row.observed_organisations) out.add_observed_organisation_ids(id);
  for (const std::string& id : row.observed_areas) out.add_observed_area_ids(id);
  SetTime(row.created_at, *out.mutable_created_at());
  if (row.last_login_at) SetTime(*row.last_login_at, *out.mutable_last_login_at());
  if (row.deactivated_at) SetTime(*row.deactivated_at, *out.mutable_deactivated_at());
  out.set_exclusion(static_cast<v1::ExclusionReason>(row.exclusion));
}

void ToProto(const GroupDetailsRow& row, v1::GroupDetails& out) {
  ToProto(GroupRow{row.id, row.name, row.organisation_id, row.side, row.area_ids, row.notice, row.addressable,
                   row.sort_key},
          *out.mutable_group());
  out.set_mailbox(row.mailbox);
  out.set_france_services_number(row.france_services_number);
  out.set_active_members(static_cast<std::int32_t>(row.members));
  out.set_active_managers(static_cast<std::int32_t>(row.managers));
}

std::string NameToken(PageTokens& tokens, std::string_view question, const NamePosition& after) {
  std::string position(AsText(after.id));
  position += after.sort_key;
  return tokens.Make(question, position);
}

std::optional<NamePosition> NameAfter(PageTokens& tokens, std::string_view question,
                                      const std::string& token) {
  const auto position = tokens.Read(question, token);
  NamePosition after;
  if (!position || position->size() < after.id.size()) return std::nullopt;
  std::copy_n(position->begin(), after.id.size(), after.id.begin());
  after.sort_key = position->substr(after.id.size());
  return after;
}

Error BadPageToken() {
  return Violation("pageToken", "page_token", "Cette page n’existe pas : reprenez la liste au début.");
}

}  // namespace aplus::auth
