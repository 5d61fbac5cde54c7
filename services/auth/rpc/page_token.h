// Where the next page begins, as an opaque text that only we can make: a MAC keeps callers from
// asking the database for positions of their own invention, and ties the position to the filter it was made
// under.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/crypto/digest.h"
#include "libs/crypto/key.h"
#include "services/auth/store/directory_store.h"

namespace aplus::auth {

// Not thread-safe.
class PageTokens {
 public:
  explicit PageTokens(const Key& key) : hmac_(key) {}

  std::string Make(const GroupPosition& after, const GroupFilter& filter);
  // nullopt: not a token of ours, or made under another filter.
  std::optional<GroupPosition> Read(std::string_view token, const GroupFilter& filter);

  // For other lists. `question`: everything that the page depends on but its position and size, the asker
  // included.
  std::string Make(std::string_view question, std::string_view position);
  std::optional<std::string> Read(std::string_view question, std::string_view token);

 private:
  std::string Mac(std::string_view position, const GroupFilter& filter);
  std::string Mac(std::string_view question, std::string_view position);

  HmacSha256 hmac_;
};

}  // namespace aplus::auth
