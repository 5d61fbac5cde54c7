#include "libs/audit/sealing.h"

#include <memory>
#include <utility>

#include "libs/audit/audit_key.h"
#include "libs/base/bytes.h"
#include "libs/base/time.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace sealing {

// The names that ParseCheckpointJson reads.
inline constexpr log::Key kChain{"chain", log::Kind::kCode};
inline constexpr log::Key kKind{"kind", log::Kind::kCode};
inline constexpr log::Key kHash{"hash", log::Kind::kCode};
inline constexpr log::Key kAt{"at", log::Kind::kCode};
inline constexpr log::Key kKey{"key", log::Kind::kCode};
inline constexpr log::Key kSignature{"signature", log::Kind::kCode};

}  // namespace sealing

void LogCheckpoint(const Checkpoint& checkpoint) {
  using namespace sealing;
  const std::string hash = ToHex(checkpoint.hash), at = FormatTime(checkpoint.at);
  const std::string signature = ToHex(AsBytes(checkpoint.signature));
  const log::Field fields[] = {{kChain, checkpoint.chain},
                               {kKind, CheckpointKindName(checkpoint.kind)},
                               {log::kPosition, checkpoint.position},
                               {kHash, hash},
                               {kAt, at},
                               {kKey, checkpoint.key_id},
                               {kSignature, signature}};
  // Evidence, not news: written whatever level the log has.
  log::Write(log::Level::kInfo, kCheckpointEvent, fields);
}

SealerOptions Guarded(SealerOptions options, ClockGuard& clock) {
  options.clock = &clock;
  return options;
}

Result<SealerOptions> LoadSealing(const Config& config) {
  Result<AuditKey> loaded = Fail(Reason::kInternal);
  try {
    loaded = AuditKey::Load(config.SecretPath("audit_key"));
  } catch (const ConfigError& error) {
    return Fail(Reason::kInternal, error.what());
  }
  TRY(AuditKey key, std::move(loaded));
  SealerOptions options;
  options.chain = config.service();
  options.key_id = key.id();
  // Shared: the options are copied, a key is not needed twice.
  options.sign = [shared = std::make_shared<const AuditKey>(std::move(key))](std::string_view text) {
    return shared->Sign(text);
  };
  options.ship = &LogCheckpoint;
  return options;
}

}  // namespace aplus
