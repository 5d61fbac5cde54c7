// How much a connection holds for whoever does not ask for it yet. Private to libs/rpc.
#pragma once

namespace aplus {

// What one stream may have sent that the other side has not read. gRPC would measure the connection and hold
// megabytes for each slow reader (bandwidth-delay probing, switched off).
inline constexpr int kStreamWindow = 256 * 1024;

}  // namespace aplus
