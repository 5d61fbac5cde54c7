#include "libs/http/url.h"

#include <algorithm>
#include <charconv>

namespace aplus {
namespace url {

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(Reason::kInvalidArgument, "address: " + std::string(why));
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace url

Result<HttpUrl> HttpUrl::Parse(std::string_view text) {
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7f || c == '\\'; })) {
    return url::Refuse("something else than printable ASCII");
  }
  HttpUrl url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return url::Refuse("neither https:// nor http://");
  }
  if (text.find('#') != std::string_view::npos) return url::Refuse("a fragment");
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  url.target = text.starts_with('/') ? std::string(text) : "/" + std::string(text);
  if (authority.find('@') != std::string_view::npos) return url::Refuse("a user name");
  url.authority = authority;

  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return url::Refuse("a bracket without its other half");
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  if (url.host.empty()) return url::Refuse("no host");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (problem != std::errc() || end != port.data() + port.size() || url.port == 0) {
      return url::Refuse("no port number");
    }
  }
  if (!url.tls && !url::IsLoopback(url.host)) return url::Refuse("http:// beyond loopback");
  return url;
}

}  // namespace aplus
