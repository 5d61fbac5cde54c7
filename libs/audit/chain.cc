#include "libs/audit/chain.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"

namespace aplus {
namespace chain {

std::string_view Name(AuditActor actor) {
  switch (actor) {
    case AuditActor::kPerson:
      return "person";
    case AuditActor::kPartner:
      return "partner";
    case AuditActor::kService:
      return "service";
    case AuditActor::kSystem:
      return "system";
    case AuditActor::kNobody:
      return "nobody";
  }
  return "";
}

std::string IdText(const std::optional<UuidBytes>& id) {
  return id.has_value() ? FormatUuid(*id) : std::string();
}

}  // namespace chain

std::string CanonicalAudit(const AuditRecord& record) {
  const AuditEntry& entry = record.entry;
  std::string text = "aplus-audit-1\n";
  // The length in front of each value leaves no two records with one text, whatever the values hold.
  const auto field = [&text](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{}:{}:{}\n", name, value.size(), value);
  };
  field("id", record.id.ToString());
  field("at", std::to_string(record.at.time_since_epoch().count()));
  field("actor_kind", chain::Name(entry.actor_kind));
  field("actor", chain::IdText(entry.actor));
  field("signed_by", entry.signed_by);
  field("session", entry.session);
  field("address", entry.address);
  field("operation", entry.operation);
  field("object_kind", entry.object_kind);
  field("object", chain::IdText(entry.object));
  field("outcome", entry.outcome == AuditOutcome::kAllowed ? "allowed" : "refused");
  field("reason", entry.reason);
  field("policy", std::to_string(entry.policy));
  field("request_id", entry.request_id);
  return text;
}

ChainHash NextInChain(const ChainHash& previous, const AuditRecord& record) {
  // The leading zero keeps these hashes apart from those of anything else (RFC 9162's domain separation).
  constexpr std::uint8_t kLine = 0x00;
  Sha256Stream hash;
  hash.Update({&kLine, 1});
  hash.Update(previous);
  hash.Update(AsBytes(CanonicalAudit(record)));
  return hash.Finish();
}

std::string_view CheckpointKindName(Checkpoint::Kind kind) {
  return kind == Checkpoint::Kind::kBase ? "base" : "head";
}

std::string CheckpointText(const Checkpoint& checkpoint) {
  return fmt::format("aplus-audit-checkpoint-1\n{}\n{}\n{}\n{}\n{}\n{}\n", checkpoint.chain,
                     CheckpointKindName(checkpoint.kind), checkpoint.position, ToHex(checkpoint.hash),
                     FormatTime(checkpoint.at), checkpoint.key_id);
}

std::string CheckpointJson(const Checkpoint& checkpoint) {
  return fmt::format(
      R"({{"chain":"{}","kind":"{}","position":{},"hash":"{}","at":"{}","key":"{}","signature":"{}"}})",
      checkpoint.chain, CheckpointKindName(checkpoint.kind), checkpoint.position, ToHex(checkpoint.hash),
      FormatTime(checkpoint.at), checkpoint.key_id, ToHex(AsBytes(checkpoint.signature)));
}

std::optional<Checkpoint> ParseCheckpointJson(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(line.data(), line.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  Checkpoint checkpoint;
  std::string_view name, kind, hash, at, key, signature;
  for (const auto& [field, value] : {std::pair{"chain", &name},
                                     {"kind", &kind},
                                     {"hash", &hash},
                                     {"at", &at},
                                     {"key", &key},
                                     {"signature", &signature}}) {
    if (root[field].get(*value) != simdjson::SUCCESS) return std::nullopt;
  }
  if (root["position"].get(checkpoint.position) != simdjson::SUCCESS) return std::nullopt;
  const auto hash_bytes = FromHex(hash);
  const auto signature_bytes = FromHex(signature);
  const auto time = ParseTime(at);
  if (!hash_bytes || hash_bytes->size() != checkpoint.hash.size() || !signature_bytes || !time) {
    return std::nullopt;
  }
  if (kind != "head" && kind != "base") return std::nullopt;
  checkpoint.chain = name;
  checkpoint.kind = kind == "base" ? Checkpoint::Kind::kBase : Checkpoint::Kind::kHead;
  std::ranges::copy(*hash_bytes, checkpoint.hash.begin());
  checkpoint.at = *time;
  checkpoint.key_id = key;
  checkpoint.signature = AsText(*signature_bytes);
  return checkpoint;
}

}  // namespace aplus
