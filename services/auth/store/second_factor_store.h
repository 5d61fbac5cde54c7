// The second factor of an account (P13): drawn, confirmed by a first code, proved, replaced, dropped. The
// account's row is locked first, as at login, so that of two calls with one code one wins.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/second_factor.h"
#include "services/auth/store/credentials.h"
#include "services/auth/store/factor_vault.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

struct FactorRefused {
  Reason reason = Reason::kCodeWrong;
  std::optional<Duration> pause = {};  // with kRateLimited
};

template <class T>
using FactorOutcome = std::variant<T, FactorRefused>;

// To be shown once.
struct DrawnSecret {
  SecretString base32;
  std::string email;
  Time expires_at{};
};
struct FactorSet {
  std::vector<SecretString> recovery_codes;
  SecretString session;  // the new token
};
struct FactorProved {
  SecretString session;
  Time proved_at{};
  std::int32_t recovery_codes = 0;  // left
};

struct FactorState {
  bool enrolled = false;
  std::int32_t recovery_codes = 0;
};

// Who does it, with the line that tells.
struct FactorCaller {
  UserId user;
  SessionId session;
  // A fresh proof allows to replace what is set up already.
  bool may_replace = false;
  AuditEntry line;
};

// Io thread only; references must outlive it.
class SecondFactorStore {
 public:
  SecondFactorStore(Database& database, EventWriter& events, AuditTrail& trail, SessionStore& sessions,
                    CodeBook& codes, FactorVault& vault, FactorRules rules, Random& random)
      : database_(database),
        events_(events),
        trail_(trail),
        sessions_(sessions),
        codes_(codes),
        vault_(vault),
        rules_(rules),
        random_(random) {}

  Task<Result<FactorState>> State(UserId user, Deadline deadline);
  // kStepUpRequired: one is set up and the caller may not replace it.
  Task<Result<FactorOutcome<DrawnSecret>>> Draw(FactorCaller caller, Deadline deadline);
  // kImpossible: nothing was drawn, or too long ago. kCodeWrong, kRateLimited, kStepUpRequired.
  Task<Result<FactorOutcome<FactorSet>>> Confirm(FactorCaller caller, SecretString code, Deadline deadline);
  // By a code of the application or a recovery code. kImpossible: none is set up. kCodeWrong, kRateLimited.
  Task<Result<FactorOutcome<FactorProved>>> Prove(FactorCaller caller, SecretString code, Deadline deadline);
  // kImpossible: none is set up.
  Task<Result<FactorOutcome<std::vector<SecretString>>>> RenewCodes(FactorCaller caller, Deadline deadline);
  // kImpossible: none is set up, or the account may not be without.
  Task<Result<FactorOutcome<std::monostate>>> Drop(FactorCaller caller, Deadline deadline);

  // For operators, when telephone and recovery codes are lost: takes the factor of the account with this
  // address away and ends its sessions. False: no such account, or it has none.
  Task<Result<bool>> Reset(std::string email_key, Deadline deadline);
  // Seals what an older key holds under the active one, at most 100 accounts; answers how many there were.
  Task<Result<std::int64_t>> Rewrap(Deadline deadline);
  // How many are sealed under which version of the key.
  Task<Result<std::map<std::int32_t, std::int64_t>>> SealedUnder(Deadline deadline);
  // Deletes at most 1 000 drafts and misses that count no longer; answers how many.
  Task<Result<std::int64_t>> DeleteOld(Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<FactorOutcome<DrawnSecret>>> DrawIn(Transaction& tx, FactorCaller caller);
  Task<Result<FactorOutcome<FactorSet>>> ConfirmIn(Transaction& tx, FactorCaller caller, std::string code);
  Task<Result<FactorOutcome<FactorProved>>> ProveIn(Transaction& tx, FactorCaller caller, std::string code);
  Task<Result<FactorOutcome<std::vector<SecretString>>>> RenewIn(Transaction& tx, FactorCaller caller);
  Task<Result<FactorOutcome<std::monostate>>> DropIn(Transaction& tx, FactorCaller caller);
  Task<Result<bool>> ResetIn(Transaction& tx, std::string email_key);
  Task<Result<std::int64_t>> RewrapIn(Transaction& tx);

  // The step that the code is of and that still counts; nullopt: none.
  Result<std::optional<std::int64_t>> StepOf(const UserId& user, const SealedSecret& sealed,
                                             std::string_view code, Time now, std::int64_t last);
  Task<Result<std::optional<FactorRefused>>> Pausing(Transaction& tx, UserId user, Time now);
  Task<Result<FactorRefused>> Miss(Transaction& tx, FactorCaller caller, Time now);
  FactorRefused Refuse(Transaction& tx, FactorCaller caller, FactorRefused refused);
  std::vector<SecretString> NewCodes(Transaction& tx, const UserId& user);

  Database& database_;
  EventWriter& events_;
  AuditTrail& trail_;
  SessionStore& sessions_;
  CodeBook& codes_;
  FactorVault& vault_;
  FactorRules rules_;
  Random& random_;
};

}  // namespace aplus::auth
