// Whether a file is what its extension says, and nothing else (P60): extension, magic and structure, told
// while the bytes stream by. Bounded memory whatever the size; no I/O.
//
//   ContentInspection inspection(FileType::kDocx);
//   for each piece: flaw = inspection.Feed(piece);
//   flaw = inspection.End();
//   while (auto extent = inspection.Wants()) for each piece of it: flaw = inspection.FeedWanted(piece);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "services/files/domain/contents/format_check.h"

namespace aplus::files {

// Not thread-safe; need not stay on one thread. After a flaw nothing more may be fed.
class ContentInspection {
 public:
  explicit ContentInspection(FileType type);

  Flaw Feed(BytesView piece);
  Flaw End();
  // See FormatCheck.
  std::optional<Extent> Wants() { return check_->Wants(); }
  Flaw FeedWanted(BytesView piece) { return check_->FeedWanted(piece); }

  std::uint64_t size() const { return size_; }

 private:
  FileType type_;
  std::unique_ptr<FormatCheck> check_;
  std::uint64_t size_ = 0;
  Bytes head_, tail_;
};

}  // namespace aplus::files
