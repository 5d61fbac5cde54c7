#include "services/auth/jobs/upkeep.h"

#include "aplus/events/v1/auth.pb.h"
#include "libs/telemetry/log.h"
#include "services/auth/acts/accounts.h"
#include "services/auth/jobs/anonymising.h"
#include "services/auth/store/import_rows.h"
#include "services/auth/store/member_rows.h"
#include "services/auth/store/upkeep_rows.h"

namespace aplus::auth {
namespace upkeep {

constexpr Duration kLimit = std::chrono::seconds(5);
constexpr std::int32_t kBatch = 200;

Deadline Soon() { return SteadyClock::now() + kLimit; }

AuditEntry SystemLine(const UserId& user) {
  AuditEntry line;
  line.actor_kind = AuditActor::kSystem;
  line.operation = "inactivity";
  line.object_kind = "account";
  line.object = user.bytes;
  return line;
}

}  // namespace upkeep

void Upkeep::Start() { scope_.Spawn("look after idle accounts", Loop()); }

Task<> Upkeep::Stop() { return scope_.Stop(); }

Task<> Upkeep::Loop() {
  for (;;) {
    const auto done = co_await Run();
    if (!done) {
      log::Warn("upkeep failed, next one later", {{log::kReason, Describe(done.error().reason).code}});
    } else if (*done > 0) {
      log::Info("idle accounts warned or deactivated", {{log::kCount, *done}});
    }
    co_await Sleep(office_.rules.upkeep_every);
  }
}

Task<Result<int>> Upkeep::Run() {
  CO_TRY(const bool sane, co_await guard_.IsSane());
  if (!sane) co_return 0;
  co_return co_await Act();
}

Task<Result<int>> Upkeep::Act() {
  const InactivityRules& rules = office_.rules.inactivity;
  int acted = 0;
  // By what each is waiting for, so that those who wait for their next step never hide the others.
  for (std::int16_t warnings = 0; warnings <= 2; ++warnings) {
    const Duration idle = warnings == 0   ? rules.first_warning
                          : warnings == 1 ? rules.second_warning
                                          : rules.deactivation;
    CO_TRY(const auto users, co_await office_.database.Query({.deadline = upkeep::Soon()}, kIdleAccounts,
                                                             idle, warnings, upkeep::kBatch));
    for (const UserId& user : users) {
      CO_TRY(const bool done, co_await Look(user));
      acted += done ? 1 : 0;
    }
  }
  CO_TRY_VOID(co_await Forget());
  CO_TRY(const int anonymous, co_await AnonymiseLongGone(office_));
  co_return acted + anonymous;
}

Task<Result<bool>> Upkeep::Look(UserId user) {
  auto look = [&](Transaction& tx) { return LookIn(tx, user); };
  co_return co_await office_.database.Transact({.deadline = upkeep::Soon(), .repeatable = true}, look);
}

Task<Result<bool>> Upkeep::LookIn(Transaction& tx, UserId user) {
  tx.Send(kLockGroupsOf, user);
  CO_TRY(const auto idle, co_await tx.RunOne(kLockIdle, user));
  if (!idle) co_return false;
  const InactivityRules& rules = office_.rules.inactivity;
  const InactivityFacts facts{
      .idle = idle->idle, .warnings = idle->warnings, .since_last_warning = idle->since_last_warning};
  switch (NextStep(facts, rules)) {
    case InactivityStep::kNone:
      co_return false;
    case InactivityStep::kWarn: {
      tx.Send(kNoteWarning, user, static_cast<std::int16_t>(idle->warnings + 1));
      events::v1::InactivityWarned event;
      event.set_user_id(user.ToString());
      const Time at = idle->idle_since + rules.deactivation;
      event.mutable_deactivation_at()->set_seconds(
          std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
      office_.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
      break;
    }
    case InactivityStep::kDeactivate: {
      if (idle->administrator) {
        tx.Send(kLockPlatformStaff);
        CO_TRY(const auto others, co_await tx.RunOne(kPlatformStaff, user));
        // The platform is never left without anybody to look after it.
        if (!others || others->administrators == 0) co_return false;
      }
      CloseAccount(tx, office_, user, {}, events::v1::DEACTIVATION_CAUSE_INACTIVITY);
      break;
    }
  }
  office_.trail.Record(tx, upkeep::SystemLine(user));
  co_return true;
}

Task<Result<void>> Upkeep::Forget() {
  const PeopleRules& rules = office_.rules;
  CO_TRY(
      [[maybe_unused]] const Affected departures,
      co_await office_.database.Write({.deadline = upkeep::Soon()}, kForgetOldDepartures, rules.undo_kept));
  CO_TRY([[maybe_unused]] const Affected imports,
         co_await office_.database.Write({.deadline = upkeep::Soon()}, kForgetImports, rules.preview_kept,
                                         rules.undo_kept));
  co_return Result<void>{};
}

}  // namespace aplus::auth
