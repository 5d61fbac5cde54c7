// Walks the entries of a zip archive in the order in which they lie, unpacks each while its bytes stream by
// and shows it to an inspector; nothing of it is kept.
#pragma once

#include <memory>
#include <span>

#include "services/files/domain/contents/pieces.h"
#include "services/files/domain/contents/zip_directory.h"

struct z_stream_s;  // zlib's z_stream

namespace aplus::files {

// Looks at one entry after the other.
class PartInspector {
 public:
  virtual Flaw Begin(const ZipEntry& entry, bool first) = 0;
  virtual Flaw Feed(BytesView unpacked) = 0;
  virtual Flaw End() = 0;

 protected:
  ~PartInspector() = default;
};

class ZipParts {
 public:
  explicit ZipParts(PartInspector& inspector);
  ~ZipParts();
  ZipParts(const ZipParts&) = delete;
  ZipParts& operator=(const ZipParts&) = delete;

  // `entries` sorted by offset and checked, lying before `directory`; they and the inspector outlive this.
  void Begin(std::span<const ZipEntry> entries, std::uint64_t directory);
  // The archive's bytes from the beginning to the directory, in order.
  Flaw Feed(BytesView piece);
  // All were fed.
  Flaw End() const;

 private:
  Flaw OnLocalHeader(BytesView header);
  Flaw OnName(std::string_view name);
  Flaw TakeData(BytesView& input);
  Flaw Inflate(BytesView data);
  Flaw Unpacked(BytesView bytes);
  Flaw EndEntry();

  PartInspector& inspector_;
  std::span<const ZipEntry> entries_;
  std::size_t current_ = 0;
  Pieces pieces_;
  enum class At { kHeader, kName, kData } at_ = At::kHeader;
  std::uint64_t directory_ = 0;
  std::uint64_t position_ = 0;  // behind what was taken of the archive
  std::uint32_t extra_ = 0, left_ = 0, unpacked_ = 0, checksum_ = 0;
  bool deflate_ended_ = false;
  std::unique_ptr<z_stream_s> inflater_;
  std::unique_ptr<std::uint8_t[]> window_;
};

}  // namespace aplus::files
