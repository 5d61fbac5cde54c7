// One file on its way in (P60, P61): sealed from its first byte, judged while it streams, seen by nobody
// before it is whole. Two segments of memory whatever its size.
//
//   Reception reception(shop, call, order);
//   reception.Begin(); for each piece: reception.Take(piece); reception.End();
//   … and reception.Refuse(error) after the first of them that fails.
//
// Destroyed before one of End and Refuse has answered (the caller is gone, the process stops), it has what
// was stored destroyed in the background; and when the process is killed, its lease runs out and the sweep
// does it.
#pragma once

#include <memory>
#include <optional>

#include "libs/crypto/digest.h"
#include "libs/crypto/stream_aead.h"
#include "services/files/acts/asker.h"
#include "services/files/acts/workshop.h"
#include "services/files/domain/contents/inspection.h"
#include "services/files/domain/file_name.h"
#include "services/files/store/file_rows.h"
#include "services/files/store/upload_key_rows.h"

namespace aplus::files {

// What the head of an upload says, checked.
struct UploadOrder {
  RequestId request;  // or a draft
  FileName name;
  FileType type = FileType::kPdf;
  std::optional<std::uint64_t> length;  // as announced
};

// kFileType, kFileTooLarge, or kInvalidArgument for a head without a name.
Result<UploadOrder> ReadOrder(RequestId request, std::string_view disposition, std::int64_t length,
                              const Rules& rules);

struct ReceivedFile {
  FileId id{};
  std::int64_t size = 0;
  FileState state = FileState::kNone;
};

class Reception {
 public:
  // `call` must outlive this; `shop` everything.
  Reception(const Workshop& shop, const Call& call, UploadOrder order);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  // Takes the client's key, makes row and task, has requests decide, makes the file's key.
  Task<Result<void>> Begin();
  // The next bytes; good until this returns.
  Task<Result<void>> Take(BytesView piece);
  // All bytes were taken: the file is judged, made visible, and told to requests.
  Task<Result<ReceivedFile>> End();
  // What failed: nothing of the file stays. Answers the error for the caller.
  Task<Error> Refuse(Error error);

 private:
  // What there is once the rights are decided.
  struct Sealing {
    Key key;
    StreamEncryptor encryptor;
    ObjectWriter writer;
    ContentInspection inspection;
  };

  Task<Result<std::optional<UploadKeyRow>>> BeginIn(Transaction& tx);
  Task<Result<void>> TakeOver(Transaction& tx, const UploadKeyRow& earlier);
  Task<Result<void>> AskRequests();
  Task<Result<void>> RenewLease();
  Result<void> SealPiece(BytesView piece);
  Result<void> SealEnd();
  Task<Result<void>> LookAgain();
  Result<void> Show(StreamDecryptor& decryptor, const RangePlan& plan, std::uint32_t segment,
                    std::span<std::uint8_t> memory);
  Task<Result<ReceivedFile>> Complete(Bytes body);
  Task<Result<Affected>> CompleteIn(Transaction& tx, const Bytes& body, FileState state);
  Result<ReceivedFile> SameAsEarlier(const Bytes& body) const;
  Task<> Undo(Reason reason);
  Result<void> Judge(Flaw flaw);

  const Workshop& shop_;
  const Call& call_;
  const Asker asker_;
  const UploadOrder order_;
  const FileId id_;
  const std::string object_;
  HmacSha256 hmac_;
  Sha256Stream body_;
  std::uint64_t size_ = 0;
  std::optional<UploadKeyRow> earlier_;  // the key has done its work before: only compare
  std::optional<Sealing> sealing_;
  Flaw flaw_ = Flaw::kNone;
  SteadyTime renewed_{};
  bool begun_ = false, ended_ = false;
};

}  // namespace aplus::files
