// Any bytes as a file of any type, whole and in pieces: accepted or not, the same both ways.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "services/files/domain/contents/inspection.h"

namespace {

using namespace aplus;
using namespace aplus::files;

Flaw FeedIn(BytesView bytes, std::size_t piece, ContentInspection& inspection,
            Flaw (ContentInspection::*take)(BytesView)) {
  while (!bytes.empty()) {
    const std::size_t length = std::min(piece, bytes.size());
    if (const Flaw flaw = (inspection.*take)(bytes.first(length)); flaw != Flaw::kNone) return flaw;
    bytes = bytes.subspan(length);
  }
  return Flaw::kNone;
}

bool Accepts(FileType type, BytesView contents, std::size_t piece) {
  ContentInspection inspection(type);
  Flaw flaw = FeedIn(contents, piece, inspection, &ContentInspection::Feed);
  if (flaw == Flaw::kNone) flaw = inspection.End();
  while (flaw == Flaw::kNone) {
    const std::optional<Extent> extent = inspection.Wants();
    if (!extent) return true;
    // An extent is never empty and never outside the file, whatever the file says.
    if (extent->length == 0 || extent->offset > contents.size()) std::abort();
    if (extent->length > contents.size() - extent->offset) std::abort();
    flaw = FeedIn(contents.subspan(extent->offset, extent->length), piece, inspection,
                  &ContentInspection::FeedWanted);
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto type = static_cast<FileType>(data[0] % static_cast<std::size_t>(FileType::kCount_));
  const std::size_t piece = 1 + data[1];
  const BytesView contents(data + 2, size - 2);
  if (Accepts(type, contents, contents.size()) != Accepts(type, contents, piece)) std::abort();
  return 0;
}
