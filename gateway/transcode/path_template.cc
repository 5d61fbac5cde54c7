#include "gateway/transcode/path_template.h"

#include <fmt/format.h>

#include <array>
#include <span>

namespace aplus::transcode {
namespace path_template {

constexpr std::size_t kMaxSegments = 16;
constexpr std::size_t kMethods = 6;
constexpr std::array<std::string_view, kMethods> kNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

bool IsLiteralCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

bool IsLiteral(std::string_view text) {
  for (const char c : text) {
    if (!IsLiteralCharacter(c)) return false;
  }
  return !text.empty();
}

bool IsFieldPath(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (const char c : text) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '.') return false;
  }
  return true;
}

tl::unexpected<Error> Refuse(std::string_view text) {
  return Fail(Reason::kInternal, fmt::format("path template not understood: {}", text));
}

}  // namespace path_template

std::optional<HttpMethod> HttpMethodFromName(std::string_view name) {
  for (std::size_t i = 0; i < path_template::kNames.size(); ++i) {
    if (path_template::kNames[i] == name) return static_cast<HttpMethod>(i);
  }
  return std::nullopt;
}

std::string_view NameOf(HttpMethod method) { return path_template::kNames[static_cast<std::size_t>(method)]; }

Result<PathTemplate> ParsePathTemplate(std::string_view text) {
  const std::string_view whole = text;
  PathTemplate result;
  // A colon inside braces cannot be: field paths have none.
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    result.verb = text.substr(colon + 1);
    if (!path_template::IsLiteral(result.verb)) return path_template::Refuse(whole);
    text = text.substr(0, colon);
  }
  while (!text.empty()) {
    if (text.front() != '/') return path_template::Refuse(whole);
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    text.remove_prefix(segment.size());
    if (segment.size() > 2 && segment.front() == '{' && segment.back() == '}') {
      std::string_view field = segment.substr(1, segment.size() - 2);
      if (field.ends_with("=*")) field.remove_suffix(2);
      if (!path_template::IsFieldPath(field)) return path_template::Refuse(whole);
      result.variables.emplace_back(field);
      result.segments.push_back({.literal = {}, .variable = true});
    } else if (path_template::IsLiteral(segment)) {
      result.segments.push_back({.literal = std::string(segment), .variable = false});
    } else {
      return path_template::Refuse(whole);
    }
  }
  if (result.segments.empty() || result.segments.size() > path_template::kMaxSegments) {
    return path_template::Refuse(whole);
  }
  return result;
}

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> variable;
  // Routes that end here, by verb and method.
  using Ends = std::array<std::optional<std::size_t>, path_template::kMethods>;
  std::map<std::string, Ends, std::less<>> ends;

  bool Match(std::span<const std::string_view> segments, std::string_view verb, HttpMethod method,
             PathMatch& match) const;
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Result<void> Router::Add(HttpMethod method, const PathTemplate& path, std::size_t route) {
  Node* node = root_.get();
  for (const PathTemplate::Segment& segment : path.segments) {
    std::unique_ptr<Node>& next = segment.variable ? node->variable : node->literals[segment.literal];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  auto& end = node->ends[path.verb][static_cast<std::size_t>(method)];
  if (end) return Fail(Reason::kInternal, fmt::format("two routes for one path (verb \"{}\")", path.verb));
  end = route;
  return {};
}

bool Router::Node::Match(std::span<const std::string_view> segments, std::string_view verb, HttpMethod method,
                         PathMatch& match) const {
  if (segments.empty()) {
    const auto found = ends.find(verb);
    if (found == ends.end()) return false;
    for (std::size_t i = 0; i < path_template::kMethods; ++i) {
      if (found->second[i]) match.allowed = static_cast<std::uint8_t>(match.allowed | 1u << i);
    }
    match.route = found->second[static_cast<std::size_t>(method)];
    return match.route.has_value();
  }
  if (const auto found = literals.find(segments.front()); found != literals.end()) {
    if (found->second->Match(segments.subspan(1), verb, method, match)) return true;
  }
  if (variable == nullptr) return false;
  match.captures.push_back(segments.front());
  if (variable->Match(segments.subspan(1), verb, method, match)) return true;
  match.captures.pop_back();
  return false;
}

PathMatch Router::Find(HttpMethod method, std::string_view path) const {
  PathMatch match;
  std::array<std::string_view, path_template::kMaxSegments> segments;
  std::size_t count = 0;
  if (path.empty() || path.front() != '/') return match;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty() || count == segments.size()) return match;
    segments[count++] = segment;
    path.remove_prefix(segment.size());
  }
  const std::span<const std::string_view> all(segments.data(), count);
  // With a verb first; what has no such verb may still hold a colon in its last segment.
  std::string_view& last = segments[count - 1];
  const std::size_t colon = last.rfind(':');
  if (colon != std::string_view::npos && colon > 0) {
    const std::string_view whole = last;
    last = whole.substr(0, colon);
    if (root_->Match(all, whole.substr(colon + 1), method, match) || match.allowed != 0) return match;
    last = whole;
  }
  root_->Match(all, {}, method, match);
  return match;
}

}  // namespace aplus::transcode
