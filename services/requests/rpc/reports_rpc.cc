#include "services/requests/rpc/reports_rpc.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/reporting.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace reports_rpc {

std::string QuestionOf(const Asker& asker) { return "misuse\n" + asker.user.ToString(); }

}  // namespace reports_rpc

void ReportsRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Reports.ReportMisuse", &ReportsRpc::ReportMisuse);
  server.Add(*this, "aplus.requests.v1.Reports.ListMisuseReports", &ReportsRpc::ListMisuseReports);
  server.Add(*this, "aplus.requests.v1.Reports.CountOpenRequests", &ReportsRpc::CountOpenRequests);
}

Task<Result<v1::ReportMisuseResponse>> ReportsRpc::ReportMisuse(Call& call,
                                                                const v1::ReportMisuseRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY([[maybe_unused]] const Acted acted,
         co_await requests::ReportMisuse(desk_.shop(), asker, IdOf<RequestId>(request.request_id()),
                                         static_cast<std::int16_t>(request.kind())));
  co_return v1::ReportMisuseResponse();
}

Task<Result<v1::ListMisuseReportsResponse>> ReportsRpc::ListMisuseReports(
    Call& call, const v1::ListMisuseReportsRequest& request) {
  const Asker asker = desk_.For(call, request);
  const std::string question = reports_rpc::QuestionOf(asker);
  ReportPoint after;
  if (!request.page_token().empty()) {
    const auto position = desk_.tokens().Read(question, request.page_token());
    const auto point = position ? PointAt(*position) : std::nullopt;
    if (!point) co_return Fail(Desk::BadToken());
    after = {.at = point->key, .id = ReportId{point->id.bytes}};
  }
  const std::int32_t page = request.page_size() > 0 ? request.page_size() : 25;
  CO_TRY(const auto rows, co_await ListReports(desk_.shop(), asker, after, page + 1));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page));
  v1::ListMisuseReportsResponse response;
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportRow& row = rows[i];
    v1::ListMisuseReportsResponse::Report& report = *response.add_reports();
    report.set_id(row.id.ToString());
    SetTime(row.at, *report.mutable_at());
    report.set_kind(static_cast<v1::MisuseKind>(row.kind));
    report.set_request_number(row.number);
    report.set_reporter_user_id(row.reporter.ToString());
    report.set_creator_user_id(row.creator.ToString());
    report.set_creator_group_id(row.creator_group.ToString());
  }
  if (rows.size() > shown) {
    const ReportRow& last = rows[shown - 1];
    response.set_next_page_token(
        desk_.tokens().Make(question, PositionOf(ListPoint{.key = last.at, .id = RequestId{last.id.bytes}})));
  }
  co_return response;
}

Task<Result<v1::CountOpenRequestsResponse>> ReportsRpc::CountOpenRequests(
    Call& call, const v1::CountOpenRequestsRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const LeftBehind left,
         co_await requests::CountOpenRequests(desk_.shop(), asker, IdOf<UserId>(request.user_id())));
  v1::CountOpenRequestsResponse response;
  response.set_open(static_cast<std::int32_t>(left.owned.open));
  response.set_alone(static_cast<std::int32_t>(left.owned.alone));
  for (const InvitedRow& row : left.invited) {
    v1::CountOpenRequestsResponse::Invited& invited = *response.add_invited();
    invited.set_user_id(row.user.ToString());
    invited.set_requests(static_cast<std::int32_t>(row.requests));
  }
  co_return response;
}

}  // namespace aplus::requests
