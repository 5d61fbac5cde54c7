// Where the next page begins, as an opaque text that only we can make, for the same person and the same
// question only: a MAC keeps callers from asking for positions of their own invention.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "services/requests/acts/listing.h"

namespace aplus::requests {

// Io thread.
class PageTokens {
 public:
  explicit PageTokens(const Key& key) : hmac_(key) {}

  // `question`: everything that the page depends on but its position and size, the asker included.
  std::string Make(std::string_view question, std::string_view position);
  // nullopt: not a token of ours for this question.
  std::optional<std::string> Read(std::string_view question, std::string_view token);

 private:
  std::string Mac(std::string_view question, std::string_view position);

  HmacSha256 hmac_;
};

std::string PositionOf(const ListPoint& point);
std::string PositionOf(std::int32_t number);
std::optional<ListPoint> PointAt(std::string_view position);
std::optional<std::int32_t> NumberAt(std::string_view position);

}  // namespace aplus::requests
