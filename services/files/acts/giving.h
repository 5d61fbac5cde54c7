// One file on its way out (P61, P63): every segment is authenticated before a byte of it leaves, and nothing
// is held but the few segments that are being sent.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/crypto/stream_aead.h"
#include "services/files/acts/asker.h"
#include "services/files/acts/workshop.h"
#include "services/files/domain/byte_range.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

struct DownloadOrder {
  FileId file;
  std::string range, if_range;
  bool preview = false;  // wished; only images and PDF are shown
};

// What a reader is told before the first byte.
struct DownloadHead {
  bool partial = false;
  bool preview = false;
  std::string content_type, disposition, content_range, etag;
  std::uint64_t length = 0;  // bytes that follow
};

// Plaintext in memory of its own, with room in front for whoever frames it.
struct PlainPiece {
  static constexpr std::size_t kRoom = 16;
  std::unique_ptr<std::uint8_t[]> memory;
  std::size_t offset = 0, length = 0;
};

class Gift {
 public:
  // Each message costs a turn of four threads in two processes, whatever its size; 256 KiB make that small
  // and keep a transfer below 1 MiB of memory.
  static constexpr std::uint32_t kSegmentsAtOnce = 4;

  // `call` must outlive this; `shop` everything.
  Gift(const Workshop& shop, const Call& call, DownloadOrder order)
      : shop_(shop), call_(call), order_(std::move(order)) {}

  // Asks requests, finds key and object, resolves the range. kErased, kFileNotReady, kRangeNotSatisfiable.
  Task<Result<DownloadHead>> Open();
  // The next pieces, one of each of at most kSegmentsAtOnce segments; none at the end. kInternal when what is
  // stored is not what was sealed: the transfer must be broken off.
  Task<Result<std::vector<PlainPiece>>> Next();

 private:
  struct Reading {
    ObjectReader reader;
    StreamDecryptor decryptor;
  };

  Task<Result<FileRow>> FindRow();
  Task<Result<void>> OpenObject(const FileRow& file);
  Result<Reading> OpenSealed(const FileRow& file, const Key& key) const;
  Result<PlainPiece> OpenSegment(std::uint32_t segment);
  Result<std::vector<PlainPiece>> OpenSegments();
  // An object that is damaged: counted, logged, written to the trail.
  Task<> NoteCorrupt();

  const Workshop& shop_;
  const Call& call_;
  const DownloadOrder order_;
  std::optional<Reading> reading_;
  RangePlan plan_;
  std::uint32_t next_ = 0;
  bool done_ = false;
};

}  // namespace aplus::files
