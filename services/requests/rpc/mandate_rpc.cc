#include "services/requests/rpc/mandate_rpc.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/requests/acts/creating.h"
#include "services/requests/print/mandate_form.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace mandate_rpc {

constexpr std::size_t kPiece = 64 * 1024;

Task<Result<void>> Send(std::string pdf, ServerStream<api::v1::DownloadChunk>& out) {
  api::v1::DownloadChunk chunk;
  auto& head = *chunk.mutable_head();
  head.set_status(200);
  head.set_content_type("application/pdf");
  head.set_content_disposition("attachment; filename=\"mandat.pdf\"");
  head.set_content_length(static_cast<std::int64_t>(pdf.size()));
  CO_TRY_VOID(co_await out.Write(chunk));
  for (std::size_t at = 0; at < pdf.size(); at += kPiece) {
    api::v1::DownloadChunk piece;
    piece.set_data(pdf.substr(at, kPiece));
    CO_TRY_VOID(co_await out.Write(piece));
  }
  co_return Result<void>();
}

// What the author wrote himself; names of groups and organisations come from the directory.
MandateForm FormOf(const v1::Draft& draft, const Cards& cards) {
  const v1::Draft::Citizen& citizen = draft.citizen();
  MandateForm form{.first_name = citizen.first_name(),
                   .last_name = citizen.last_name(),
                   .birth_name = citizen.birth_name(),
                   .birth_date = citizen.birth_date()};
  if (const GroupCard* card = cards.Find(IdOf<GroupId>(draft.group_id()))) form.helper_group = card->name;
  for (const GroupId& group : IdsOf<GroupId>(draft.recipient_group_ids())) {
    const GroupCard* card = cards.Find(group);
    if (card == nullptr) continue;
    if (std::ranges::find(form.organisations, card->organisation) != form.organisations.end()) continue;
    form.organisations.push_back(card->organisation);
  }
  return form;
}

}  // namespace mandate_rpc

void MandateRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.MandateForms.PrintBlank", &MandateRpc::PrintBlank);
  server.Add(*this, "aplus.requests.v1.MandateForms.PrintDraft", &MandateRpc::PrintDraft);
}

Task<Result<void>> MandateRpc::PrintBlank(Call&, const v1::PrintBlankRequest&,
                                          ServerStream<api::v1::DownloadChunk>& out) {
  CO_TRY(std::string pdf, PrintMandate({}));
  co_return co_await mandate_rpc::Send(std::move(pdf), out);
}

Task<Result<void>> MandateRpc::PrintDraft(Call& call, const v1::PrintDraftRequest& request,
                                          ServerStream<api::v1::DownloadChunk>& out) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const ReadDraft read, co_await GetDraft(desk_.shop(), asker, IdOf<RequestId>(request.draft_id())));
  v1::Draft draft;
  if (!draft.ParseFromString(read.body)) co_return Fail(Reason::kInternal, "a draft of another form");
  if (draft.group_id().empty() && read.row.group) draft.set_group_id(read.row.group->ToString());
  std::set<GroupId> groups;
  for (const GroupId& group : IdsOf<GroupId>(draft.recipient_group_ids())) groups.insert(group);
  if (!draft.group_id().empty()) groups.insert(IdOf<GroupId>(draft.group_id()));
  CO_TRY(const Cards cards, co_await desk_.shop().directory.Names({}, std::move(groups), asker.deadline));
  CO_TRY(std::string pdf, PrintMandate(mandate_rpc::FormOf(draft, cards)));
  co_return co_await mandate_rpc::Send(std::move(pdf), out);
}

}  // namespace aplus::requests
