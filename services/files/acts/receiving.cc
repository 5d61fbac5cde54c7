#include "services/files/acts/receiving.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/telemetry/log.h"
#include "services/files/acts/destroying.h"
#include "services/files/acts/saying.h"
#include "services/files/domain/disposition.h"
#include "services/files/store/erasure_rows.h"

namespace aplus::files {
namespace receiving {

// Refusals after which requests has made nothing, so that nothing of ours needs to stay either.
bool IsRefusal(Reason reason) {
  switch (reason) {
    case Reason::kNotFound:
    case Reason::kForbidden:
    case Reason::kImpossible:
    case Reason::kErased:
    case Reason::kTooManyFiles:
    case Reason::kInvalidArgument:
    case Reason::kUnauthenticated:
    case Reason::kTermsRequired:
      return true;
    default:
      return false;
  }
}

// What was wrong with the file itself; anything else broke the upload off.
bool IsOfTheFile(Reason reason) {
  return reason == Reason::kFileEmpty || reason == Reason::kFileTooLarge || reason == Reason::kFileType ||
         reason == Reason::kFileUnsafe;
}

// Spawned too, and therefore given the address of what outlives it.
Task<> BreakOff(const Workshop* shop, FileId file) {
  auto end = [&](Transaction& tx) { return EndFile(tx, file, FileState::kBrokenOff, rule::kRefused); };
  const auto ended = co_await shop->database.Transact(AsSystem(), end);
  // When the database did not answer, the lease ends it.
  if (ended) co_await shop->destroyer.Now(file);
  shop->figures.broken_off.Add();
}

Task<Result<bool>> RejectIn(Transaction& tx, const Workshop& shop, FileId file, AuditEntry line) {
  shop.trail.Record(tx, line);
  co_return co_await EndFile(tx, file, FileState::kRejected, rule::kRefused);
}

Error WithDetail(Reason reason, std::string_view detail) {
  Error error;
  error.reason = reason;
  error.detail = detail;
  return error;
}

}  // namespace receiving

Result<UploadOrder> ReadOrder(RequestId request, std::string_view disposition, std::int64_t length,
                              const Rules& rules) {
  const std::optional<std::string> raw = NameInDisposition(disposition);
  const std::optional<FileName> name = raw ? CleanFileName(*raw) : std::nullopt;
  if (!name) {
    Error error;
    error.reason = Reason::kInvalidArgument;
    error.violations.push_back(
        {"contentDisposition", "required", "Le nom du fichier manque : attachment; filename*=UTF-8''…"});
    return Fail(std::move(error));
  }
  const FileTypeRow* row = FindByExtension(name->extension);
  if (row == nullptr) {
    return Fail(
        receiving::WithDetail(Reason::kFileType,
                              "Sont acceptés : PDF, images (JPEG, PNG, GIF, WebP, BMP, TIFF), documents "
                              "Word, Excel et OpenDocument, texte et CSV."));
  }
  UploadOrder order{request, *name, row->type, std::nullopt};
  if (length > 0) order.length = static_cast<std::uint64_t>(length);
  if (order.length.value_or(0) > rules.max_bytes) return Fail(Reason::kFileTooLarge);
  return order;
}

Reception::Reception(const Workshop& shop, const Call& call, UploadOrder order)
    : shop_(shop),
      call_(call),
      asker_(AskerOf(call)),
      order_(std::move(order)),
      id_(FileId::New(shop.clock, shop.random)),
      object_(NewObjectName(shop.random)),
      hmac_(shop.hmac_key) {
  const std::string head = order_.request.ToString() + "\n" + order_.name.text + "\n";
  body_.Update(AsBytes(head));
}

Reception::~Reception() {
  if (begun_ && !ended_) shop_.leftovers.Spawn("break off an upload", receiving::BreakOff(&shop_, id_));
}

// ---- Beginning ----

Task<Result<void>> Reception::Begin() {
  auto begin = [this](Transaction& tx) { return BeginIn(tx); };
  Result<std::optional<UploadKeyRow>> earlier =
      co_await shop_.database.Transact({.deadline = call_.deadline}, begin);
  begun_ = earlier.has_value() || IsCommitUnknown(earlier.error());  // a row stands, or may
  CO_TRY(earlier_, std::move(earlier));
  if (earlier_) {
    ended_ = true;
    co_return Result<void>();
  }
  renewed_ = SteadyClock::now();
  CO_TRY_VOID(co_await AskRequests());
  // P61: the key is committed before the first byte is sealed under it.
  CO_TRY(Key key, co_await shop_.keys.Create(id_, order_.request, Patience()));
  CO_TRY(ObjectWriter writer, co_await shop_.pool.Run([this] { return shop_.objects.Create(object_); }));
  StreamEncryptor encryptor =
      StreamEncryptor::Begin(key, FileContentContext(id_, order_.request), shop_.random);
  sealing_.emplace(
      Sealing{std::move(key), std::move(encryptor), std::move(writer), ContentInspection(order_.type)});
  co_return co_await shop_.pool.Run([this] { return sealing_->writer.Write(sealing_->encryptor.header()); });
}

// The row of an earlier upload under this key that is complete; nullopt: this one goes on.
Task<Result<std::optional<UploadKeyRow>>> Reception::BeginIn(Transaction& tx) {
  const Sha256Digest head = hmac_.Mac(AsBytes(order_.request.ToString() + "\n" + order_.name.text));
  if (asker_.key) {
    CO_TRY(std::optional<UploadKeyRow> earlier,
           co_await tx.RunOne(kLockUploadKey, asker_.owner, *asker_.key));
    if (earlier) {
      const bool complete = earlier->body_hmac.has_value() && !earlier->old;
      if (complete || earlier->running) {
        if (!ConstantTimeEquals(earlier->head_hmac, head)) co_return Fail(Reason::kKeyReused);
        if (complete) co_return earlier;
        Error running = receiving::WithDetail(Reason::kKeyRunning, "");
        running.retry_after_seconds = 2;
        co_return Fail(std::move(running));
      }
      CO_TRY_VOID(co_await TakeOver(tx, *earlier));
    }
  }
  tx.Send(kInsertFile, id_, order_.request, asker_.owner, object_,
          std::string(Describe(order_.type).media_type), shop_.rules.lifetime, shop_.rules.upload_lease);
  tx.Send(kInsertTask, id_);
  if (asker_.key) {
    CO_TRY(const Affected taken, co_await tx.Run(kTakeUploadKey, asker_.owner, *asker_.key, id_, head));
    if (taken.rows == 0) co_return Fail(Reason::kKeyRunning);
  }
  co_return std::nullopt;
}

// An upload that failed, or whose process died: this one is its second try.
Task<Result<void>> Reception::TakeOver(Transaction& tx, const UploadKeyRow& earlier) {
  tx.Send(kDropUploadKey, asker_.owner, *asker_.key);
  if (earlier.state == FileState::kReceiving) {
    CO_TRY_VOID(co_await EndFile(tx, earlier.file, FileState::kBrokenOff, rule::kRefused));
  }
  co_return Result<void>();
}

Task<Result<void>> Reception::AskRequests() {
  Result<void> allowed = co_await shop_.access.Register(call_, id_, order_.request, order_.name.text,
                                                        std::string(Describe(order_.type).media_type));
  if (allowed || !receiving::IsRefusal(allowed.error().reason)) co_return allowed;
  // As if it had never been asked for; should that fail, the sweep ends the row.
  const auto forgotten = co_await shop_.database.Write(AsSystem(), kForgetFile, id_);
  ended_ = forgotten.has_value();
  co_return allowed;
}

// ---- Receiving ----

Result<void> Reception::Judge(Flaw flaw) {
  if (flaw == Flaw::kNone) return {};
  flaw_ = flaw;
  return Fail(receiving::WithDetail(Describe(flaw).reason, Describe(flaw).detail));
}

Task<Result<void>> Reception::RenewLease() {
  if (SteadyClock::now() - renewed_ < shop_.rules.upload_lease / 4) co_return Result<void>();
  renewed_ = SteadyClock::now();
  CO_TRY(const Affected renewed,
         co_await shop_.database.Write(AsSystem(), kRenewLease, id_, shop_.rules.upload_lease));
  // Its request was erased meanwhile, or it stood still for so long that the sweep took it.
  if (renewed.rows == 0) co_return Fail(Reason::kErased);
  co_return Result<void>();
}

Task<Result<void>> Reception::Take(BytesView piece) {
  size_ += piece.size();
  if (size_ > shop_.rules.max_bytes) co_return Fail(Reason::kFileTooLarge);
  if (order_.length && size_ > *order_.length) co_return Fail(Reason::kInvalidArgument);
  if (!earlier_) CO_TRY_VOID(co_await RenewLease());
  co_return co_await shop_.pool.Run([&]() -> Result<void> {
    body_.Update(piece);
    return earlier_ ? Result<void>() : SealPiece(piece);
  });
}

// On a thread of the pool.
Result<void> Reception::SealPiece(BytesView piece) {
  TRY_VOID(Judge(sealing_->inspection.Feed(piece)));
  while (const std::optional<BytesView> segment = sealing_->encryptor.Push(piece)) {
    TRY_VOID(sealing_->writer.Write(*segment));
  }
  return {};
}

Result<void> Reception::SealEnd() {
  TRY_VOID(sealing_->writer.Write(sealing_->encryptor.Finish()));
  return Judge(sealing_->inspection.End());
}

// ---- The end ----

// Some formats can only be judged with their end in hand: parts are read again, from what was sealed.
Task<Result<void>> Reception::LookAgain() {
  std::optional<Extent> extent = sealing_->inspection.Wants();
  if (!extent) co_return Result<void>();
  CO_TRY(StreamDecryptor decryptor,
         StreamDecryptor::Open(sealing_->key, FileContentContext(id_, order_.request),
                               sealing_->encryptor.header(), sealing_->writer.size()));
  decryptor.TrustLastSegment();  // sealed a moment ago, here
  Bytes memory(decryptor.layout().segment_size());
  for (; extent; extent = sealing_->inspection.Wants()) {
    const auto plan = decryptor.layout().Plan({extent->offset, extent->length});
    if (!plan) co_return Fail(Reason::kInternal, "an extent outside the file");
    for (std::uint32_t segment = plan->first_segment; segment <= plan->last_segment; ++segment) {
      CO_TRY_VOID(co_await shop_.pool.Run([&] { return Show(decryptor, *plan, segment, memory); }));
    }
  }
  co_return Result<void>();
}

// On a thread of the pool.
Result<void> Reception::Show(StreamDecryptor& decryptor, const RangePlan& plan, std::uint32_t segment,
                             std::span<std::uint8_t> memory) {
  const ByteRange place = decryptor.layout().Ciphertext(segment);
  const std::span<std::uint8_t> sealed = memory.first(place.length);
  TRY_VOID(sealing_->writer.Read(place.offset, sealed));
  TRY(const std::span<std::uint8_t> plain, decryptor.OpenSegment(segment, sealed));
  const ByteRange part = decryptor.layout().PartOf(segment, plan);
  const Flaw flaw = sealing_->inspection.FeedWanted(plain.subspan(part.offset, part.length));
  Wipe(plain);
  return Judge(flaw);
}

Task<Result<ReceivedFile>> Reception::End() {
  if (size_ == 0) co_return Fail(Reason::kFileEmpty);
  // Less than announced: the sender went, and something in between took that for the end.
  if (order_.length && size_ != *order_.length) co_return Fail(Reason::kInvalidArgument);
  const Sha256Digest digest = body_.Finish();
  const Sha256Digest mac = hmac_.Mac(digest);
  Bytes body(mac.begin(), mac.end());
  if (earlier_) co_return SameAsEarlier(body);
  CO_TRY_VOID(co_await shop_.pool.Run([this] { return SealEnd(); }));
  CO_TRY_VOID(co_await LookAgain());
  // P61: whole and durable before anybody hears of it.
  CO_TRY_VOID(co_await shop_.pool.Run([this] { return sealing_->writer.Commit(); }));
  // Not cut in the middle: a client that repeats must find what the first call came to.
  co_return co_await Uncancellable(Complete(std::move(body)));
}

Result<ReceivedFile> Reception::SameAsEarlier(const Bytes& body) const {
  if (!ConstantTimeEquals(*earlier_->body_hmac, body)) return Fail(Reason::kKeyReused);
  return ReceivedFile{earlier_->file, earlier_->size, earlier_->state};
}

Task<Result<Affected>> Reception::CompleteIn(Transaction& tx, const Bytes& body, FileState state) {
  const auto size = static_cast<std::int64_t>(size_);
  const auto sealed = static_cast<std::int64_t>(sealing_->writer.size());
  const std::string type(Describe(order_.type).media_type);
  CO_TRY(const Affected completed, co_await tx.Run(kCompleteFile, id_, state, type, size, sealed));
  if (completed.rows == 0) co_return Fail(Reason::kErased);
  tx.Send(kFinishUploadKey, id_, body);
  shop_.trail.Record(tx, asker_.Line(Operation::kF2, id_));
  if (state == FileState::kAvailable) {
    SayState(tx, shop_,
             {.id = id_, .request = order_.request, .uploader = asker_.owner, .type = type, .size = size},
             state);
  }
  co_return completed;
}

Task<Result<ReceivedFile>> Reception::Complete(Bytes body) {
  const FileState state = shop_.scans ? FileState::kScanning : FileState::kAvailable;
  auto complete = [&](Transaction& tx) { return CompleteIn(tx, body, state); };
  Result<Affected> completed = co_await shop_.database.Transact({.deadline = Patience()}, complete);
  if (!completed) {
    // Nobody knows whether it is complete. If it is, the client's second try finds it; if not, its lease
    // ends.
    ended_ = IsCommitUnknown(completed.error());
    co_return Fail(std::move(completed).error());
  }
  ended_ = true;
  shop_.figures.uploads.Add();
  shop_.figures.uploaded_bytes.Add(size_);
  // So that whoever asked sees it at once; should it fail, a job goes on telling.
  const Result<void> told = co_await shop_.destroyer.Tell(id_);
  if (!told) log::Info("a file's state is told later", {{log::kFileId, id_}});
  co_return ReceivedFile{id_, static_cast<std::int64_t>(size_), state};
}

Task<Error> Reception::Refuse(Error error) {
  const bool of_the_file = receiving::IsOfTheFile(error.reason);
  if (flaw_ != Flaw::kNone) {
    shop_.figures.CountRefused(flaw_);
  } else if (of_the_file) {
    shop_.figures.CountRefused(Describe(error.reason).code);
  }
  // Whole, or not at all and then by the destructor: whoever goes in the middle of an upload also cuts this.
  if (begun_ && !ended_) co_await Uncancellable(Undo(error.reason));
  co_return error;
}

Task<> Reception::Undo(Reason reason) {
  ended_ = true;
  sealing_.reset();  // what is being received goes with its writer
  if (!receiving::IsOfTheFile(reason)) {
    co_await receiving::BreakOff(&shop_, id_);
    co_return;
  }
  auto reject = [&](Transaction& tx) {
    return receiving::RejectIn(tx, shop_, id_, asker_.Refused(Operation::kF2, id_, reason));
  };
  const auto rejected = co_await shop_.database.Transact(AsSystem(), reject);
  // P62: what is refused is destroyed at once. When the database did not answer, the lease ends it.
  if (rejected) co_await shop_.destroyer.Now(id_);
}

}  // namespace aplus::files
