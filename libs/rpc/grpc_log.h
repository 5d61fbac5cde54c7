// gRPC's own log lines, as lines of ours.
#pragma once

namespace aplus {

// Once, at start-up. Errors become warnings with their text redacted; the rest is dropped, and so is what
// gRPC calls an error and is none (a host name that no certificate holds: ours hold SPIFFE names).
void TakeGrpcLog();

}  // namespace aplus
