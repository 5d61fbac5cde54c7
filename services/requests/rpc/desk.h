// Where calls come in: who asks, under which idempotency key, with which page.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "libs/crypto/digest.h"
#include "libs/rpc/call.h"
#include "services/requests/acts/asker.h"
#include "services/requests/acts/reading.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/rpc/page_tokens.h"

namespace aplus::requests {

// Io thread; outlives the calls.
class Desk {
 public:
  Desk(const Workshop& shop, const Key& idempotency_key, const Key& cursor_key)
      : shop_(shop), hmac_(idempotency_key), tokens_(cursor_key) {}

  const Workshop& shop() const { return shop_; }
  PageTokens& tokens() { return tokens_; }

  // Of a call on a person's or partner's behalf. With a key, the request's bytes are bound to it.
  Asker For(const Call& call, const google::protobuf::Message& request);
  // Of a service that acts for itself.
  Asker ForService(const Call& call) const;

  // A page of thread or history, whose token is bound to request and asker. kInvalidArgument: not a token of
  // ours.
  Result<Page> PageOf(const Asker& asker, std::string_view what, const std::string& request_id, int size,
                      const std::string& token);
  std::string TokenFor(const Asker& asker, std::string_view what, const std::string& request_id,
                       std::optional<std::int32_t> next);

  static Error BadToken();

 private:
  static std::string Question(const Asker& asker, std::string_view what, const std::string& request_id);

  const Workshop& shop_;
  HmacSha256 hmac_;
  PageTokens tokens_;
};

}  // namespace aplus::requests
