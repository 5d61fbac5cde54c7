#include "services/files/rpc/files_rpc.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "libs/rpc/wire.h"
#include "services/files/acts/giving.h"
#include "services/files/acts/receiving.h"
#include "services/files/acts/taking_back.h"
#include "services/files/rpc/convert.h"

namespace aplus::files {
namespace files_rpc {

constexpr std::size_t kMostChunk = 64 * 1024;

// Where the chain has checked the format.
template <class Id>
Result<Id> Need(const std::string& text) {
  if (const std::optional<Id> id = Id::Parse(text)) return *id;
  return Fail(Reason::kInvalidArgument);
}

// What comes after the head is bytes and nothing else.
Result<void> CheckLater(const v1::UploadRequest& message) {
  const bool bare = message.request_id().empty() && message.content_type().empty() &&
                    message.content_disposition().empty() && message.content_length() == 0;
  if (!bare) return Fail(Reason::kMalformed, "a second head in an upload");
  if (message.chunk().size() > kMostChunk) return Fail(Reason::kMalformed, "a piece of more than 64 KiB");
  return {};
}

Task<Result<ReceivedFile>> Receive(Reception& reception, const v1::UploadRequest& head,
                                   ClientStream<v1::UploadRequest>& in) {
  CO_TRY_VOID(co_await reception.Begin());
  if (!head.chunk().empty()) CO_TRY_VOID(co_await reception.Take(AsBytes(head.chunk())));
  v1::UploadRequest message;  // its memory is used again for every piece
  for (;;) {
    CO_TRY(const std::optional<grpc::ByteBuffer> buffer, co_await in.ReadBuffer());
    if (!buffer) break;
    CO_TRY_VOID(FromByteBuffer(*buffer, message));
    CO_TRY_VOID(CheckLater(message));
    if (!message.chunk().empty()) CO_TRY_VOID(co_await reception.Take(AsBytes(message.chunk())));
  }
  co_return co_await reception.End();
}

api::v1::DownloadChunk ToProto(const DownloadHead& head) {
  api::v1::DownloadChunk chunk;
  auto& message = *chunk.mutable_head();
  message.set_status(head.partial ? 206 : 200);
  message.set_content_type(head.content_type);
  message.set_content_disposition(head.disposition);
  message.set_content_length(static_cast<std::int64_t>(head.length));
  message.set_content_range(head.content_range);
  message.set_etag(head.etag);
  message.set_preview(head.preview);
  return chunk;
}

// DownloadChunk{data} around the plaintext where it stands: tag and length go into the room before the first
// piece, and gRPC sends from our memory.
grpc::ByteBuffer Frame(std::vector<PlainPiece> pieces) {
  std::array<std::uint8_t, PlainPiece::kRoom> head;
  std::size_t size = 0, length = 0;
  for (const PlainPiece& piece : pieces) length += piece.length;
  head[size++] = api::v1::DownloadChunk::kDataFieldNumber << 3 | 2;
  for (; length >= 0x80; length >>= 7) head[size++] = static_cast<std::uint8_t>(length | 0x80);
  head[size++] = static_cast<std::uint8_t>(length);
  std::vector<grpc::Slice> slices;
  for (PlainPiece& piece : pieces) {
    const std::size_t before = slices.empty() ? size : 0;
    std::uint8_t* memory = piece.memory.release();
    std::uint8_t* begin = memory + piece.offset - before;
    if (before > 0) std::memcpy(begin, head.data(), before);
    slices.emplace_back(
        begin, before + piece.length, [](void* owned) { delete[] static_cast<std::uint8_t*>(owned); },
        memory);
  }
  return {slices.data(), slices.size()};
}

}  // namespace files_rpc

void FilesRpc::Register(Server& server) {
  server.Add(*this, "aplus.files.v1.Files.Upload", &FilesRpc::Upload);
  server.Add(*this, "aplus.files.v1.Files.Download", &FilesRpc::Download);
  server.Add(*this, "aplus.files.v1.Files.DeleteFile", &FilesRpc::DeleteFile);
}

Task<Result<v1::UploadResponse>> FilesRpc::Upload(Call& call, ClientStream<v1::UploadRequest>& in) {
  CO_TRY(const std::optional<v1::UploadRequest> head, co_await in.Read());
  if (!head) co_return Fail(Reason::kMalformed, "an upload without a head");
  CO_TRY(const RequestId request, files_rpc::Need<RequestId>(head->request_id()));
  CO_TRY(UploadOrder order,
         ReadOrder(request, head->content_disposition(), head->content_length(), shop_.rules));
  Reception reception(shop_, call, std::move(order));
  const Result<ReceivedFile> received = co_await files_rpc::Receive(reception, *head, in);
  if (!received) co_return Fail(co_await reception.Refuse(received.error()));
  v1::UploadResponse response;
  response.set_id(received->id.ToString());
  response.set_size(received->size);
  response.set_state(ToProto(received->state));
  co_return response;
}

Task<Result<void>> FilesRpc::Download(Call& call, const v1::DownloadRequest& request,
                                      ServerStream<api::v1::DownloadChunk>& out) {
  CO_TRY(const FileId file, files_rpc::Need<FileId>(request.file_id()));
  Gift gift(shop_, call,
            {.file = file,
             .range = request.range(),
             .if_range = request.if_range(),
             .preview = request.preview() == 1});
  CO_TRY(const DownloadHead head, co_await gift.Open());
  CO_TRY_VOID(co_await out.Write(files_rpc::ToProto(head)));
  for (;;) {
    CO_TRY(std::vector<PlainPiece> pieces, co_await gift.Next());
    if (pieces.empty()) co_return Result<void>();
    CO_TRY_VOID(co_await out.WriteBuffer(files_rpc::Frame(std::move(pieces))));
  }
}

Task<Result<v1::DeleteFileResponse>> FilesRpc::DeleteFile(Call& call, const v1::DeleteFileRequest& request) {
  CO_TRY(const FileId file, files_rpc::Need<FileId>(request.file_id()));
  CO_TRY_VOID(co_await TakeBack(shop_, call, file));
  co_return v1::DeleteFileResponse();
}

}  // namespace aplus::files
