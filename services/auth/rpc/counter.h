// What the methods on people and groups share: who asks, ids out of fields, pages by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aplus/auth/v1/accounts.pb.h"
#include "aplus/auth/v1/groups.pb.h"
#include "libs/rpc/call.h"
#include "services/auth/acts/accounts.h"
#include "services/auth/acts/groups.h"
#include "services/auth/acts/office.h"
#include "services/auth/rpc/convert.h"
#include "services/auth/rpc/page_token.h"

namespace aplus::auth {

Asker AskerOf(const Call& call, Time now);

// The field's format has been checked: what is no id is none.
template <class SomeId>
SomeId IdOf(const std::string& text) {
  return SomeId::Parse(text).value_or(SomeId{});
}
template <class SomeId>
std::optional<SomeId> OptionalId(const std::string& text) {
  return SomeId::Parse(text);
}

// MembershipRole bits of a list of v1::Role, or AccountRole bits of v1::AccountRole.
template <class RoleEnum, class Roles>
std::uint8_t BitsOf(const Roles& roles) {
  std::uint8_t bits = 0;
  for (const int role : roles) bits |= BitOf(static_cast<RoleEnum>(role));
  return bits;
}

void ToProto(const StaffGroupRow& row, v1::Membership& out);
void ToProto(const Staff& staff, v1::Account& out);
void ToProto(const GroupDetailsRow& row, v1::GroupDetails& out);

// Pages in the order of (sort_key, id). nullopt: no token of ours for this question.
std::string NameToken(PageTokens& tokens, std::string_view question, const NamePosition& after);
std::optional<NamePosition> NameAfter(PageTokens& tokens, std::string_view question,
                                      const std::string& token);
Error BadPageToken();

// Entries of a page when the caller names no size.
inline constexpr int kDefaultPage = 25;
inline int PageSize(int asked) { return asked > 0 ? asked : kDefaultPage; }

}  // namespace aplus::auth
