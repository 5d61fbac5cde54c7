#include "services/notifications/rpc/head_mail.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "aplus/audit/v1/audit_log.pb.h"
#include "libs/audit/sealer.h"
#include "libs/telemetry/log.h"
#include "services/notifications/domain/wording.h"
#include "services/notifications/store/head_rows.h"

namespace aplus::notifications {
namespace head_mail {

constexpr std::string_view kGetHead = "aplus.audit.v1.AuditLog.GetHead";
constexpr Duration kAsk = std::chrono::seconds(5);
constexpr Duration kLimit = std::chrono::seconds(60);

// Each head stands on a line of its own, as aplus-audit-verify --checkpoints reads it.
Wording TellHeads(Time at, std::vector<std::string> heads) {
  Wording wording;
  wording.subject = fmt::format("Journal d’audit : têtes signées du {}", DayInParis(at));
  wording.paragraphs.push_back(
      "Voici la dernière tête signée du journal d’audit de chaque service. Conservez cet e-mail : il permet "
      "de "
      "prouver que rien n’a été retiré ni modifié dans le journal jusqu’à ce jour.");
  for (std::string& head : heads) wording.paragraphs.push_back(std::move(head));
  wording.notes.push_back(
      "Pour vérifier : enregistrez ce texte dans un fichier et donnez-le à aplus-audit-verify, option "
      "--checkpoints.");
  return wording;
}

}  // namespace head_mail

void HeadMail::Start() {
  if (!options_.address.empty()) scope_.Spawn("mail audit heads", Loop());
}

Task<> HeadMail::Loop() {
  for (;;) {
    if (const auto done = co_await Round(); !done) {
      log::Warn(
          "the mail of the audit heads did not leave",
          {{log::kReason, Describe(done.error().reason).code}, {log::kDetail, done.error().diagnostic}});
    }
    co_await Sleep(options_.poll);
  }
}

Task<Result<bool>> HeadMail::Round() {
  const Deadline deadline = SteadyClock::now() + head_mail::kLimit;
  const DbPrincipal us = DbPrincipal::System();
  CO_TRY(const auto due, co_await database_.QueryOne({deadline, us}, head_sql::kDue));
  if (!due.value_or(false)) co_return false;
  CO_TRY(std::vector<std::string> heads, co_await Heads());
  CO_TRY(const std::vector<head_sql::ClaimedDay> claimed,
         co_await database_.Write({.deadline = deadline, .principal = us}, head_sql::kClaimDay));
  if (claimed.empty()) co_return false;
  const head_sql::ClaimedDay& today = claimed.front();
  CO_TRY_VOID(co_await mailer_.SendOutside(options_.address,
                                           head_mail::TellHeads(today.now, std::move(heads)),
                                           "audit-heads." + today.day, today.now));
  CO_TRY_VOID(co_await database_.Write({.deadline = deadline, .principal = us}, head_sql::kSent, today.day));
  log::Info("audit heads mailed");
  co_return true;
}

Task<Result<std::vector<std::string>>> HeadMail::Heads() {
  std::vector<std::string> heads;
  CO_TRY(const auto own,
         co_await LastCheckpoint(database_, "notifications", SteadyClock::now() + head_mail::kAsk));
  if (own) heads.push_back(CheckpointJson(*own));
  for (const auto& [service, channel] : others_) {
    CO_TRY(audit::v1::GetHeadResponse answer,
           co_await channel->Call<audit::v1::GetHeadResponse>(
               head_mail::kGetHead, audit::v1::GetHeadRequest(), CallOptions::Within(head_mail::kAsk)));
    if (!answer.head().empty()) heads.push_back(std::move(*answer.mutable_head()));
  }
  // A platform's first minute: nothing is signed yet.
  if (heads.empty()) co_return Fail(Reason::kUnavailable, "no head is signed yet");
  co_return heads;
}

StatementTable HeadMail::Statements() {
  return aplus::Statements(head_sql::kClaimDay, head_sql::kSent, head_sql::kDue);
}

}  // namespace aplus::notifications
