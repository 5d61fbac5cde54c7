#include <vector>

#include "aplus/api/v1/transfer.pb.h"
#include "gateway/proxy/transfers.h"
#include "gateway/transcode/wire.h"
#include "libs/rpc/wire.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace download_detail {

using Head = api::v1::DownloadChunk::Head;

// The bytes of a later chunk where they lie in gRPC's memory, without a copy: one field, tag and length in
// front. False when the message is anything else.
bool FindData(const std::vector<grpc::Slice>& slices, std::vector<boost::asio::const_buffer>& pieces) {
  pieces.clear();
  if (slices.empty()) return true;  // an empty chunk
  transcode::WireReader reader(ViewOf(slices.front()));
  std::uint32_t tag = 0;
  std::uint64_t size = 0;
  if (!reader.ReadTag(tag) || tag != transcode::MakeTag(2, transcode::WireType::kLength)) return false;
  if (!reader.ReadVarint(size)) return false;
  std::size_t skip = static_cast<std::size_t>(reader.position() - ViewOf(slices.front()).data());
  std::size_t total = 0;
  for (const grpc::Slice& slice : slices) {
    if (slice.size() > skip) pieces.emplace_back(slice.begin() + skip, slice.size() - skip);
    if (slice.size() > skip) total += slice.size() - skip;
    skip = 0;
  }
  return total == size;
}

Result<Response> ToHead(const Head& head) {
  if (head.status() != 200 && head.status() != 206)
    return Fail(Reason::kInternal, "a download of another status");
  if (head.content_length() < 0) return Fail(Reason::kInternal, "a download of negative length");
  Response response;
  response.status = head.status();
  response.surface = head.preview() ? Surface::kPreview : Surface::kDownload;
  response.fields.emplace_back("Accept-Ranges", "bytes");
  if (!head.content_disposition().empty()) {
    response.fields.emplace_back("Content-Disposition", head.content_disposition());
  }
  if (!head.content_range().empty()) response.fields.emplace_back("Content-Range", head.content_range());
  if (!head.etag().empty()) response.fields.emplace_back("ETag", head.etag());
  return response;
}

// True when everything announced has been sent.
Task<Result<bool>> SendData(ProxyCall& call, ByteStream& stream) {
  std::vector<grpc::Slice> slices;
  std::vector<boost::asio::const_buffer> pieces;
  while (true) {
    CO_TRY(const std::optional<grpc::ByteBuffer> buffer, co_await stream.ReadBuffer());
    if (!buffer) co_return true;
    slices.clear();
    if (!buffer->Dump(&slices).ok()) co_return Fail(Reason::kInternal, "a chunk that cannot be read");
    // Tag and length may lie across two slices: then the copy is the way.
    if (!FindData(slices, pieces)) {
      slices.assign(1, OneSlice(*buffer));
      if (!FindData(slices, pieces)) co_return Fail(Reason::kInternal, "a chunk of another form");
    }
    const bool sent = co_await call.exchange.SendPiece(pieces);
    if (!sent) co_return false;
  }
}

}  // namespace download_detail

Task<Result<void>> RunDownload(ProxyCall& call) {
  using namespace download_detail;
  CO_TRY(const std::string wire, RequestWire(call, {}));
  const grpc::Slice slice(wire.data(), wire.size());
  CallOptions options = call.options;
  options.idle_limit = call.exchange.edge().limits.transfer_window;
  CO_TRY(ByteStream stream, co_await call.backend.channel->OpenRaw(call.backend.method, std::move(options)));
  CO_TRY_VOID(co_await stream.WriteBuffer(grpc::ByteBuffer(&slice, 1)));
  CO_TRY_VOID(co_await stream.CloseWriting());
  CO_TRY(const std::optional<grpc::ByteBuffer> first, co_await stream.ReadBuffer());
  if (!first) co_return Fail(Reason::kInternal, "a download without a head");
  api::v1::DownloadChunk chunk;
  CO_TRY_VOID(FromByteBuffer(*first, chunk));
  if (!chunk.has_head()) co_return Fail(Reason::kInternal, "a download without a head");
  CO_TRY(Response response, ToHead(chunk.head()));
  response.content_type = chunk.head().content_type().empty() ? "application/octet-stream"
                                                              : std::string_view(chunk.head().content_type());
  const bool begun = co_await call.exchange.SendHead(
      std::move(response), static_cast<std::uint64_t>(chunk.head().content_length()));
  if (!begun) co_return Result<void>();
  if (!chunk.data().empty()) {
    const boost::asio::const_buffer piece = boost::asio::buffer(chunk.data());
    const bool sent = co_await call.exchange.SendPiece({&piece, 1});
    if (!sent) co_return Result<void>();
  }
  const Result<bool> done = co_await SendData(call, stream);
  if (!done) {
    // Too late for a problem document: what was announced stays undelivered and the connection is reset.
    log::Warn("download broke off", {{log::kRequestId, call.exchange.request_id()},
                                     {log::kReason, Describe(done.error().reason).code},
                                     {log::kDetail, done.error().diagnostic}});
    call.exchange.Reset();
  }
  co_return Result<void>();
}

}  // namespace aplus::gateway
