// The four ways a call travels. Each answers the exchange itself; an error before anything was answered is
// given back, for the problem document.
#pragma once

#include "gateway/proxy/call.h"
#include "libs/base/result.h"
#include "libs/runtime/task.h"

namespace aplus::gateway {

// JSON in, JSON out.
Task<Result<void>> RunUnary(ProxyCall& call);

// The raw body as a client stream: the first message holds path and head fields, every later one bytes. A
// piece is read from the socket into the memory that gRPC sends, and the next one only when that has been
// taken.
Task<Result<void>> RunUpload(ProxyCall& call);

// A server stream of DownloadChunk as a file. A failure after the head resets the connection.
Task<Result<void>> RunDownload(ProxyCall& call);

// A server stream of LiveEvent as text/event-stream, for as long as the page is open and its session lives.
Task<Result<void>> RunEvents(ProxyCall& call);

}  // namespace aplus::gateway
