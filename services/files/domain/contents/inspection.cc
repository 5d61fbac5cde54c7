#include "services/files/domain/contents/inspection.h"

#include <algorithm>

#include "services/files/domain/contents/documents.h"
#include "services/files/domain/contents/images.h"
#include "services/files/domain/contents/office.h"
#include "services/files/domain/contents/phrases.h"

namespace aplus::files {
namespace inspection {

bool IsZip(FileType type) {
  return type == FileType::kDocx || type == FileType::kXlsx || type == FileType::kOdt ||
         type == FileType::kOds;
}
bool IsText(FileType type) { return type == FileType::kText || type == FileType::kCsv; }
bool IsCompound(FileType type) { return type == FileType::kDoc || type == FileType::kXls; }

}  // namespace inspection

std::unique_ptr<FormatCheck> MakeFormatCheck(FileType type) {
  switch (type) {
    case FileType::kPdf:
      return std::make_unique<PdfCheck>();
    case FileType::kJpeg:
      return std::make_unique<JpegCheck>();
    case FileType::kPng:
      return std::make_unique<PngCheck>();
    case FileType::kGif:
      return std::make_unique<GifCheck>();
    case FileType::kWebp:
      return std::make_unique<WebpCheck>();
    case FileType::kBmp:
      return std::make_unique<BmpCheck>();
    case FileType::kTiff:
      return std::make_unique<TiffCheck>();
    case FileType::kDoc:
    case FileType::kXls:
      return std::make_unique<CompoundCheck>(type);
    case FileType::kDocx:
    case FileType::kXlsx:
    case FileType::kOdt:
    case FileType::kOds:
      return std::make_unique<OfficeCheck>(type);
    case FileType::kText:
    case FileType::kCsv:
    case FileType::kCount_:
      break;
  }
  return std::make_unique<TextCheck>();
}

ContentInspection::ContentInspection(FileType type) : type_(type), check_(MakeFormatCheck(type)) {
  tail_.reserve(2 * Ends::kTailBytes);
}

Flaw ContentInspection::Feed(BytesView piece) {
  size_ += piece.size();
  const std::size_t to_head = std::min(Ends::kHeadBytes - head_.size(), piece.size());
  head_.insert(head_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(to_head));
  const BytesView end = piece.last(std::min(piece.size(), Ends::kTailBytes));
  const std::size_t kept = std::min(tail_.size(), Ends::kTailBytes - end.size());
  tail_.erase(tail_.begin(), tail_.end() - static_cast<std::ptrdiff_t>(kept));
  tail_.insert(tail_.end(), end.begin(), end.end());
  return check_->Feed(piece);
}

Flaw ContentInspection::End() {
  const Flaw flaw = check_->End({size_, head_, tail_});
  if (flaw != Flaw::kNone) return flaw;
  if (!inspection::IsText(type_) && !inspection::IsZip(type_) && HoldsMarkup(head_)) return Flaw::kMarkup;
  // An archive behind a picture or a PDF. An old office document may embed one whole; it must not end as one.
  if (inspection::IsZip(type_)) return Flaw::kNone;
  const bool zip = inspection::IsCompound(type_) ? EndsAsZip(tail_) : HoldsZipEnd(tail_);
  return zip ? Flaw::kHiddenData : Flaw::kNone;
}

}  // namespace aplus::files
