#include "services/files/domain/contents/images.h"

#include <algorithm>

namespace aplus::files {

// ---- PNG (ISO/IEC 15948) ----

Flaw PngCheck::Feed(BytesView piece) {
  const Flaw flaw = pieces_.Feed(piece, [this](BytesView whole) { return OnPiece(whole); });
  if (flaw != Flaw::kNone) return flaw;
  return piece.empty() ? Flaw::kNone : Flaw::kHiddenData;
}

Flaw PngCheck::OnPiece(BytesView piece) {
  switch (at_) {
    case At::kSignature:
      if (AsText(piece) != "\x89PNG\r\n\x1a\n") return Flaw::kOtherType;
      break;
    case At::kHeader:
      if (const Flaw flaw = CheckPixels(Big32(piece, 0), Big32(piece, 4)); flaw != Flaw::kNone) return flaw;
      break;
    case At::kChunk:
      return OnChunk(piece);
  }
  pieces_.Next(at_ == At::kHeader ? 4 : 0, 8);  // the header's checksum
  at_ = At::kChunk;
  return Flaw::kNone;
}

Flaw PngCheck::OnChunk(BytesView head) {
  constexpr std::uint32_t kHeaderLength = 13, kChecksum = 4;
  const std::uint32_t length = Big32(head, 0);
  const std::string_view type = AsText(head.subspan(4, 4));
  const bool letters =
      std::ranges::all_of(type, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  if (!letters || length > 0x7fff'ffff) return Flaw::kDamaged;
  if (first_chunk_ != (type == "IHDR")) return Flaw::kDamaged;
  first_chunk_ = false;
  if (type == "IHDR") {
    if (length != kHeaderLength) return Flaw::kDamaged;
    pieces_.Next(0, kHeaderLength);
    at_ = At::kHeader;
    return Flaw::kNone;
  }
  if (type == "IEND") {
    if (length != 0 || !data_seen_) return Flaw::kDamaged;
    pieces_.SkipAndStop(kChecksum);
    return Flaw::kNone;
  }
  data_seen_ = data_seen_ || type == "IDAT";
  pieces_.Next(std::uint64_t{length} + kChecksum, 8);
  return Flaw::kNone;
}

Flaw PngCheck::End(const Ends&) { return pieces_.stopped() ? Flaw::kNone : Flaw::kDamaged; }

// ---- GIF89a ----

Flaw GifCheck::Feed(BytesView piece) {
  const Flaw flaw = pieces_.Feed(piece, [this](BytesView whole) { return OnPiece(whole); });
  if (flaw != Flaw::kNone) return flaw;
  const bool zeros = std::ranges::all_of(piece, [](std::uint8_t byte) { return byte == 0; });
  return zeros ? Flaw::kNone : Flaw::kHiddenData;
}

// Bytes of a colour table that a packed field announces.
static std::uint64_t ColourTable(std::uint8_t packed) {
  return (packed & 0x80) != 0 ? std::uint64_t{3} << ((packed & 7) + 1) : 0;
}

Flaw GifCheck::OnPiece(BytesView piece) {
  switch (at_) {
    case At::kScreen:
      return OnScreen(piece);
    case At::kBlock:
      return OnBlock(piece[0]);
    case At::kFrame: {
      frame_seen_ = true;
      const Flaw flaw = CheckPixels(Little16(piece, 4), Little16(piece, 6));
      pieces_.Next(ColourTable(piece[8]) + 1, 1);  // and the code size
      at_ = At::kSubBlock;
      return flaw;
    }
    case At::kLabel:
      pieces_.Next(0, 1);
      at_ = At::kSubBlock;
      return Flaw::kNone;
    case At::kSubBlock:
      pieces_.Next(piece[0], 1);
      if (piece[0] == 0) at_ = At::kBlock;
      return Flaw::kNone;
  }
  return Flaw::kDamaged;
}

Flaw GifCheck::OnScreen(BytesView screen) {
  const std::string_view magic = AsText(screen.first(6));
  if (magic != "GIF87a" && magic != "GIF89a") return Flaw::kOtherType;
  pieces_.Next(ColourTable(screen[10]), 1);
  at_ = At::kBlock;
  return CheckPixels(Little16(screen, 6), Little16(screen, 8));
}

Flaw GifCheck::OnBlock(std::uint8_t introducer) {
  switch (introducer) {
    case 0x21:  // an extension: its label, then sub-blocks
      pieces_.Next(0, 1);
      at_ = At::kLabel;
      return Flaw::kNone;
    case 0x2c:
      pieces_.Next(0, kFrameBytes);
      at_ = At::kFrame;
      return Flaw::kNone;
    case 0x3b:
      pieces_.Stop();
      return frame_seen_ ? Flaw::kNone : Flaw::kDamaged;
    default:
      return Flaw::kDamaged;
  }
}

Flaw GifCheck::End(const Ends& ends) {
  if (!pieces_.stopped()) return Flaw::kDamaged;
  return OpensScript(ends.head.subspan(6)) ? Flaw::kMarkup : Flaw::kNone;
}

// ---- WebP (RFC 9649) ----

Flaw WebpCheck::Feed(BytesView piece) {
  const Flaw flaw = pieces_.Feed(piece, [this](BytesView whole) { return OnPiece(whole); });
  if (flaw != Flaw::kNone) return flaw;
  return piece.empty() ? Flaw::kNone : Flaw::kHiddenData;
}

// `skip` bytes from the end of the last chunk's head to the next chunk.
void WebpCheck::NextChunk(std::uint64_t skip) {
  position_ += skip;
  at_ = At::kChunk;
  if (position_ + 8 > total_) {
    pieces_.SkipAndStop(skip);
  } else {
    pieces_.Next(skip, 8);
  }
}

Flaw WebpCheck::OnPiece(BytesView piece) {
  switch (at_) {
    case At::kRiff:
      if (AsText(piece.first(4)) != "RIFF" || AsText(piece.subspan(8, 4)) != "WEBP") return Flaw::kOtherType;
      total_ = std::uint64_t{Little32(piece, 4)} + 8;
      position_ = 12;
      if (total_ < 12 + 8 + 10) return Flaw::kDamaged;
      NextChunk(0);
      return Flaw::kNone;
    case At::kChunk: {
      chunk_ = AsText(piece.first(4));
      chunk_size_ = Little32(piece, 4);
      chunk_size_ += chunk_size_ & 1;
      position_ += 8;
      if (position_ + chunk_size_ > total_) return Flaw::kDamaged;
      if (chunk_ != "VP8 " && chunk_ != "VP8L" && chunk_ != "VP8X") {
        if (!picture_seen_) return Flaw::kDamaged;
        NextChunk(chunk_size_);
        return Flaw::kNone;
      }
      if (chunk_size_ < 10) return Flaw::kDamaged;
      pieces_.Next(0, 10);
      at_ = At::kPicture;
      return Flaw::kNone;
    }
    case At::kPicture: {
      picture_seen_ = true;
      const Flaw flaw = OnPicture(piece);
      position_ += 10;
      NextChunk(chunk_size_ - 10);
      return flaw;
    }
  }
  return Flaw::kDamaged;
}

Flaw WebpCheck::OnPicture(BytesView start) {
  const auto little24 = [&](std::size_t at) {
    return static_cast<std::uint32_t>(start[at] | start[at + 1] << 8 | start[at + 2] << 16);
  };
  if (chunk_ == "VP8X") return CheckPixels(std::uint64_t{little24(4)} + 1, std::uint64_t{little24(7)} + 1);
  if (chunk_ == "VP8L") {
    if (start[0] != 0x2f) return Flaw::kDamaged;
    const std::uint32_t bits = Little32(start, 1);
    return CheckPixels((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
  }
  // A key frame: only those carry a size, and a still picture is one.
  if ((start[0] & 1) != 0 || start[3] != 0x9d || start[4] != 0x01 || start[5] != 0x2a) return Flaw::kDamaged;
  return CheckPixels(Little16(start, 6) & 0x3fff, Little16(start, 8) & 0x3fff);
}

Flaw WebpCheck::End(const Ends& ends) {
  if (!pieces_.stopped() || !picture_seen_ || total_ != ends.size) return Flaw::kDamaged;
  return OpensScript(ends.head.subspan(4)) ? Flaw::kMarkup : Flaw::kNone;
}

// ---- BMP ----

Flaw BmpCheck::Feed(BytesView piece) {
  return pieces_.Feed(piece, [this](BytesView header) {
    pieces_.Stop();
    return OnHeader(header);
  });
}

Flaw BmpCheck::OnHeader(BytesView header) {
  if (AsText(header.first(2)) != "BM") return Flaw::kOtherType;
  claimed_size_ = Little32(header, 2);
  const std::uint32_t pixels_at = Little32(header, 10), form = Little32(header, 14);
  std::int64_t width, height;
  std::uint16_t planes, bits;
  std::uint32_t compression = 0;
  if (form == 12) {
    width = Little16(header, 18);
    height = Little16(header, 20);
    planes = Little16(header, 22);
    bits = Little16(header, 24);
  } else if (form == 40 || form == 52 || form == 56 || form == 64 || form == 108 || form == 124) {
    width = static_cast<std::int32_t>(Little32(header, 18));
    height = static_cast<std::int32_t>(Little32(header, 22));
    planes = Little16(header, 26);
    bits = Little16(header, 28);
    compression = Little32(header, 30);
  } else {
    return Flaw::kOtherType;
  }
  constexpr std::array<std::uint16_t, 6> kBits{1, 4, 8, 16, 24, 32};
  const bool known = std::ranges::find(kBits, bits) != kBits.end();
  // 4 and 5 wrap a JPEG or PNG of unknown size.
  const bool plain = compression == 0 || compression == 3 || compression == 6;
  const bool run_length = compression == 1 || compression == 2;
  if (planes != 1 || !known || width <= 0 || height == 0 || !(plain || run_length)) return Flaw::kDamaged;
  height = height < 0 ? -height : height;  // from the top downwards
  if (pixels_at < 14 + form) return Flaw::kDamaged;
  const Flaw flaw = CheckPixels(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height));
  const std::uint64_t row = (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  pixels_end_ = pixels_at + (plain ? row * static_cast<std::uint64_t>(height) : 1);
  return flaw;
}

Flaw BmpCheck::End(const Ends& ends) {
  if (!pieces_.stopped())
    return ends.size >= 2 && AsText(ends.head.first(2)) == "BM" ? Flaw::kDamaged : Flaw::kOtherType;
  if (ends.size < pixels_end_ || claimed_size_ != ends.size) return Flaw::kDamaged;
  return OpensScript(ends.head.subspan(2)) ? Flaw::kMarkup : Flaw::kNone;
}

// ---- TIFF 6.0 ----

std::uint16_t TiffCheck::Read16(BytesView bytes, std::size_t at) const {
  return big_endian_ ? Big16(bytes, at) : Little16(bytes, at);
}
std::uint32_t TiffCheck::Read32(BytesView bytes, std::size_t at) const {
  return big_endian_ ? Big32(bytes, at) : Little32(bytes, at);
}

Flaw TiffCheck::Feed(BytesView piece) {
  return pieces_.Feed(piece, [this](BytesView header) {
    pieces_.Stop();
    return OnHeader(header);
  });
}

Flaw TiffCheck::OnHeader(BytesView header) {
  big_endian_ = header[0] == 'M';
  const std::string_view order = AsText(header.first(2));
  if ((order != "II" && order != "MM") || Read16(header, 2) != 42) return Flaw::kOtherType;
  directory_ = Read32(header, 4);
  return Flaw::kNone;
}

Flaw TiffCheck::End(const Ends& ends) {
  if (!pieces_.stopped()) return Flaw::kOtherType;
  size_ = ends.size;
  return directory_ < 8 || directory_ + 2 > size_ ? Flaw::kDamaged : Flaw::kNone;
}

std::optional<Extent> TiffCheck::Wants() {
  if (directory_ == 0) return std::nullopt;
  const std::size_t length = tags_ == 0 ? 2 : tags_ * 12 + 4;
  pieces_.Next(0, length);
  return Extent{directory_ + (tags_ == 0 ? 0 : 2), length};
}

Flaw TiffCheck::FeedWanted(BytesView piece) {
  return pieces_.Feed(piece, [this](BytesView whole) {
    pieces_.Stop();
    if (tags_ != 0) return OnDirectory(whole);
    tags_ = Read16(whole, 0);
    const bool fits =
        tags_ != 0 && tags_ <= kMostTags && directory_ + 2 + std::uint64_t{tags_} * 12 + 4 <= size_;
    return fits ? Flaw::kNone : Flaw::kDamaged;
  });
}

Flaw TiffCheck::OnDirectory(BytesView directory) {
  constexpr std::uint16_t kWidth = 256, kHeight = 257, kShort = 3, kLong = 4;
  std::uint64_t width = 0, height = 0;
  for (std::uint32_t i = 0; i < tags_; ++i) {
    const BytesView tag = directory.subspan(std::size_t{i} * 12, 12);
    const std::uint16_t id = Read16(tag, 0), type = Read16(tag, 2);
    if (id != kWidth && id != kHeight) continue;
    if ((type != kShort && type != kLong) || Read32(tag, 4) != 1) return Flaw::kDamaged;
    (id == kWidth ? width : height) = type == kShort ? Read16(tag, 8) : Read32(tag, 8);
  }
  directory_ = Read32(directory, std::size_t{tags_} * 12);
  tags_ = 0;
  if (directory_ != 0 && (directory_ < 8 || directory_ + 2 > size_)) return Flaw::kDamaged;
  // Directories in a circle end here too.
  if (++pages_ > kMostPages) return Flaw::kBomb;
  return CheckPixels(width, height);
}

}  // namespace aplus::files
