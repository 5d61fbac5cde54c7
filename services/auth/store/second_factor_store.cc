#include "services/auth/store/second_factor_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/base/bytes.h"
#include "libs/crypto/totp.h"
#include "services/auth/store/account_notice.h"
#include "services/auth/store/second_factor_statements.h"

namespace aplus::auth {
namespace second_factor_store {

// What was typed without the blanks and hyphens that people put between digits.
std::string Digits(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c != ' ' && c != '-') digits.push_back(c);
  }
  return digits;
}

bool LooksLikeTotp(std::string_view digits) {
  return digits.size() == kTotpDigits &&
         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace second_factor_store

Task<Result<FactorState>> SecondFactorStore::State(UserId user, Deadline deadline) {
  CO_TRY(const auto state, co_await database_.QueryOne({deadline}, second_factor_store::kState, user));
  co_return state.value_or(FactorState{});
}

Task<Result<FactorOutcome<DrawnSecret>>> SecondFactorStore::Draw(FactorCaller caller, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return DrawIn(tx, caller); });
}

Task<Result<FactorOutcome<DrawnSecret>>> SecondFactorStore::DrawIn(Transaction& tx, FactorCaller caller) {
  CO_TRY(auto account, co_await tx.RunOne(second_factor_store::kLockAccount, caller.user));
  if (!account) co_return Fail(Reason::kUnauthenticated);
  CO_TRY(const auto factor, co_await tx.RunOne(second_factor_store::kFactor, caller.user));
  if (factor && !caller.may_replace) co_return Refuse(tx, std::move(caller), {Reason::kStepUpRequired});
  std::array<std::uint8_t, kTotpSecretSize> secret;
  random_.Fill(secret);
  const SealedSecret sealed = vault_.Seal(caller.user, secret);
  DrawnSecret drawn{.base32 = SecretString(ToBase32(secret)), .email = std::move(account->email)};
  Wipe(secret);
  auto stored = tx.Send(second_factor_store::kPutDraft, caller.user, sealed.key_version, sealed.sealed,
                        rules_.draft_lifetime);
  trail_.Record(tx, caller.line);
  CO_TRY(const std::vector<Time> expires, co_await stored.Await());
  drawn.expires_at = expires.at(0);
  co_return drawn;
}

Task<Result<FactorOutcome<FactorSet>>> SecondFactorStore::Confirm(FactorCaller caller, SecretString code,
                                                                  Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline}, [&](Transaction& tx) {
    return ConfirmIn(tx, caller, second_factor_store::Digits(code.Reveal()));
  });
}

Task<Result<FactorOutcome<FactorSet>>> SecondFactorStore::ConfirmIn(Transaction& tx, FactorCaller caller,
                                                                    std::string code) {
  CO_TRY(const auto account, co_await tx.RunOne(second_factor_store::kLockAccount, caller.user));
  if (!account) co_return Fail(Reason::kUnauthenticated);
  CO_TRY(const auto factor, co_await tx.RunOne(second_factor_store::kFactor, caller.user));
  if (factor && !caller.may_replace) co_return Refuse(tx, std::move(caller), {Reason::kStepUpRequired});
  CO_TRY(const auto draft, co_await tx.RunOne(second_factor_store::kDraft, caller.user));
  if (!draft) co_return Refuse(tx, std::move(caller), {Reason::kImpossible});
  CO_TRY(const auto pausing, co_await Pausing(tx, caller.user, account->now));
  if (pausing) co_return Refuse(tx, std::move(caller), *pausing);
  CO_TRY(const auto step, StepOf(caller.user, draft->sealed(), code, account->now, 0));
  if (!step) {
    CO_TRY(const FactorRefused missed, co_await Miss(tx, std::move(caller), account->now));
    co_return missed;
  }
  CO_TRY(auto proved, co_await sessions_.Prove(tx, caller.user, caller.session));
  if (!proved) co_return Fail(Reason::kUnauthenticated);
  tx.Send(second_factor_store::kPut, caller.user, draft->key_version, draft->sealed_secret, *step);
  tx.Send(second_factor_store::kDropDraft, caller.user);
  tx.Send(second_factor_store::kForgetMisses, caller.user);
  FactorSet set{NewCodes(tx, caller.user), std::move(proved->token)};
  Notify(tx, events_, caller.user, events::v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_SET);
  trail_.Record(tx, caller.line);
  co_return set;
}

Task<Result<FactorOutcome<FactorProved>>> SecondFactorStore::Prove(FactorCaller caller, SecretString code,
                                                                   Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline}, [&](Transaction& tx) {
    return ProveIn(tx, caller, second_factor_store::Digits(code.Reveal()));
  });
}

