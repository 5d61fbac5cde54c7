// Rows into messages.
#pragma once

#include <cstdint>

#include "aplus/auth/v1/me.pb.h"
#include "aplus/auth/v1/types.pb.h"
#include "libs/base/time.h"
#include "libs/rpc/timestamp.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/directory_store.h"

namespace aplus::auth {

v1::Side ToProto(Side side);
v1::Identifier ToProto(Identifier identifier);
void ToProto(const AreaRow& row, v1::Area& out);
void ToProto(const OrganisationRow& row, v1::Organisation& out);
void ToProto(const ThemeRow& row, v1::Theme& out);
void ToProto(const GroupRow& row, v1::Group& out);
void ToProto(const ProfileRow& row, v1::User& out);
void ToProto(const ProfileRow& row, v1::Terms& out);

// Calls add(role) for each bit, in the order of the enumerators.
template <class Add>
void EachRole(std::uint8_t bits, Add add) {
  if ((bits & kRoleHelper) != 0) add(v1::ROLE_HELPER);
  if ((bits & kRoleInstructor) != 0) add(v1::ROLE_INSTRUCTOR);
  if ((bits & kRoleManager) != 0) add(v1::ROLE_MANAGER);
}
template <class Add>
void EachAccountRole(std::uint8_t bits, Add add) {
  if ((bits & kRoleAdministrator) != 0) add(v1::ACCOUNT_ROLE_ADMINISTRATOR);
  if ((bits & kRoleExpert) != 0) add(v1::ACCOUNT_ROLE_EXPERT);
  if ((bits & kRoleObserver) != 0) add(v1::ACCOUNT_ROLE_OBSERVER);
}
// The bit of a role; 0 for unspecified.
std::uint8_t BitOf(v1::Role role);
std::uint8_t BitOf(v1::AccountRole role);

}  // namespace aplus::auth
