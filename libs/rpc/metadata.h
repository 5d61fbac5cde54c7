// What travels beside a message: the names are the contract between services, so both sides read them here.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/id.h"
#include "libs/base/result.h"

namespace aplus {

namespace metadata {
inline constexpr char kIdentity[] = "x-aplus-identity";  // the identity token
inline constexpr char kRequestId[] = "x-request-id";
inline constexpr char kTraceparent[] = "traceparent";
inline constexpr char kIdempotencyKey[] = "idempotency-key";
inline constexpr char kIfMatch[] = "if-match";
inline constexpr char kClientAddress[] = "x-client-address";
inline constexpr char kClientAgent[] = "x-client-agent";
// Says that the client ends its stream with an empty message. gRPC tells a server alike that a client has
// sent everything and that it is gone; taking half an upload for a whole one must not depend on which tag
// comes first.
inline constexpr char kStreamEnd[] = "x-stream-end";
inline constexpr char kStreamEndEmpty[] = "empty-message";
}  // namespace metadata

// Views into the call's own metadata: valid as long as its context.
struct CallMetadata {
  std::string_view identity, request_id, traceparent, idempotency_key, if_match, client_address, client_agent,
      stream_end;
};

// Of a name given twice, the first counts; unknown names are ignored.
CallMetadata ReadMetadata(const grpc::ServerContextBase& context);

// At most 64 letters, digits and - _ .
bool IsRequestId(std::string_view text);
// Error kMalformed.
Result<std::optional<IdempotencyKey>> ReadIdempotencyKey(std::string_view text);
Result<std::optional<std::int64_t>> ReadIfMatch(std::string_view text);
// What may travel as a metadata value: printable ASCII; everything else becomes '?', beyond `most` is cut.
std::string ToMetadataText(std::string_view text, std::size_t most);

}  // namespace aplus