Task<Result<FactorOutcome<FactorProved>>> SecondFactorStore::ProveIn(Transaction& tx, FactorCaller caller,
                                                                     std::string code) {
  CO_TRY(const auto account, co_await tx.RunOne(second_factor_store::kLockAccount, caller.user));
  if (!account) co_return Fail(Reason::kUnauthenticated);
  CO_TRY(const auto factor, co_await tx.RunOne(second_factor_store::kFactor, caller.user));
  if (!factor) co_return Refuse(tx, std::move(caller), {Reason::kImpossible});
  CO_TRY(const auto pausing, co_await Pausing(tx, caller.user, account->now));
  if (pausing) co_return Refuse(tx, std::move(caller), *pausing);
  bool good = false;
  if (second_factor_store::LooksLikeTotp(code)) {
    CO_TRY(const auto step, StepOf(caller.user, factor->sealed(), code, account->now, factor->last_step));
    if (step) tx.Send(second_factor_store::kTakeStep, caller.user, *step);
    good = step.has_value();
  } else if (const auto mac = codes_.MacOfRecoveryCode(caller.user, code)) {
    CO_TRY(const Affected used, co_await tx.Run(second_factor_store::kUseCode, caller.user, *mac));
    good = used.rows > 0;
    if (good) Notify(tx, events_, caller.user, events::v1::ACCOUNT_NOTICE_KIND_RECOVERY_CODE_USED);
  }
  if (!good) {
    CO_TRY(const FactorRefused missed, co_await Miss(tx, std::move(caller), account->now));
    co_return missed;
  }
  tx.Send(second_factor_store::kForgetMisses, caller.user);
  CO_TRY(auto proved, co_await sessions_.Prove(tx, caller.user, caller.session));
  if (!proved) co_return Fail(Reason::kUnauthenticated);
  trail_.Record(tx, caller.line);
  CO_TRY(const auto left, co_await tx.RunOne(second_factor_store::kCodesLeft, caller.user));
  co_return FactorProved{std::move(proved->token), proved->proved_at, left.value_or(0)};
}

Task<Result<FactorOutcome<std::vector<SecretString>>>> SecondFactorStore::RenewCodes(FactorCaller caller,
                                                                                     Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return RenewIn(tx, caller); });
}

Task<Result<FactorOutcome<std::vector<SecretString>>>> SecondFactorStore::RenewIn(Transaction& tx,
                                                                                  FactorCaller caller) {
  CO_TRY(const auto account, co_await tx.RunOne(second_factor_store::kLockAccount, caller.user));
  if (!account) co_return Fail(Reason::kUnauthenticated);
  if (!caller.may_replace) co_return Refuse(tx, std::move(caller), {Reason::kStepUpRequired});
  CO_TRY(const auto factor, co_await tx.RunOne(second_factor_store::kFactor, caller.user));
  if (!factor) co_return Refuse(tx, std::move(caller), {Reason::kImpossible});
  std::vector<SecretString> codes = NewCodes(tx, caller.user);
  Notify(tx, events_, caller.user, events::v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_SET);
  trail_.Record(tx, caller.line);
  co_return codes;
}

Task<Result<FactorOutcome<std::monostate>>> SecondFactorStore::Drop(FactorCaller caller, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return DropIn(tx, caller); });
}

Task<Result<FactorOutcome<std::monostate>>> SecondFactorStore::DropIn(Transaction& tx, FactorCaller caller) {
  CO_TRY(const auto account, co_await tx.RunOne(second_factor_store::kLockAccount, caller.user));
  if (!account) co_return Fail(Reason::kUnauthenticated);
  if (!caller.may_replace) co_return Refuse(tx, std::move(caller), {Reason::kStepUpRequired});
  if (NeedsSecondFactor(static_cast<std::uint8_t>(account->roles))) {
    co_return Refuse(tx, std::move(caller), {Reason::kImpossible});
  }
  CO_TRY(const Affected dropped, co_await tx.Run(second_factor_store::kDrop, caller.user));
  if (dropped.rows == 0) co_return Refuse(tx, std::move(caller), {Reason::kImpossible});
  tx.Send(second_factor_store::kDropCodes, caller.user);
  tx.Send(second_factor_store::kDropDraft, caller.user);
  Notify(tx, events_, caller.user, events::v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_DROPPED);
  trail_.Record(tx, caller.line);
  co_return std::monostate{};
}

Task<Result<bool>> SecondFactorStore::Reset(std::string email_key, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return ResetIn(tx, email_key); });
}

Task<Result<bool>> SecondFactorStore::ResetIn(Transaction& tx, std::string email_key) {
  CO_TRY(const auto user, co_await tx.RunOne(second_factor_store::kFindAccount, email_key));
  if (!user) co_return false;
  CO_TRY(const Affected dropped, co_await tx.Run(second_factor_store::kDrop, *user));
  if (dropped.rows == 0) co_return false;
  tx.Send(second_factor_store::kDropCodes, *user);
  tx.Send(second_factor_store::kDropDraft, *user);
  tx.Send(second_factor_store::kForgetMisses, *user);
  SessionStore::EndAll(tx, *user);
  Notify(tx, events_, *user, events::v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_DROPPED);
  AuditEntry line = OperatorLine("reset-second-factor");
  line.object_kind = "account";
  line.object = user->bytes;
  trail_.Record(tx, line);
  co_return true;
}

