#include "gateway/http/csrf.h"

namespace aplus::gateway {
namespace csrf_detail {

// "application/json", with charset=utf-8 at most.
bool IsJson(std::string_view type) {
  const std::size_t semicolon = type.find(';');
  std::string_view essence = type.substr(0, semicolon);
  while (!essence.empty() && essence.back() == ' ') essence.remove_suffix(1);
  if (!EqualsIgnoreCase(essence, "application/json")) return false;
  if (semicolon == std::string_view::npos) return true;
  std::string_view parameter = type.substr(semicolon + 1);
  while (!parameter.empty() && parameter.front() == ' ') parameter.remove_prefix(1);
  return EqualsIgnoreCase(parameter, "charset=utf-8") || EqualsIgnoreCase(parameter, "charset=\"utf-8\"");
}

}  // namespace csrf_detail

Result<void> CheckOrigin(const RequestHead& head, const Site& site, BodyForm form) {
  if (head.IsSafe()) return {};
  if (head.Find("X-Aplus") != "1") return Fail(Reason::kCsrf, "no X-Aplus");
  const std::string_view fetch_site = head.Find("Sec-Fetch-Site");
  if (!fetch_site.empty() && fetch_site != "same-origin")
    return Fail(Reason::kCsrf, "Sec-Fetch-Site of another site");
  if (head.Has("Origin") && head.Find("Origin") != site.origin)
    return Fail(Reason::kCsrf, "Origin of another site");
  if (head.Has("Content-Encoding")) return Fail(Reason::kUnsupportedMediaType, "encoded body");
  const std::string_view type = head.Find("Content-Type");
  switch (form) {
    case BodyForm::kRaw:
      return {};
    case BodyForm::kJson:
      if (!csrf_detail::IsJson(type)) return Fail(Reason::kUnsupportedMediaType, "not application/json");
      return {};
    case BodyForm::kNone:
      if (head.content_length != 0) return Fail(Reason::kMalformed, "a body where none belongs");
      if (!type.empty() && !csrf_detail::IsJson(type))
        return Fail(Reason::kUnsupportedMediaType, "not application/json");
      return {};
  }
  return {};
}

}  // namespace aplus::gateway
