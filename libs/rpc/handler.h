// From a handler's types to bytes and back: the only part of serving that is compiled per method.
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <utility>

#include "libs/base/result.h"
#include "libs/rpc/call.h"
#include "libs/rpc/stream.h"
#include "libs/rpc/wire.h"

namespace aplus {

// What a handler needs of the call in progress.
class ServingCall : public MessageSink, public MessageSource {
 public:
  virtual Call& call() = 0;
  virtual google::protobuf::Arena& arena() = 0;

  // The one request of a unary or server-streaming call: read, parsed, normalised, checked.
  Task<Result<void>> ReadRequest(google::protobuf::Message& request);

 protected:
  ~ServingCall() = default;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual StreamKind kind() const = 0;
  virtual const google::protobuf::Descriptor* request_type() const = 0;
  virtual const google::protobuf::Descriptor* response_type() const = 0;
  // The one answer; an empty buffer after a server stream.
  virtual Task<Result<grpc::ByteBuffer>> Serve(ServingCall& serving) = 0;
};

namespace handler_internal {

template <class Object, class Request, class Response>
class Unary final : public Handler {
 public:
  using Function = Task<Result<Response>> (Object::*)(Call&, const Request&);
  Unary(Object& object, Function function) : object_(object), function_(function) {}
  StreamKind kind() const override { return StreamKind::kUnary; }
  const google::protobuf::Descriptor* request_type() const override { return Request::descriptor(); }
  const google::protobuf::Descriptor* response_type() const override { return Response::descriptor(); }
  Task<Result<grpc::ByteBuffer>> Serve(ServingCall& serving) override {
    auto& request = *google::protobuf::Arena::CreateMessage<Request>(&serving.arena());
    CO_TRY_VOID(co_await serving.ReadRequest(request));
    CO_TRY(Response response, co_await (object_.*function_)(serving.call(), request));
    co_return ToByteBuffer(response);
  }

 private:
  Object& object_;
  Function function_;
};

template <class Object, class Request, class Response>
class ServerStreaming final : public Handler {
 public:
  using Function = Task<Result<void>> (Object::*)(Call&, const Request&, ServerStream<Response>&);
  ServerStreaming(Object& object, Function function) : object_(object), function_(function) {}
  StreamKind kind() const override { return StreamKind::kServerStream; }
  const google::protobuf::Descriptor* request_type() const override { return Request::descriptor(); }
  const google::protobuf::Descriptor* response_type() const override { return Response::descriptor(); }
  Task<Result<grpc::ByteBuffer>> Serve(ServingCall& serving) override {
    auto& request = *google::protobuf::Arena::CreateMessage<Request>(&serving.arena());
    CO_TRY_VOID(co_await serving.ReadRequest(request));
    ServerStream<Response> out(serving);
    CO_TRY_VOID(co_await (object_.*function_)(serving.call(), request, out));
    co_return grpc::ByteBuffer();
  }

 private:
  Object& object_;
  Function function_;
};

template <class Object, class Request, class Response>
class ClientStreaming final : public Handler {
 public:
  using Function = Task<Result<Response>> (Object::*)(Call&, ClientStream<Request>&);
  ClientStreaming(Object& object, Function function) : object_(object), function_(function) {}
  StreamKind kind() const override { return StreamKind::kClientStream; }
  const google::protobuf::Descriptor* request_type() const override { return Request::descriptor(); }
  const google::protobuf::Descriptor* response_type() const override { return Response::descriptor(); }
  Task<Result<grpc::ByteBuffer>> Serve(ServingCall& serving) override {
    ClientStream<Request> in(serving, serving.call().method->request_rules.get());
    CO_TRY(Response response, co_await (object_.*function_)(serving.call(), in));
    co_return ToByteBuffer(response);
  }

 private:
  Object& object_;
  Function function_;
};

}  // namespace handler_internal

template <class Object, class Request, class Response>
std::unique_ptr<Handler> MakeUnaryHandler(Object& object,
                                          Task<Result<Response>> (Object::*function)(Call&, const Request&)) {
  return std::make_unique<handler_internal::Unary<Object, Request, Response>>(object, function);
}
template <class Object, class Request, class Response>
std::unique_ptr<Handler> MakeServerStreamHandler(
    Object& object, Task<Result<void>> (Object::*function)(Call&, const Request&, ServerStream<Response>&)) {
  return std::make_unique<handler_internal::ServerStreaming<Object, Request, Response>>(object, function);
}
template <class Object, class Request, class Response>
std::unique_ptr<Handler> MakeClientStreamHandler(
    Object& object, Task<Result<Response>> (Object::*function)(Call&, ClientStream<Request>&)) {
  return std::make_unique<handler_internal::ClientStreaming<Object, Request, Response>>(object, function);
}

}  // namespace aplus
