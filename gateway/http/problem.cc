#include "gateway/http/problem.h"

#include <fmt/format.h>

#include "gateway/transcode/json_text.h"

namespace aplus::gateway {
namespace problem_detail {

using transcode::AppendJsonString;
using transcode::JsonBuffer;

struct HeadRow {
  int status;
  std::string_view code;
  std::string_view title;
};

constexpr HeadRow kHeadRows[] = {
    {400, "malformed", "La demande envoyée est mal formée."},
    {405, "method_not_allowed", "Cette adresse ne connaît pas cette action."},
    {408, "request_timeout", "La demande a mis trop de temps à arriver."},
    {411, "length_required", "La demande doit annoncer sa longueur (Content-Length)."},
    {414, "target_too_long", "Cette adresse est trop longue."},
    {431, "head_too_large", "L’en-tête de la demande est trop long."},
    {503, "unavailable", "Le service est momentanément indisponible."},
    {505, "version_not_supported", "Cette version de HTTP n’est pas acceptée."},
};

// Text of ours or checked by us; anything else is left out rather than sent broken.
void AppendMember(std::string_view key, std::string_view value, JsonBuffer& out) {
  const std::size_t start = out.size();
  if (out.back() != '{') out.Append(',');
  AppendJsonString(key, out);
  out.Append(':');
  if (!AppendJsonString(value, out)) out.CutTo(start);
}

void AppendCommon(int status, std::string_view code, std::string_view title, std::string_view detail,
                  std::string_view request_id, JsonBuffer& out) {
  out.Append('{');
  AppendMember("type", fmt::format("urn:aplus:problem:{}", code), out);
  AppendMember("title", title, out);
  out.Append(fmt::format(",\"status\":{}", status));
  AppendMember("detail", detail.empty() ? title : detail, out);
  AppendMember("instance", fmt::format("urn:uuid:{}", request_id), out);
  AppendMember("code", code, out);
}

Response Make(int status, JsonBuffer body) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = std::move(body);
  return response;
}

// A call that ended because the caller went, or whose backend is going away: to whoever still listens, it can
// be tried again.
Reason Shown(Reason reason) { return reason == Reason::kCancelled ? Reason::kUnavailable : reason; }

constexpr int kRetrySeconds = 2;

}  // namespace problem_detail

Response Problem(const Error& error, std::string_view request_id) {
  using namespace problem_detail;
  const Reason reason = Shown(error.reason);
  const ReasonRow& row = Describe(reason);
  JsonBuffer out;
  AppendCommon(row.http_status, row.code, row.title, error.detail, request_id, out);
  out.Append(",\"errors\":[");
  for (const Error::Violation& violation : error.violations) {
    if (out.back() != '[') out.Append(',');
    out.Append('{');
    AppendMember("path", violation.path, out);
    AppendMember("code", violation.code, out);
    AppendMember("detail", violation.detail, out);
    out.Append('}');
  }
  out.Append(']');
  if (!error.state.empty()) AppendMember("state", error.state, out);
  // As everywhere in this API, 64-bit integers are strings.
  if (error.version) AppendMember("version", std::to_string(*error.version), out);
  out.Append('}');
  Response response = Make(row.http_status, std::move(out));
  // RFC 9110 asks for a challenge; no browser knows this one, so none opens a password window.
  if (row.http_status == 401) response.fields.emplace_back("WWW-Authenticate", "Session realm=\"aplus\"");
  if (error.retry_after_seconds) {
    response.fields.emplace_back("Retry-After", std::to_string(*error.retry_after_seconds));
  } else if (reason == Reason::kUnavailable || reason == Reason::kKeyRunning) {
    response.fields.emplace_back("Retry-After", std::to_string(kRetrySeconds));
  }
  return response;
}

Response HeadProblem(int status, std::string_view request_id) {
  using namespace problem_detail;
  const HeadRow* row = &kHeadRows[0];
  for (const HeadRow& candidate : kHeadRows) {
    if (candidate.status == status) row = &candidate;
  }
  JsonBuffer out;
  AppendCommon(row->status, row->code, row->title, {}, request_id, out);
  out.Append(",\"errors\":[]}");
  Response response = Make(row->status, std::move(out));
  if (row->status == 405) response.fields.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
  return response;
}

}  // namespace aplus::gateway
