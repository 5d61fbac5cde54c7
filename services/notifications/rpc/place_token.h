// Where the next page of a list begins, as a text that only we can make and only its reader can use: the MAC
// ties it to him.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/crypto/digest.h"
#include "libs/crypto/key.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

// Not thread-safe.
class PlaceTokens {
 public:
  explicit PlaceTokens(const Key& key) : hmac_(key) {}

  std::string Make(const NoticePlace& place, UserId reader);
  // nullopt: not a token of ours, or another reader's.
  std::optional<NoticePlace> Read(std::string_view token, UserId reader);

 private:
  std::string Mac(std::string_view place, UserId reader);

  HmacSha256 hmac_;
};

}  // namespace aplus::notifications
