// The pages: everything below web_root, read once at start. A request's path is looked up in a table and
// never becomes a path of the file system. Files may lie beside their compressed forms (app.js, app.js.br,
// app.js.gz).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/http/request_head.h"
#include "gateway/http/response.h"
#include "libs/base/result.h"

namespace aplus::gateway {

class StaticFiles {
 public:
  // No file: every path answers nullopt.
  StaticFiles() = default;
  // kInvalidArgument with a diagnostic when the folder cannot be read, holds a symbolic link out of it, or is
  // larger than 256 MiB.
  static Result<StaticFiles> Load(const std::string& web_root);

  // The answer to GET or HEAD; views into this object. Paths of pages (no dot in their last segment) that are
  // no file lead to index.html, where the page's own code takes over. nullopt: nothing here.
  std::optional<Response> Find(const RequestHead& head) const;

  // A file made in memory, such as the API's description; `path` as in the URL.
  void Add(std::string path, std::string content);

  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string content;
    std::string gzip;  // empty: none
    std::string brotli;
    std::string etag;
    std::string_view type;
    std::string_view cache;
  };
  const File* Lookup(std::string_view path) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, File, Hash, std::equal_to<>> files_;
};

}  // namespace aplus::gateway
