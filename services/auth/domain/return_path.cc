#include "services/auth/domain/return_path.h"

#include <algorithm>
#include <array>

namespace aplus::auth {
namespace return_path {

constexpr std::size_t kLongest = 512;

// Pages that are no place to land on. Each with whatever follows it: "/connexion", "/connexion?x", "/v1/…".
constexpr std::array<std::string_view, 2> kNoPlaces{"/v1", "/connexion"};

bool IsPlain(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

bool BeginsWithPlace(std::string_view path, std::string_view place) {
  if (!path.starts_with(place)) return false;
  return path.size() == place.size() ||
         std::string_view("/?#:").find(path[place.size()]) != std::string_view::npos;
}

// A part that a browser or a proxy would rewrite: "." and "..", also percent-encoded, and encoded slashes.
bool HasRewrites(std::string_view path) {
  std::string folded(path.substr(0, path.find_first_of("?#")));
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const std::string_view encoded : {"%2f", "%5c", "%2e", "%00", "%0a", "%0d", "%09", "//"}) {
    if (folded.find(encoded) != std::string::npos) return true;
  }
  folded += '/';
  return folded.find("/./") != std::string::npos || folded.find("/../") != std::string::npos;
}

}  // namespace return_path

std::string SafeReturnPath(std::string_view path) {
  const bool safe =
      !path.empty() && path.size() <= return_path::kLongest && path.front() == '/' &&
      return_path::IsPlain(path) && !return_path::HasRewrites(path) &&
      std::none_of(return_path::kNoPlaces.begin(), return_path::kNoPlaces.end(),
                   [&](std::string_view place) { return return_path::BeginsWithPlace(path, place); });
  return safe ? std::string(path) : "/";
}

}  // namespace aplus::auth
