#include "services/notifications/rpc/personal_data_rpc.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string>

#include "libs/rpc/timestamp.h"
#include "services/notifications/rpc/convert.h"
#include "services/notifications/rpc/lines.h"

namespace aplus::notifications {
namespace personal_data_rpc {

constexpr int kPage = 100;
// Mails are kept for a month: more than anybody gets.
constexpr int kMails = 10'000;
constexpr std::size_t kChunk = 128 * 1024;

std::string_view NameOf(MailState state) {
  switch (state) {
    case MailState::kHeld:
    case MailState::kQueued:
    case MailState::kSending:
      return "waiting";
    case MailState::kSent:
    case MailState::kAmbiguous:
    case MailState::kJoined:
      return "sent";
    case MailState::kFailed:
      return "failed";
    case MailState::kDropped:
      break;
  }
  return "dropped";
}

Result<std::string> ToJson(const v1::PersonalDataDocument& document) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(document, &json, options).ok()) {
    return Fail(Reason::kInternal, "a document that cannot be written as JSON");
  }
  return json;
}

}  // namespace personal_data_rpc

void PersonalDataRpc::Register(Server& server) {
  server.Add(*this, "aplus.notifications.v1.PersonalData.DownloadMyData", &PersonalDataRpc::DownloadMyData);
}

Task<Result<void>> PersonalDataRpc::DownloadMyData(Call& call, const v1::DownloadMyDataRequest&,
                                                   ServerStream<api::v1::DownloadChunk>& out) {
  const Caller caller = CallerOf(call.principal(), clock_.Now());
  if (const auto refused = ReasonOf(Decide(caller, Operation::kA8, {.own = true}))) {
    co_return Fail(co_await NoteRefusal(database_, trail_, call, *refused));
  }
  v1::PersonalDataDocument document;
  SetTime(clock_.Now(), *document.mutable_made_at());
  CO_TRY_VOID(co_await AddAccount(call, document));
  CO_TRY_VOID(co_await AddOwn(call, document));
  CO_TRY_VOID(co_await AddTraces(call, document));
  CO_TRY(const std::string json, personal_data_rpc::ToJson(document));

  api::v1::DownloadChunk head;
  head.mutable_head()->set_status(200);
  head.mutable_head()->set_content_type("application/json");
  head.mutable_head()->set_content_disposition("attachment; filename=\"aplus-mes-donnees.json\"");
  head.mutable_head()->set_content_length(static_cast<std::int64_t>(json.size()));
  CO_TRY_VOID(co_await out.Write(head));
  for (std::size_t at = 0; at < json.size(); at += personal_data_rpc::kChunk) {
    api::v1::DownloadChunk piece;
    piece.set_data(json.substr(at, personal_data_rpc::kChunk));
    CO_TRY_VOID(co_await out.Write(piece));
  }
  co_return Result<void>();
}

Task<Result<void>> PersonalDataRpc::AddAccount(const Call& call, v1::PersonalDataDocument& document) {
  CO_TRY(*document.mutable_account(),
         co_await auth_.Call<auth::v1::GetMeResponse>("aplus.auth.v1.Me.GetMe", auth::v1::GetMeRequest(),
                                                      CallOptions::For(call)));
  CO_TRY(auto listed,
         co_await auth_.Call<auth::v1::ListSessionsResponse>(
             "aplus.auth.v1.Me.ListSessions", auth::v1::ListSessionsRequest(), CallOptions::For(call)));
  document.mutable_sessions()->Swap(listed.mutable_sessions());
  co_return Result<void>();
}

Task<Result<void>> PersonalDataRpc::AddOwn(const Call& call, v1::PersonalDataDocument& document) {
  const UserId user = call.principal().user;
  CO_TRY(const Frequency frequency, co_await notices_.FrequencyOf(user, call.deadline));
  document.set_frequency(ToProto(frequency));
  std::optional<NoticePlace> place;
  for (;;) {
    CO_TRY(const std::vector<NoticeRow> rows,
           co_await notices_.List(user, place, personal_data_rpc::kPage, call.deadline));
    for (const NoticeRow& row : rows) ToProto(row, *document.add_notifications());
    if (rows.size() < static_cast<std::size_t>(personal_data_rpc::kPage)) break;
    place = NoticePlace{rows.back().at, rows.back().id};
  }
  CO_TRY(const std::vector<MailTrace> mails,
         co_await deliveries_.MailsTo(user, personal_data_rpc::kMails, call.deadline));
  for (const MailTrace& mail : mails) {
    auto& out = *document.add_mails();
    out.set_kind(std::string(Describe(mail.kind).code));
    out.set_request_number(mail.number);
    SetTime(mail.at, *out.mutable_at());
    out.set_state(std::string(personal_data_rpc::NameOf(mail.state)));
  }
  co_return Result<void>();
}

Task<Result<void>> PersonalDataRpc::AddTraces(const Call& call, v1::PersonalDataDocument& document) {
  ::aplus::requests::v1::ListMyTracesRequest request;
  request.set_page_size(personal_data_rpc::kPage);
  for (;;) {
    CO_TRY(auto page, co_await requests_.Call<::aplus::requests::v1::ListMyTracesResponse>(
                          "aplus.requests.v1.Traces.ListMyTraces", request, CallOptions::For(call)));
    for (auto& trace : *page.mutable_traces()) document.add_traces()->Swap(&trace);
    if (page.next_page_token().empty()) co_return Result<void>();
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace aplus::notifications
