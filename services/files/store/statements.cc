#include "services/files/store/statements.h"

#include "libs/audit/audit_trail.h"
#include "libs/audit/sealer.h"
#include "libs/events/consumer.h"
#include "libs/events/event_log.h"
#include "libs/postgres/clock_guard.h"
#include "services/files/store/erasure_rows.h"
#include "services/files/store/file_rows.h"
#include "services/files/store/key_rows.h"
#include "services/files/store/upload_key_rows.h"

namespace aplus::files {

StatementTable FileStatements() {
  StatementTable table = Statements(
      kReadFile, kLockFile, kInsertFile, kInsertTask, kForgetFile, kRenewLease, kCompleteFile, kEndFile,
      kFilesOfRequest, kStaleUploads, kLockStaleUpload, kOwnedObjects, kLivingFiles, kClaimUntold, kNoteTold,
      kClaimScan, kPutScanOff, kPassScan, kCountScanning, kLockUploadKey, kTakeUploadKey, kDropUploadKey,
      kFinishUploadKey, kForgetUploadKey, kSweepUploadKeys, kClaimErasure, kClaimErasureOf, kHastenErasure,
      kStepErasure, kReleaseErasure, kEndErasure, kWriteProof, kErasureLoad, kForecastErasures);
  return table.Add(EventLog::Statements())
      .Add(Consumer::Statements())
      .Add(AuditTrail::Statements())
      .Add(AuditSealer::Statements())
      .Add(ClockGuard::Statements());
}

StatementTable KeystoreStatements() {
  return Statements(kInsertKey, kReadKey, kDestroyKey, kAgedKeys, kKeysToRewrap, kKeysUnder, kRewrapKey)
      .Add(ClockGuard::Statements());
}

}  // namespace aplus::files
