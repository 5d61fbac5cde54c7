// Messages as gRPC buffers and back, with the limits of SECURITY 2.3.
#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <string_view>

#include "libs/base/result.h"
#include "libs/rpc/validation.h"

namespace aplus {

// Largest message either way, and depth of nested messages that we parse.
inline constexpr int kMaxMessageBytes = 1024 * 1024;
inline constexpr int kMaxMessageDepth = 32;

// One slice, allocated once.
grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message);

// Error kMalformed when the bytes are not a message of this type (depth and UTF-8 included). Replaces
// `message`.
Result<void> FromByteBuffer(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message);

}  // namespace aplus
