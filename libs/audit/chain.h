// The chain that makes changes of the trail visible: h_0 = 32 zero bytes, h_i = SHA-256(0x00 || h_(i-1) ||
// canonical(line i)), in the order of the sealer. Pure functions, shared by sealer and verifier; the form
// below is documented so that a second verifier can be written from it (docs/audit-chain.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "libs/audit/audit_trail.h"

namespace aplus {

using ChainHash = std::array<std::uint8_t, 32>;

// UTF-8 text of exactly one form per line: "aplus-audit-1\n", then per field "name:length:value\n" in the
// order id, at (microseconds since 1970, decimal), actor_kind, actor, signed_by, session, address, operation,
// object_kind, object, outcome, reason, policy, request_id. Absent ids have length 0. Length counts bytes.
std::string CanonicalAudit(const AuditRecord& record);

ChainHash NextInChain(const ChainHash& previous, const AuditRecord& record);

// A signed head: after `position` lines the chain stood at `hash`. Kept in the database, shipped to a second
// trust domain; only the copy there proves that nothing was cut off the end.
struct Checkpoint {
  std::string chain;  // the service: "requests"
  std::int64_t position = 0;
  ChainHash hash{};
  Time at{};
  std::string key_id;
  std::string signature;  // Ed25519 over CheckpointText, 64 bytes
};

// What is signed: "aplus-audit-checkpoint-1\n<chain>\n<position>\n<hash in hex>\n<at, RFC 3339>\n<key id>\n".
std::string CheckpointText(const Checkpoint& checkpoint);
// One line of JSON, as it is shipped: {"chain":…,"position":…,"hash":…,"at":…,"key":…,"signature":…}.
std::string CheckpointJson(const Checkpoint& checkpoint);

}  // namespace aplus
