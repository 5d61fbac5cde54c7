#include "libs/rpc/wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

namespace aplus {
namespace wire {

bool Parse(google::protobuf::io::CodedInputStream&& input, google::protobuf::MessageLite& message) {
  input.SetRecursionLimit(kMaxMessageDepth);
  return message.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

}  // namespace wire

grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

Result<void> FromByteBuffer(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message) {
  using google::protobuf::io::CodedInputStream;
  grpc::Slice slice;
  bool parsed = false;
  if (buffer.TrySingleSlice(&slice).ok()) {
    parsed = wire::Parse(CodedInputStream(slice.begin(), static_cast<int>(slice.size())), message);
  } else {
    grpc::ByteBuffer copy(buffer);  // another reference; the reader wants a mutable one
    grpc::ProtoBufferReader reader(&copy);
    parsed = reader.status().ok() && wire::Parse(CodedInputStream(&reader), message);
  }
  if (!parsed) return Fail(Reason::kMalformed, "not a message of type " + message.GetTypeName());
  return {};
}

}  // namespace aplus
