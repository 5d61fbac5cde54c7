// What a handler knows of the call that it serves. The chain has checked all of it before the handler runs.
#pragma once

#include <cassert>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/id.h"
#include "libs/identity/principal.h"
#include "libs/rpc/methods.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/trace.h"

namespace aplus {

// Valid until the handler has answered. Cancellation (the client went, the deadline passed, the process
// stops) reaches the handler as the usual exception of its co_await; see libs/runtime/task.h.
struct Call {
  const Method* method = nullptr;
  std::string request_id;  // of this call, from the edge down; stands in problem documents and logs
  TraceContext trace;
  SteadyTime deadline = SteadyTime::max();  // the handler must have answered by then
  std::string peer;                         // service that calls, from its certificate: "gateway", "files" …
  std::string client_address;               // of the person, as the gateway saw it; empty between services
  std::string user_agent;                   // at most 200 characters
  std::optional<IdempotencyKey> idempotency_key;
  std::optional<std::int64_t> if_match;  // the version that the client has seen

  bool has_principal() const { return principal_ != nullptr; }
  // Only where has_principal(): always for CALLER_USER and CALLER_USER_BEFORE_TERMS.
  const Principal& principal() const {
    assert(principal_);
    return *principal_;
  }
  // Shared with the cache of verified tokens.
  std::shared_ptr<const Principal> principal_;
};

}  // namespace aplus
