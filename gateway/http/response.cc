#include "gateway/http/response.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

namespace aplus::gateway {
namespace response_detail {

struct StatusRow {
  int status;
  std::string_view phrase;
};

constexpr StatusRow kStatuses[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

constexpr std::string_view kPermissions =
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), "
    "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), "
    "xr-spatial-tracking=()";

std::string SitePolicy(const std::vector<std::string>& style_hashes) {
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self'{}{}; img-src 'self' data: blob:; font-src "
      "'self'; "
      "connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
      "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
      "trusted-types react-dsfr react-dsfr-asap",
      style_hashes.empty() ? "" : " ", fmt::join(style_hashes, " "));
}

std::string Block(const Site& site, std::string_view policy) {
  std::string block = fmt::format(
      "Content-Security-Policy: {}\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Embedder-Policy: require-corp\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Permissions-Policy: {}\r\n",
      policy, kPermissions);
  if (site.https) block += "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload\r\n";
  return block;
}

}  // namespace response_detail

std::string_view Response::Body() const {
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  if (const auto* json = std::get_if<transcode::JsonBuffer>(&body)) return json->view();
  return std::get<std::string_view>(body);
}

bool IsFieldValue(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

std::string_view StatusPhrase(int status) {
  for (const auto& row : response_detail::kStatuses) {
    if (row.status == status) return row.phrase;
  }
  return "Status";
}

HeadWriter::HeadWriter(const Site& site, const std::vector<std::string>& style_hashes)
    : security_{response_detail::Block(site, response_detail::SitePolicy(style_hashes)),
                response_detail::Block(site, "sandbox; default-src 'none'; frame-ancestors 'none'"),
                response_detail::Block(site, "sandbox; default-src 'none'; frame-ancestors 'self'")} {}

std::string HttpDate(Time time) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - midnight)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[std::chrono::weekday{midnight}.c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string_view HeadWriter::Date(Time now) const {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_ = HttpDate(now);
    date_second_ = second;
  }
  return date_;
}

std::optional<std::string> HeadWriter::Write(const Response& response, std::optional<std::uint64_t> length,
                                             bool keep_alive, Time now) const {
  std::string head;
  head.reserve(2048);
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
    return IsFieldValue(value);
  };
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", response.status,
                 StatusPhrase(response.status));
  bool sound = add("Date", Date(now));
  if (!response.content_type.empty()) sound = add("Content-Type", response.content_type) && sound;
  if (length) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
  sound = add("Cache-Control", response.cache_control) && sound;
  for (const auto& [name, value] : response.fields) sound = add(name, value) && sound;
  if (!sound) return std::nullopt;
  head.append(security_[static_cast<std::size_t>(response.surface)]);
  head.append(keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
  return head;
}

}  // namespace aplus::gateway
