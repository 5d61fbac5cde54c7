// JPEG (ITU-T T.81), walked marker by marker.
#include <algorithm>
#include <array>
#include <cstring>

#include "services/files/domain/contents/images.h"

namespace aplus::files {
namespace jpeg {

constexpr std::array<std::string_view, 8> kBehind{std::string_view("PK\x03\x04", 4),
                                                  std::string_view("PK\x05\x06", 4),
                                                  "Rar!\x1a\x07",
                                                  "7z\xbc\xaf\x27\x1c",
                                                  "<script",
                                                  "<html",
                                                  "<?php",
                                                  "%PDF-"};

constexpr std::array<std::string_view, 5> kUsualSegments{std::string_view("JFIF\0", 5),
                                                         std::string_view("Exif\0", 5),
                                                         "http://ns.adobe.com/", "ICC_PROFILE", "Adobe"};

constexpr bool IsFrame(std::uint8_t code) {
  return code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
}
// Without a length: restart marks, and one for temporary use.
constexpr bool StandsAlone(std::uint8_t code) { return code == 0x01 || (code >= 0xd0 && code <= 0xd7); }

constexpr std::uint8_t kEndOfImage = 0xd9, kStartOfScan = 0xda;

}  // namespace jpeg

JpegCheck::JpegCheck() : trailer_(jpeg::kBehind) { pieces_.Next(0, 2); }

Flaw JpegCheck::Feed(BytesView piece) {
  while (!piece.empty()) {
    if (at_ == At::kTrailer) return OnTrailer(piece);
    if (at_ == At::kScan && pieces_.stopped() && !SkipScan(piece)) return Flaw::kNone;
    const Flaw flaw = pieces_.Feed(piece, [this](BytesView whole) { return OnPiece(whole); });
    if (flaw != Flaw::kNone) return flaw;
  }
  return Flaw::kNone;
}

bool JpegCheck::SkipScan(BytesView& input) {
  while (!input.empty()) {
    if (!after_ff_) {
      const void* found = std::memchr(input.data(), 0xff, input.size());
      if (found == nullptr) return false;
      input =
          input.subspan(static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - input.data()) + 1);
      after_ff_ = true;
      continue;
    }
    // FF 00 is a data byte; restart marks and fill bytes belong to the scan.
    const std::uint8_t code = input[0];
    if (code != 0x00 && code != 0xff && !jpeg::StandsAlone(code)) {
      after_ff_ = false;
      at_ = At::kCode;
      pieces_.Next(0, 1);
      return true;
    }
    after_ff_ = code == 0xff;
    input = input.subspan(1);
  }
  return false;
}

Flaw JpegCheck::OnPiece(BytesView piece) {
  switch (at_) {
    case At::kStart:
      if (Big16(piece, 0) != 0xffd8) return Flaw::kOtherType;
      at_ = At::kMarker;
      pieces_.Next(0, 1);
      return Flaw::kNone;
    case At::kMarker:
      if (piece[0] != 0xff) return Flaw::kDamaged;
      at_ = At::kCode;
      pieces_.Next(0, 1);
      return Flaw::kNone;
    case At::kCode:
      return OnMarker(piece[0]);
    case At::kLength: {
      const std::uint16_t length = Big16(piece, 0);
      if (length < 2) return Flaw::kDamaged;
      if (jpeg::IsFrame(code_)) {
        // Precision, height, width, number of components; then the components.
        if (length < 8 || frame_seen_) return Flaw::kDamaged;
        at_ = At::kFrame;
        code_ = static_cast<std::uint8_t>(length - 8 > 255 ? 255 : length - 8);
        pieces_.Next(0, 6);
        return Flaw::kNone;
      }
      at_ = At::kMarker;
      if (code_ != jpeg::kStartOfScan) {
        pieces_.Next(length - 2u, 1);
        return Flaw::kNone;
      }
      if (!frame_seen_) return Flaw::kDamaged;
      scan_seen_ = true;
      at_ = At::kScan;
      pieces_.SkipAndStop(length - 2u);
      return Flaw::kNone;
    }
    case At::kFrame: {
      frame_seen_ = true;
      const Flaw flaw = CheckPixels(Big16(piece, 3), Big16(piece, 1));
      if (code_ != piece[5] * 3) return Flaw::kDamaged;
      at_ = At::kMarker;
      pieces_.Next(code_, 1);
      return flaw;
    }
    case At::kScan:
    case At::kTrailer:
      break;
  }
  return Flaw::kDamaged;
}

Flaw JpegCheck::OnMarker(std::uint8_t code) {
  if (code == 0xff || jpeg::StandsAlone(code)) {
    at_ = code == 0xff ? At::kCode : At::kMarker;
    pieces_.Next(0, 1);
    return Flaw::kNone;
  }
  if (code == jpeg::kEndOfImage) {
    at_ = At::kTrailer;
    pieces_.Stop();
    return scan_seen_ ? Flaw::kNone : Flaw::kDamaged;
  }
  if (code < 0xc0 || code == 0xd8) return Flaw::kDamaged;
  code_ = code;
  at_ = At::kLength;
  pieces_.Next(0, 2);
  return Flaw::kNone;
}

Flaw JpegCheck::OnTrailer(BytesView trailer) {
  return trailer_.Feed(trailer) == PhraseFinder::npos ? Flaw::kNone : Flaw::kHiddenData;
}

Flaw JpegCheck::End(const Ends& ends) {
  if (at_ == At::kStart) return Flaw::kOtherType;
  if (at_ != At::kTrailer) return Flaw::kDamaged;
  // Behind the first marker: the length of its segment may spell the beginning of a comment. In what
  // telephones write there (a URL, for XMP) nothing else can.
  const BytesView segment = ends.head.subspan(4);
  const std::string_view payload = AsText(segment.subspan(2));
  const bool usual = std::ranges::any_of(jpeg::kUsualSegments,
                                         [&](std::string_view name) { return payload.starts_with(name); });
  return OpensScript(usual ? segment.first(2) : segment) ? Flaw::kMarkup : Flaw::kNone;
}

}  // namespace aplus::files
