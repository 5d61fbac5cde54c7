// The directory of a zip archive (APPNOTE 6.3), read from its end, with the limits of SECURITY 2.7 kept
// before anything is unpacked.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "services/files/domain/contents/format_check.h"
#include "services/files/domain/contents/pieces.h"

namespace aplus::files {

// What an entry is to its document, told by its name.
enum class PartKind : std::uint8_t {
  kOther,
  kXml,           // must be XML that fetches nothing
  kContentTypes,  // [Content_Types].xml of Office Open XML
  kManifest,      // META-INF/manifest.xml of OpenDocument
  kMimeType,      // mimetype of OpenDocument
  kFolder,
};

struct ZipEntry {
  std::uint32_t offset = 0;  // of its local header
  std::uint32_t compressed = 0;
  std::uint32_t size = 0;
  std::uint32_t checksum = 0;
  std::uint64_t name_hash = 0;
  std::uint16_t name_length = 0;
  bool deflated = false;
  PartKind kind = PartKind::kOther;
};

// Of the same name in the local header and the directory.
std::uint64_t HashZipName(std::string_view name);

class ZipDirectory {
 public:
  // Finds the end record.
  Flaw FindEnd(const Ends& ends);
  // Where the directory lies.
  Extent extent() const { return extent_; }
  // Its bytes, in order.
  Flaw Feed(BytesView piece);
  // All of it was fed: whether entries and sizes fit together. Sorts the entries by offset.
  Flaw Check();

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // What follows an entry's data until the next local header or the directory: a data descriptor at most.
  static constexpr std::uint32_t kMostBetween = 24;
  static constexpr std::uint32_t kLocalHeader = 30;

  static constexpr std::size_t kMostEntries = 1'000;
  static constexpr std::uint64_t kMostUnpacked = 200ull * 1024 * 1024;
  static constexpr std::uint64_t kMostRatio = 100;

 private:
  Flaw OnHead(BytesView head);
  Flaw OnName(std::string_view name);

  Extent extent_;
  Pieces pieces_;
  std::size_t announced_ = 0;
  std::uint32_t skip_after_name_ = 0;
  bool at_name_ = false;
  std::vector<ZipEntry> entries_;
  absl::flat_hash_set<std::uint64_t> names_;
};

}  // namespace aplus::files
