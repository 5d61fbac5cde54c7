#include "services/files/acts/giving.h"

#include <algorithm>
#include <utility>

#include "libs/telemetry/log.h"
#include "services/files/domain/disposition.h"
#include "services/files/domain/file_type.h"

namespace aplus::files {
namespace giving {

// Contents never change under an id.
std::string EtagOf(FileId file) { return "\"" + file.ToString() + "\""; }

Task<Result<AuditId>> WriteLine(Transaction& tx, const Workshop& shop, AuditEntry line) {
  co_return shop.trail.Record(tx, line);
}

}  // namespace giving

// Whoever may not know of the file learns nothing here that requests has not said.
Task<Result<FileRow>> Gift::FindRow() {
  CO_TRY(std::optional<FileRow> file,
         co_await shop_.database.QueryOne({.deadline = call_.deadline}, kReadFile, order_.file));
  if (!file) co_return Fail(Reason::kNotFound);
  if (file->state == FileState::kReceiving || file->state == FileState::kScanning)
    co_return Fail(Reason::kFileNotReady);
  if (file->state != FileState::kAvailable || file->expired) co_return Fail(Reason::kErased);
  co_return *std::move(file);
}

Result<Gift::Reading> Gift::OpenSealed(const FileRow& file, const Key& key) const {
  TRY(ObjectReader reader, shop_.objects.OpenObject(file.object));
  if (reader.size() != static_cast<std::uint64_t>(file.sealed_size))
    return Fail(Reason::kInternal, "an object is not as long as it was");
  StreamHeader header;
  TRY_VOID(reader.Read(0, header));
  TRY(StreamDecryptor decryptor,
      StreamDecryptor::Open(key, FileContentContext(file.id, file.request), header, reader.size()));
  return Reading{std::move(reader), std::move(decryptor)};
}

Task<Result<void>> Gift::OpenObject(const FileRow& file) {
  CO_TRY(const std::optional<Key> key, co_await shop_.keys.Find(file.id, file.request, call_.deadline));
  // Destroyed a moment ago: the row follows.
  if (!key) co_return Fail(Reason::kErased);
  Result<Reading> opened = co_await shop_.pool.Run([&] { return OpenSealed(file, *key); });
  if (!opened) {
    if (opened.error().reason == Reason::kInternal) co_await NoteCorrupt();
    co_return Fail(std::move(opened).error());
  }
  reading_.emplace(*std::move(opened));
  co_return Result<void>();
}

Task<Result<DownloadHead>> Gift::Open() {
  CO_TRY(const FileAccess::Allowed allowed, co_await shop_.access.AuthorizeDownload(call_, order_.file));
  CO_TRY(const FileRow file, co_await FindRow());
  const auto size = static_cast<std::uint64_t>(file.size);
  const FileTypeRow* type = FindByMediaType(file.type);
  DownloadHead head;
  head.etag = giving::EtagOf(file.id);
  const RangeAnswer range = ResolveRange(order_.range, order_.if_range, head.etag, size);
  if (range.kind == RangeAnswer::Kind::kUnsatisfiable) co_return Fail(Reason::kRangeNotSatisfiable);
  CO_TRY_VOID(co_await OpenObject(file));
  const auto plan = reading_->decryptor.layout().Plan({range.offset, range.length});
  if (!plan || reading_->decryptor.layout().plaintext_size() != size) {
    co_await NoteCorrupt();
    co_return Fail(Reason::kInternal, "an object holds another length than was stored");
  }
  plan_ = *plan;
  next_ = plan_.first_segment;
  head.partial = range.kind == RangeAnswer::Kind::kPart;
  head.preview = order_.preview && type != nullptr && type->preview;
  head.content_type = type != nullptr ? std::string(type->media_type) : "application/octet-stream";
  head.disposition =
      WriteDisposition(head.preview ? Disposition::kInline : Disposition::kAttachment, allowed.name);
  if (head.partial) head.content_range = WriteContentRange(range, size);
  head.length = range.length;
  // A range that does not begin with the file: its end is checked once before (SECURITY 2.6).
  if (reading_->decryptor.NeedsLastSegment(plan_)) {
    const std::uint32_t last = reading_->decryptor.layout().segment_count() - 1;
    const auto checked = co_await shop_.pool.Run([&] { return OpenSegment(last); });
    if (!checked) {
      co_await NoteCorrupt();
      co_return Fail(checked.error());
    }
  }
  co_return head;
}

// On a thread of the pool.
Result<PlainPiece> Gift::OpenSegment(std::uint32_t segment) {
  const StreamLayout& layout = reading_->decryptor.layout();
  const ByteRange place = layout.Ciphertext(segment);
  PlainPiece piece{std::make_unique_for_overwrite<std::uint8_t[]>(PlainPiece::kRoom + place.length),
                   PlainPiece::kRoom, 0};
  const std::span<std::uint8_t> sealed(piece.memory.get() + PlainPiece::kRoom, place.length);
  TRY_VOID(reading_->reader.Read(place.offset, sealed));
  TRY(const std::span<std::uint8_t> plain, reading_->decryptor.OpenSegment(segment, sealed));
  piece.length = plain.size();
  return piece;
}

// On a thread of the pool.
Result<std::vector<PlainPiece>> Gift::OpenSegments() {
  const std::uint32_t end = std::min(plan_.last_segment + 1, next_ + kSegmentsAtOnce);
  std::vector<PlainPiece> pieces;
  for (std::uint32_t segment = next_; segment < end; ++segment) {
    TRY(PlainPiece piece, OpenSegment(segment));
    const ByteRange part = reading_->decryptor.layout().PartOf(segment, plan_);
    piece.offset += part.offset;
    piece.length = part.length;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Task<Result<std::vector<PlainPiece>>> Gift::Next() {
  if (done_) co_return std::vector<PlainPiece>();
  Result<std::vector<PlainPiece>> pieces = co_await shop_.pool.Run([this] { return OpenSegments(); });
  if (!pieces) {
    co_await NoteCorrupt();
    co_return Fail(std::move(pieces).error());
  }
  next_ += static_cast<std::uint32_t>(pieces->size());
  done_ = next_ > plan_.last_segment;
  for (const PlainPiece& piece : *pieces) shop_.figures.downloaded_bytes.Add(piece.length);
  if (done_) shop_.figures.downloads.Add();
  co_return pieces;
}

Task<> Gift::NoteCorrupt() {
  shop_.figures.corrupt.Add();
  log::Error("an object is not what was stored", {{log::kFileId, order_.file}});
  auto line = [&](Transaction& tx) {
    return giving::WriteLine(tx, shop_,
                             AskerOf(call_).Refused(Operation::kF3, order_.file, Reason::kInternal));
  };
  const auto written = co_await shop_.database.Transact(AsSystem(), line);
  if (!written) log::Error("no audit line of a damaged object", {{log::kFileId, order_.file}});
}

}  // namespace aplus::files
