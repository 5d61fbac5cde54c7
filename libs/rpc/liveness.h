// Liveness that tells the truth: gRPC 1.51's listener can be dead (descriptor exhaustion, CVE-2023-4785)
// while old connections still answer, so only a connection made afresh proves anything.
#pragma once

#include <string>

#include "libs/runtime/config.h"

namespace aplus {

// Connects to `address` ("host:port"), shows our own certificate and completes the TLS handshake with HTTP/2
// chosen. False on any failure, within six seconds. Blocks: for the BlockingPool.
bool FreshConnectionWorks(const std::string& address, const TlsConfig& tls);

}  // namespace aplus
