// Pictures: their structure from the first byte to the last, and their size in pixels from their headers,
// before anybody decodes them (SECURITY 2.7).
#pragma once

#include "services/files/domain/contents/format_check.h"
#include "services/files/domain/contents/phrases.h"
#include "services/files/domain/contents/pieces.h"

namespace aplus::files {

// Chunks from IHDR to IEND and nothing behind.
class PngCheck final : public FormatCheck {
 public:
  PngCheck() { pieces_.Next(0, 8); }
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  Flaw OnPiece(BytesView piece);
  Flaw OnChunk(BytesView head);

  Pieces pieces_;
  enum class At { kSignature, kChunk, kHeader } at_ = At::kSignature;
  bool first_chunk_ = true, data_seen_ = false;
};

// Blocks from the screen descriptor to the trailer, and nothing behind but zeros.
class GifCheck final : public FormatCheck {
 public:
  GifCheck() { pieces_.Next(0, kScreenBytes); }
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  static constexpr std::size_t kScreenBytes = 13, kFrameBytes = 9;
  Flaw OnPiece(BytesView piece);
  Flaw OnScreen(BytesView screen);
  Flaw OnBlock(std::uint8_t introducer);

  Pieces pieces_;
  enum class At { kScreen, kBlock, kLabel, kFrame, kSubBlock } at_ = At::kScreen;
  bool frame_seen_ = false;
};

// RIFF chunks to the very end that the first of them names.
class WebpCheck final : public FormatCheck {
 public:
  WebpCheck() { pieces_.Next(0, 12); }
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  Flaw OnPiece(BytesView piece);
  Flaw OnPicture(BytesView start);
  void NextChunk(std::uint64_t skip);

  Pieces pieces_;
  enum class At { kRiff, kChunk, kPicture } at_ = At::kRiff;
  std::string chunk_;
  std::uint64_t total_ = 0, position_ = 0, chunk_size_ = 0;
  bool picture_seen_ = false;
};

// Segments, scans, end of image. Telephones put more pictures or a film behind it: allowed, unless an archive
// or a page hides there.
class JpegCheck final : public FormatCheck {
 public:
  JpegCheck();
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  Flaw OnPiece(BytesView piece);
  Flaw OnMarker(std::uint8_t code);
  Flaw OnTrailer(BytesView trailer);
  // Takes the entropy-coded data in front; true when a marker's code follows.
  bool SkipScan(BytesView& input);

  Pieces pieces_;
  PhraseFinder trailer_;
  enum class At { kStart, kMarker, kCode, kLength, kFrame, kScan, kTrailer } at_ = At::kStart;
  std::uint8_t code_ = 0;
  bool after_ff_ = false, frame_seen_ = false, scan_seen_ = false;
};

// The headers; the pixels that they announce must be there.
class BmpCheck final : public FormatCheck {
 public:
  BmpCheck() { pieces_.Next(0, kHeaderBytes); }
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;

 private:
  // Up to the compression method; the shortest picture of the old form is longer too.
  static constexpr std::size_t kHeaderBytes = 34;
  Flaw OnHeader(BytesView header);

  Pieces pieces_;
  std::uint64_t claimed_size_ = 0, pixels_end_ = 0;
};

// The directories, which may stand anywhere, each page with its size.
class TiffCheck final : public FormatCheck {
 public:
  TiffCheck() { pieces_.Next(0, 8); }
  Flaw Feed(BytesView piece) override;
  Flaw End(const Ends& ends) override;
  std::optional<Extent> Wants() override;
  Flaw FeedWanted(BytesView piece) override;

 private:
  static constexpr int kMostPages = 1'000;
  static constexpr std::uint32_t kMostTags = 512;
  Flaw OnHeader(BytesView header);
  Flaw OnDirectory(BytesView directory);
  std::uint16_t Read16(BytesView bytes, std::size_t at) const;
  std::uint32_t Read32(BytesView bytes, std::size_t at) const;

  Pieces pieces_;
  bool big_endian_ = false;
  std::uint64_t size_ = 0, directory_ = 0;
  std::uint32_t tags_ = 0;  // 0: their number is to be read
  int pages_ = 0;
};

}  // namespace aplus::files
