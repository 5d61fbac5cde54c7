#include "gateway/http/cookies.h"

#include <fmt/format.h>

namespace aplus::gateway {
namespace cookies_detail {

constexpr std::size_t kMaxValue = 64;  // a token has 43 characters
constexpr std::chrono::seconds kBindingAge{3600};

bool IsToken(std::string_view value) {
  for (const char c : value) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fine) return false;
  }
  return !value.empty() && value.size() <= kMaxValue;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace cookies_detail

Cookies::Cookies(bool https, std::chrono::seconds session_age) : https_(https), session_age_(session_age) {}

std::string_view Cookies::Name(Cookie cookie) const {
  if (cookie == Cookie::kSession) return https_ ? "__Host-sid" : "sid";
  return https_ ? "__Host-lb" : "lb";
}

std::string_view Cookies::Find(std::string_view field, Cookie cookie) const {
  const std::string_view wanted = Name(cookie);
  std::string_view found;
  bool seen = false;
  while (!field.empty()) {
    const std::string_view part = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    if (cookies_detail::TrimSpaces(part.substr(0, equals)) != wanted) continue;
    if (seen) return {};
    seen = true;
    found = cookies_detail::TrimSpaces(part.substr(equals + 1));
  }
  return cookies_detail::IsToken(found) ? found : std::string_view();
}

std::optional<std::string> Cookies::Set(Cookie cookie, std::string_view value) const {
  if (!value.empty() && !cookies_detail::IsToken(value)) return std::nullopt;
  const auto age = cookie == Cookie::kSession ? session_age_ : cookies_detail::kBindingAge;
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", Name(cookie), value,
                     value.empty() ? 0 : age.count(), https_ ? "; Secure" : "");
}

}  // namespace aplus::gateway
