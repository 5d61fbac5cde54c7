#include "gateway/proxy/transfers.h"
#include "gateway/transcode/wire.h"

namespace aplus::gateway {
namespace upload_detail {

constexpr std::size_t kPiece = 64 * 1024;
// Small packets are gathered, so that a piece is worth a message.
constexpr std::size_t kWorthSending = 32 * 1024;
constexpr std::uint64_t kDefaultLimit = 10'000'000 + 64 * 1024;

// The socket's bytes, in the memory that gRPC will send.
Task<Result<grpc::Slice>> ReadPiece(Exchange& exchange) {
  grpc::Slice memory(kPiece);
  // A slice that nobody else holds yet: writing into it is how it gets its contents.
  auto* room = const_cast<std::uint8_t*>(memory.begin());
  std::size_t have = 0;
  while (have < kWorthSending) {
    CO_TRY(const std::size_t bytes,
           co_await exchange.ReadBodySome(boost::asio::buffer(room + have, kPiece - have)));
    if (bytes == 0) break;
    have += bytes;
  }
  co_return memory.sub(0, have);
}

// Tag and length of the bytes field in front of the piece itself: two slices, no copy.
grpc::ByteBuffer Wrap(std::uint32_t field, const grpc::Slice& piece) {
  std::string head;
  transcode::WireWriter writer(head);
  writer.Tag(field, transcode::WireType::kLength);
  writer.Varint(piece.size());
  const grpc::Slice slices[] = {grpc::Slice(head), piece};
  return {slices, 2};
}

Task<Result<grpc::ByteBuffer>> SendBody(ProxyCall& call, ByteStream& stream) {
  const std::uint32_t field = call.route.request.body_field()->number;
  while (call.exchange.body_left() > 0) {
    CO_TRY(const grpc::Slice piece, co_await ReadPiece(call.exchange));
    CO_TRY_VOID(co_await stream.WriteBuffer(Wrap(field, piece)));
  }
  co_return co_await stream.Finish();
}

}  // namespace upload_detail

Task<Result<void>> RunUpload(ProxyCall& call) {
  using namespace upload_detail;
  const std::uint64_t limit = call.route.rule.max_body() > 0 ? call.route.max_body() : kDefaultLimit;
  if (call.exchange.head().content_length > limit) co_return Fail(Reason::kTooLarge);
  CO_TRY(const std::string wire, RequestWire(call, {}));
  const grpc::Slice slice(wire.data(), wire.size());
  CallOptions options = call.options;
  // No deadline for the whole: the pace of the client is watched at the socket, the backend's by the stream.
  options.idle_limit = call.exchange.edge().limits.transfer_window * 2;
  CO_TRY(ByteStream stream, co_await call.backend.channel->OpenRaw(call.backend.method, std::move(options)));
  CO_TRY_VOID(co_await stream.WriteBuffer(grpc::ByteBuffer(&slice, 1)));
  CO_TRY(const grpc::ByteBuffer answer, co_await SendBody(call, stream));
  CO_TRY(Response response, ToResponse(call, answer));
  co_await call.exchange.Send(std::move(response));
  co_return Result<void>();
}

}  // namespace aplus::gateway
