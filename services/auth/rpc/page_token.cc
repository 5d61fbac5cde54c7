#include "services/auth/rpc/page_token.h"

#include <algorithm>

#include "libs/base/bytes.h"

namespace aplus::auth {
namespace page_token {

// A token is base64url(MAC, id, sort key).
constexpr std::size_t kMacSize = 16;
constexpr std::size_t kIdSize = 16;

}  // namespace page_token

std::string PageTokens::Make(const GroupPosition& after, const GroupFilter& filter) {
  std::string position(AsText(after.id.bytes));
  position += after.sort_key;
  return ToBase64Url(AsBytes(Mac(position, filter) + position));
}

std::optional<GroupPosition> PageTokens::Read(std::string_view token, const GroupFilter& filter) {
  const auto bytes = FromBase64Url(token);
  if (!bytes || bytes->size() < page_token::kMacSize + page_token::kIdSize) return std::nullopt;
  const std::string_view text = AsText(*bytes);
  const std::string_view position = text.substr(page_token::kMacSize);
  if (!ConstantTimeEquals(text.substr(0, page_token::kMacSize), Mac(position, filter))) return std::nullopt;
  GroupPosition after;
  std::copy_n(position.begin(), page_token::kIdSize, after.id.bytes.begin());
  after.sort_key = position.substr(page_token::kIdSize);
  return after;
}

std::string PageTokens::Mac(std::string_view position, const GroupFilter& filter) {
  // None of the parts but the last holds a NUL (ids and codes), so no two filters read alike.
  std::string message("auth.groups");
  for (const std::string_view part :
       {std::string_view(filter.area_id), std::string_view(filter.organisation_id),
        std::string_view(filter.theme_id)}) {
    message += '\0';
    message += part;
  }
  message += '\0';
  message += filter.side ? static_cast<char>('0' + static_cast<int>(*filter.side)) : '-';
  message += position;
  const Sha256Digest mac = hmac_.Mac(AsBytes(message));
  return std::string(AsText(mac).substr(0, page_token::kMacSize));
}

std::string PageTokens::Make(std::string_view question, std::string_view position) {
  return ToBase64Url(AsBytes(Mac(question, position) + std::string(position)));
}

std::optional<std::string> PageTokens::Read(std::string_view question, std::string_view token) {
  const auto bytes = FromBase64Url(token);
  if (!bytes || bytes->size() < page_token::kMacSize) return std::nullopt;
  const std::string_view text = AsText(*bytes);
  const std::string_view position = text.substr(page_token::kMacSize);
  if (!ConstantTimeEquals(text.substr(0, page_token::kMacSize), Mac(question, position))) return std::nullopt;
  return std::string(position);
}

std::string PageTokens::Mac(std::string_view question, std::string_view position) {
  // The question's length first, so that no two pairs read alike.
  std::string message("auth.page");
  message += '\0';
  message += std::to_string(question.size());
  message += '\0';
  message += question;
  message += position;
  const Sha256Digest mac = hmac_.Mac(AsBytes(message));
  return std::string(AsText(mac).substr(0, page_token::kMacSize));
}

}  // namespace aplus::auth