Task<Result<std::int64_t>> SecondFactorStore::Rewrap(Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [this](Transaction& tx) { return RewrapIn(tx); });
}

Task<Result<std::int64_t>> SecondFactorStore::RewrapIn(Transaction& tx) {
  CO_TRY(const auto rows, co_await tx.Run(second_factor_store::kOld, vault_.active_version()));
  for (const second_factor_store::OldRow& row : rows) {
    CO_TRY(const SecretBytes secret, vault_.Open(row.user, {row.key_version, row.sealed_secret}));
    const SealedSecret sealed = vault_.Seal(row.user, secret.Reveal());
    tx.Send(second_factor_store::kReseal, row.user, sealed.key_version, sealed.sealed);
  }
  co_return static_cast<std::int64_t>(rows.size());
}

Task<Result<std::map<std::int32_t, std::int64_t>>> SecondFactorStore::SealedUnder(Deadline deadline) {
  CO_TRY(const auto rows, co_await database_.Query({deadline, {}}, second_factor_store::kSealedUnder));
  std::map<std::int32_t, std::int64_t> counts;
  for (const second_factor_store::VersionRow& row : rows) counts[row.version] = row.count;
  co_return counts;
}

Task<Result<std::int64_t>> SecondFactorStore::DeleteOld(Deadline deadline) {
  CO_TRY(const Affected drafts,
         co_await database_.Write({.deadline = deadline}, second_factor_store::kDeleteDrafts));
  CO_TRY(const Affected misses,
         co_await database_.Write({.deadline = deadline}, second_factor_store::kDeleteMisses));
  co_return drafts.rows + misses.rows;
}

Result<std::optional<std::int64_t>> SecondFactorStore::StepOf(const UserId& user, const SealedSecret& sealed,
                                                              std::string_view code, Time now,
                                                              std::int64_t last) {
  TRY(const SecretBytes secret, vault_.Open(user, sealed));
  const std::int64_t present = TotpStepOf(now);
  std::optional<std::int64_t> found;
  // All three are made and compared, so that time does not tell which one it was.
  for (std::int64_t step = present - 1; step <= present + 1; ++step) {
    const bool same = ConstantTimeEquals(TotpCode(secret.Reveal(), step), code);
    if (same && StepCounts(step, present, last)) found = step;
  }
  return found;
}

Task<Result<std::optional<FactorRefused>>> SecondFactorStore::Pausing(Transaction& tx, UserId user,
                                                                      Time now) {
  CO_TRY(const std::vector<Time> misses, co_await tx.Run(second_factor_store::kMisses, user));
  const auto pause = MustPause(misses, now, rules_);
  if (!pause) co_return std::nullopt;
  co_return FactorRefused{Reason::kRateLimited, pause};
}

Task<Result<FactorRefused>> SecondFactorStore::Miss(Transaction& tx, FactorCaller caller, Time now) {
  tx.Send(second_factor_store::kMiss, caller.user);
  CO_TRY(const auto pausing, co_await Pausing(tx, caller.user, now));
  if (pausing) Notify(tx, events_, caller.user, events::v1::ACCOUNT_NOTICE_KIND_CODES_GUESSED);
  co_return Refuse(tx, std::move(caller), {Reason::kCodeWrong});
}

FactorRefused SecondFactorStore::Refuse(Transaction& tx, FactorCaller caller, FactorRefused refused) {
  caller.line.outcome = AuditOutcome::kRefused;
  caller.line.reason = Describe(refused.reason).code;
  trail_.Record(tx, caller.line);
  return refused;
}

std::vector<SecretString> SecondFactorStore::NewCodes(Transaction& tx, const UserId& user) {
  tx.Send(second_factor_store::kDropCodes, user);
  std::vector<SecretString> codes;
  for (int i = 0; i < rules_.recovery_codes; ++i) {
    SecretString code = CodeBook::DrawCode(random_);
    tx.Send(second_factor_store::kAddCode, user, *codes_.MacOfRecoveryCode(user, code.Reveal()));
    codes.push_back(std::move(code));
  }
  return codes;
}

StatementTable SecondFactorStore::Statements() {
  using namespace second_factor_store;
  return aplus::Statements(kLockAccount, kFindAccount, kFactor, kDraft, kPutDraft, kDropDraft, kPut,
                           kTakeStep, kDrop, kDropCodes, kAddCode, kUseCode, kCodesLeft, kMisses, kMiss,
                           kForgetMisses, kState, kOld, kSealedUnder, kReseal, kDeleteDrafts, kDeleteMisses);
}

}  // namespace aplus::auth
