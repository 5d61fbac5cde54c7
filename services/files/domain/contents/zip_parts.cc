#include "services/files/domain/contents/zip_parts.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace aplus::files {
namespace zip_parts {

constexpr std::size_t kWindow = 32 * 1024;
constexpr int kRawDeflate = -MAX_WBITS;

}  // namespace zip_parts

ZipParts::ZipParts(PartInspector& inspector) : inspector_(inspector) {}

ZipParts::~ZipParts() {
  if (inflater_) inflateEnd(inflater_.get());
}

void ZipParts::Begin(std::span<const ZipEntry> entries, std::uint64_t directory) {
  entries_ = entries;
  directory_ = directory;
  window_ = std::make_unique<std::uint8_t[]>(zip_parts::kWindow);
  auto inflater = std::make_unique<z_stream_s>();
  if (inflateInit2(inflater.get(), zip_parts::kRawDeflate) != Z_OK) throw std::bad_alloc();
  inflater_ = std::move(inflater);
  pieces_.Next(0, ZipDirectory::kLocalHeader);
}

Flaw ZipParts::Feed(BytesView piece) {
  while (!piece.empty()) {
    if (current_ == entries_.size()) {
      // The last entry's data descriptor, and then the directory.
      position_ += piece.size();
      return Flaw::kNone;
    }
    const std::size_t before = piece.size();
    const Flaw flaw = at_ == At::kData && pieces_.stopped()
                          ? TakeData(piece)
                          : pieces_.Feed(piece, [this](BytesView whole) {
                              return at_ == At::kHeader ? OnLocalHeader(whole) : OnName(AsText(whole));
                            });
    if (flaw != Flaw::kNone) return flaw;
    position_ += before - piece.size();
    // An entry without data ends as soon as its header does.
    if (at_ == At::kData && pieces_.stopped() && left_ == 0) {
      if (const Flaw ended = EndEntry(); ended != Flaw::kNone) return ended;
    }
  }
  return Flaw::kNone;
}

Flaw ZipParts::OnLocalHeader(BytesView header) {
  const ZipEntry& entry = entries_[current_];
  if (AsText(header.first(4)) != std::string_view("PK\x03\x04", 4)) return Flaw::kDamaged;
  // Sizes may stand in a descriptor behind the data; the directory's count. Name and method must agree.
  if (Little16(header, 8) != (entry.deflated ? 8 : 0) || Little16(header, 26) != entry.name_length)
    return Flaw::kHiddenData;
  extra_ = Little16(header, 28);
  at_ = At::kName;
  pieces_.Next(0, entry.name_length);
  return Flaw::kNone;
}

Flaw ZipParts::OnName(std::string_view name) {
  const ZipEntry& entry = entries_[current_];
  if (HashZipName(name) != entry.name_hash) return Flaw::kHiddenData;
  at_ = At::kData;
  left_ = entry.compressed;
  unpacked_ = 0;
  checksum_ = 0;
  deflate_ended_ = !entry.deflated;
  inflateReset2(inflater_.get(), zip_parts::kRawDeflate);
  pieces_.SkipAndStop(extra_);
  return inspector_.Begin(entry, current_ == 0);
}

Flaw ZipParts::TakeData(BytesView& input) {
  const BytesView data = input.first(std::min<std::size_t>(left_, input.size()));
  input = input.subspan(data.size());
  left_ -= static_cast<std::uint32_t>(data.size());
  return entries_[current_].deflated ? Inflate(data) : Unpacked(data);
}

Flaw ZipParts::Inflate(BytesView data) {
  z_stream_s& inflater = *inflater_;
  inflater.next_in = const_cast<std::uint8_t*>(data.data());  // zlib's API predates const
  inflater.avail_in = static_cast<uInt>(data.size());
  while (inflater.avail_in > 0 || inflater.avail_out == 0) {
    if (deflate_ended_) return Flaw::kHiddenData;  // bytes behind the end of the deflated data
    inflater.next_out = window_.get();
    inflater.avail_out = static_cast<uInt>(zip_parts::kWindow);
    const int status = inflate(&inflater, Z_NO_FLUSH);
    const std::size_t made = zip_parts::kWindow - inflater.avail_out;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return Flaw::kDamaged;
    deflate_ended_ = status == Z_STREAM_END;
    if (made > 0) {
      const Flaw flaw = Unpacked({window_.get(), made});
      if (flaw != Flaw::kNone) return flaw;
    }
    if (deflate_ended_ && inflater.avail_in == 0) break;
    if (made == 0 && inflater.avail_in == 0) break;
  }
  return Flaw::kNone;
}

Flaw ZipParts::Unpacked(BytesView bytes) {
  // More than the directory promised is how a bomb hides from whoever trusts the directory.
  if (bytes.size() > entries_[current_].size - unpacked_) return Flaw::kBomb;
  unpacked_ += static_cast<std::uint32_t>(bytes.size());
  checksum_ = static_cast<std::uint32_t>(crc32(checksum_, bytes.data(), static_cast<uInt>(bytes.size())));
  return inspector_.Feed(bytes);
}

Flaw ZipParts::EndEntry() {
  const ZipEntry& entry = entries_[current_];
  if (!deflate_ended_ || unpacked_ != entry.size || checksum_ != entry.checksum) return Flaw::kDamaged;
  if (const Flaw flaw = inspector_.End(); flaw != Flaw::kNone) return flaw;
  const bool last = ++current_ == entries_.size();
  const std::uint64_t next = last ? directory_ : entries_[current_].offset;
  if (next < position_) return Flaw::kBomb;
  if (next - position_ > ZipDirectory::kMostBetween) return Flaw::kHiddenData;
  if (last) return Flaw::kNone;
  at_ = At::kHeader;
  pieces_.Next(next - position_, ZipDirectory::kLocalHeader);
  return Flaw::kNone;
}

Flaw ZipParts::End() const { return current_ == entries_.size() ? Flaw::kNone : Flaw::kDamaged; }

}  // namespace aplus::files
