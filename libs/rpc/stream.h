// The two ends of streams as handlers see them. One operation at a time on each; back-pressure is the await.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <optional>

#include "libs/base/result.h"
#include "libs/rpc/wire.h"
#include "libs/runtime/task.h"

namespace aplus {

// What moves messages; implemented by the server's call and the client's stream.
class MessageSink {
 public:
  // Error when the other side is gone: kCancelled, kTimeout or kUnavailable. The buffer is taken.
  virtual Task<Result<void>> WriteBuffer(grpc::ByteBuffer buffer) = 0;

 protected:
  ~MessageSink() = default;
};

class MessageSource {
 public:
  // nullopt at the orderly end.
  virtual Task<Result<std::optional<grpc::ByteBuffer>>> ReadBuffer() = 0;

 protected:
  ~MessageSource() = default;
};

// What a server-streaming handler writes to.
template <class Response>
class ServerStream {
 public:
  explicit ServerStream(MessageSink& sink) : sink_(sink) {}
  // Returns when the transport has taken the message, which is what slows a fast writer down.
  Task<Result<void>> Write(const Response& response) { return sink_.WriteBuffer(ToByteBuffer(response)); }
  // The same for a message that is serialised already: bulk data, which copies of a ByteBuffer share.
  Task<Result<void>> WriteBuffer(grpc::ByteBuffer buffer) { return sink_.WriteBuffer(buffer); }

 private:
  MessageSink& sink_;
};

// What a client-streaming handler reads from.
template <class Request>
class ClientStream {
 public:
  ClientStream(MessageSource& source, const MessageRules* rules) : source_(source), rules_(rules) {}
  // The next message, checked by its field rules; nullopt when the client has sent everything.
  Task<Result<std::optional<Request>>> Read() {
    auto buffer = co_await source_.ReadBuffer();
    if (!buffer) co_return Fail(std::move(buffer).error());
    if (!*buffer) co_return std::optional<Request>();
    std::optional<Request> request(std::in_place);
    CO_TRY_VOID(FromByteBuffer(**buffer, *request));
    if (rules_ != nullptr) CO_TRY_VOID(rules_->Apply(*request, later_));
    later_ = true;
    co_return request;
  }
  // The next message as it came, unchecked.
  Task<Result<std::optional<grpc::ByteBuffer>>> ReadBuffer() { return source_.ReadBuffer(); }

 private:
  MessageSource& source_;
  const MessageRules* rules_;
  bool later_ = false;
};

// What a caller of a server-streaming method reads from; see Channel::OpenServerStream.
template <class Response>
class ResponseReader;

}  // namespace aplus
