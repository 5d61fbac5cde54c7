#include "services/notifications/rpc/head_mail.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "aplus/audit/v1/audit_log.pb.h"
#include "libs/audit/sealer.h"
#include "libs/telemetry/log.h"
#include "services/notifications/domain/wording.h"

namespace aplus::notifications {
namespace head_mail {

constexpr std::string_view kGetHead = "aplus.audit.v1.AuditLog.GetHead";
constexpr Duration kAsk = std::chrono::seconds(5);
constexpr Duration kLimit = std::chrono::seconds(60);

// Of two replicas the second waits for the first one's commit, or gives up until the next round.
inline constexpr Statement<Time> kClaimDay{"head_mail_claim_day", R"sql(
  INSERT INTO head_mail (day)
  VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date)
  ON CONFLICT (day) DO NOTHING
  RETURNING sent_at
)sql"};

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
  co_return co_await database_.Transact(
      {.deadline = SteadyClock::now() + head_mail::kLimit, .principal = DbPrincipal::System()},
      [this](Transaction& tx) { return SendIn(tx); });
}

Task<Result<bool>> HeadMail::SendIn(Transaction& tx) {
  CO_TRY(const auto claimed, co_await tx.RunOne(head_mail::kClaimDay));
  if (!claimed) co_return false;
  CO_TRY(std::vector<std::string> heads, co_await Heads());
  CO_TRY_VOID(co_await mailer_.SendOutside(
      options_.address, head_mail::TellHeads(*claimed, std::move(heads)),
      fmt::format("audit-heads.{}",
                  std::chrono::floor<std::chrono::days>(*claimed).time_since_epoch().count()),
      *claimed));
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

StatementTable HeadMail::Statements() { return aplus::Statements(head_mail::kClaimDay); }

}  // namespace aplus::notifications
