#include "gateway/http/site.h"

namespace aplus::gateway {

Result<Site> Site::Parse(std::string_view public_url, std::vector<std::string> more_hosts) {
  Site site;
  std::string_view authority = public_url;
  if (authority.starts_with("https://")) {
    site.https = true;
    authority.remove_prefix(8);
  } else if (authority.starts_with("http://")) {
    authority.remove_prefix(7);
  } else {
    return Fail(Reason::kInvalidArgument, "public_url begins with http:// or https://");
  }
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.empty() || authority.find_first_of("/?#@ \t\\") != std::string_view::npos) {
    return Fail(Reason::kInvalidArgument, "public_url is a scheme and a host, nothing behind");
  }
  for (const char c : authority) {
    // Origin is compared as browsers write it: lower case.
    if ((c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80) {
      return Fail(Reason::kInvalidArgument, "public_url is written in lower case, as browsers send it");
    }
  }
  site.origin = std::string(site.https ? "https://" : "http://") + std::string(authority);
  site.hosts = std::move(more_hosts);
  site.hosts.insert(site.hosts.begin(), std::string(authority));
  return site;
}

}  // namespace aplus::gateway
