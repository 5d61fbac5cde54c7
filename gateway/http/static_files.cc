#include "gateway/http/static_files.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/base/bytes.h"

namespace aplus::gateway {
namespace static_files {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxTotal = std::uintmax_t{256} * 1024 * 1024;

struct TypeRow {
  std::string_view extension;
  std::string_view type;
};

constexpr TypeRow kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".pdf", "application/pdf"},
    {".txt", "text/plain; charset=utf-8"},
};

// Empty: not served.
std::string_view TypeOf(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {};
  for (const TypeRow& row : kTypes) {
    if (path.substr(dot) == row.extension) return row.type;
  }
  return {};
}

// "index-DiwrgTda.js", "app.3f2a91bc.css": eight or more characters that change with the contents, as
// bundlers write them under /assets/.
bool IsHashed(std::string_view path) {
  if (path.find("/assets/") == std::string_view::npos) return false;
  const std::size_t dot = path.rfind('.');
  const std::size_t mark = path.find_last_of("-.", dot - 1);
  return mark != std::string_view::npos && mark > path.rfind('/') && dot - mark > 8;
}

std::optional<std::string> ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return std::nullopt;
  return content;
}

std::string Etag(std::string_view content) {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(content.data()), content.size(), digest);
  // Weak: the compressed forms share it.
  return fmt::format("W/\"{}\"", ToHex({digest, 12}));
}

bool Accepts(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    const std::string_view name = item.substr(0, item.find_first_of("; "));
    // "gzip;q=0" means no.
    if (EqualsIgnoreCase(name, coding))
      return item.find(";q=0") == std::string_view::npos || item.find(";q=0.") != std::string_view::npos;
  }
  return false;
}

}  // namespace static_files

Result<StaticFiles> StaticFiles::Load(const std::string& web_root) {
  using namespace static_files;
  StaticFiles files;
  std::uintmax_t total = 0;
  std::error_code problem;
  const fs::path root = fs::canonical(web_root, problem);
  if (problem)
    return Fail(Reason::kInvalidArgument, fmt::format("web_root {}: {}", web_root, problem.message()));
  for (const auto& entry : fs::recursive_directory_iterator(root, problem)) {
    if (entry.is_symlink()) {
      return Fail(Reason::kInvalidArgument, fmt::format("{} is a symbolic link", entry.path().string()));
    }
    if (!entry.is_regular_file()) continue;
    total += entry.file_size();
    if (total > kMaxTotal) return Fail(Reason::kInvalidArgument, fmt::format("{} is too large", web_root));
    const std::string path = "/" + entry.path().lexically_relative(root).generic_string();
    const std::string_view type = TypeOf(path);
    if (type.empty()) continue;
    auto content = ReadWhole(entry.path());
    if (!content) return Fail(Reason::kInvalidArgument, fmt::format("cannot read {}", entry.path().string()));
    files.Add(path, *std::move(content));
    File& file = files.files_.at(path);
    file.gzip = ReadWhole(entry.path().string() + ".gz").value_or("");
    file.brotli = ReadWhole(entry.path().string() + ".br").value_or("");
  }
  if (problem)
    return Fail(Reason::kInvalidArgument, fmt::format("web_root {}: {}", web_root, problem.message()));
  return files;
}

void StaticFiles::Add(std::string path, std::string content) {
  using namespace static_files;
  File file;
  file.type = TypeOf(path);
  file.etag = Etag(content);
  file.cache = IsHashed(path) ? "public, max-age=31536000, immutable" : "no-cache";
  file.content = std::move(content);
  files_.insert_or_assign(std::move(path), std::move(file));
}

const StaticFiles::File* StaticFiles::Lookup(std::string_view path) const {
  if (const auto found = files_.find(path); found != files_.end()) return &found->second;
  const std::string_view last = path.substr(path.rfind('/') + 1);
  if (last.find('.') != std::string_view::npos) return nullptr;
  // "/api" is api/index.html where there is one.
  std::string folder(path);
  if (!folder.ends_with('/')) folder += '/';
  if (const auto found = files_.find(folder + "index.html"); found != files_.end()) return &found->second;
  const auto index = files_.find("/index.html");
  return index == files_.end() ? nullptr : &index->second;
}

std::optional<Response> StaticFiles::Find(const RequestHead& head) const {
  const File* file = Lookup(head.path);
  if (file == nullptr) return std::nullopt;
  Response response;
  response.content_type = file->type;
  response.cache_control = file->cache;
  response.fields.emplace_back("ETag", file->etag);
  response.fields.emplace_back("Vary", "Accept-Encoding");
  if (head.Find("If-None-Match").find(file->etag) != std::string_view::npos) {
    response.status = 304;
    response.content_type = {};
    return response;
  }
  const std::string_view accepted = head.Find("Accept-Encoding");
  if (!file->brotli.empty() && static_files::Accepts(accepted, "br")) {
    response.fields.emplace_back("Content-Encoding", "br");
    response.body = std::string_view(file->brotli);
  } else if (!file->gzip.empty() && static_files::Accepts(accepted, "gzip")) {
    response.fields.emplace_back("Content-Encoding", "gzip");
    response.body = std::string_view(file->gzip);
  } else {
    response.body = std::string_view(file->content);
  }
  return response;
}

}  // namespace aplus::gateway
