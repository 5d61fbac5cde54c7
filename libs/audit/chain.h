// The chain that makes changes of the trail visible: h_0 = 32 zero bytes, h_i = SHA-256(0x00 || h_(i-1) ||
// canonical(line i)), in the order of the sealer. Pure functions, shared by sealer and verifier; what
// stands below is all that a second verifier needs to be written from (verify/second.mjs was).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/audit/audit_trail.h"

namespace aplus {

using ChainHash = std::array<std::uint8_t, 32>;

// UTF-8 text of exactly one form per line: "aplus-audit-1\n", then per field "name:length:value\n" in the
// order id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object, outcome,
// reason, policy, request_id. Length counts bytes; an absent id has none. `at` is microseconds since 1970 in
// decimal; actor_kind is person, partner, service, system or nobody (0 … 4 in the database), outcome is
// allowed or refused (0, 1), policy decimal.
std::string CanonicalAudit(const AuditRecord& record);

ChainHash NextInChain(const ChainHash& previous, const AuditRecord& record);

// A signed head: after `position` lines the chain stood at `hash`. Kept in the database, shipped to a second
// trust domain; only the copy there proves that nothing was cut off the end.
struct Checkpoint {
  // A base is the head of what was forgotten after its year: the rest of the chain is verified from it on.
  // The kind is signed too, so that no ordinary head can pass for one.
  enum class Kind : std::uint8_t { kHead, kBase };

  std::string chain;  // the service: "requests"
  Kind kind = Kind::kHead;
  std::int64_t position = 0;
  ChainHash hash{};
  Time at{};
  std::string key_id;
  std::string signature;  // Ed25519 over CheckpointText, 64 bytes
};

// "head" or "base".
std::string_view CheckpointKindName(Checkpoint::Kind kind);

// What is signed: the lines aplus-audit-checkpoint-1, chain, "head" or "base", position, hash in lower-case
// hex, at as RFC 3339, and key id, each ended by "\n".
std::string CheckpointText(const Checkpoint& checkpoint);

// The event under which a head stands in the service's log.
inline constexpr std::string_view kCheckpointEvent = "audit head";

// One line of JSON, as it is shipped:
//   {"chain":…,"kind":"head","position":…,"hash":…,"at":…,"key":…,"signature":…}
// Hash and signature in lower-case hex. Chain and key are names of ours, which need no escaping.
std::string CheckpointJson(const Checkpoint& checkpoint);
// nullopt unless such a line. Further fields are passed over: a head may come as a line of the log.
std::optional<Checkpoint> ParseCheckpointJson(std::string_view line);

}  // namespace aplus
