// Path templates of google.api.http ("/v1/requests/{request_id}:close") and the trie that finds the route of
// a path. Literals win over variables; a verb belongs to the last segment.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace aplus::transcode {

enum class HttpMethod : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete };

// nullopt: none of ours. Case counts.
std::optional<HttpMethod> HttpMethodFromName(std::string_view name);
std::string_view NameOf(HttpMethod method);

struct PathTemplate {
  struct Segment {
    std::string literal;  // of a variable: empty
    bool variable = false;
  };
  std::vector<Segment> segments;
  std::vector<std::string> variables;  // field paths, in the order of their segments
  std::string verb;                    // without its colon; often empty
};

// Takes literals, {field} and {field=*}; kInternal with a diagnostic for everything else ("**" and patterns
// of several segments have no place in this API).
Result<PathTemplate> ParsePathTemplate(std::string_view text);

// What a path led to.
struct PathMatch {
  std::optional<std::size_t> route;
  // Segments that stand for variables, as they came: still percent-encoded. Views into the path.
  std::vector<std::string_view> captures;
  // Bit per HttpMethod that the path does know, when it does not know the one asked for.
  std::uint8_t allowed = 0;
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // kInternal when this method and shape of path are taken.
  Result<void> Add(HttpMethod method, const PathTemplate& path, std::size_t route);
  // `path` begins with a slash and holds no query. Paths that end with a slash or hold an empty segment match
  // nothing.
  PathMatch Find(HttpMethod method, std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace aplus::transcode
