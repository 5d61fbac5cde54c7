// The handlers of echo.proto, told by `mode` what to do and what to get wrong.
#pragma once

#include "echo.pb.h"
#include "libs/rpc/server.h"

namespace aplus {

class EchoRpc {
 public:
  explicit EchoRpc(Executor executor) : entered(executor), gate(executor) {}

  void Register(Server& server);

  // Modes: "" answers, "wait" waits for the gate (cancellable), "stubborn" waits for it uncancellably,
  // "sleep" sleeps for `count` milliseconds, "throw", "not_found", "impossible" (with state and version),
  // "stale" (undeclared), "internal".
  Task<Result<test::v1::EchoResponse>> Any(Call& call, const test::v1::EchoRequest& request);
  // Answers the name and the number of bytes. Names: "early" refuses after the first message.
  Task<Result<test::v1::EchoResponse>> Upload(Call& call, ClientStream<test::v1::PieceRequest>& in);
  // Writes `count` pieces of the text, then what the mode says.
  Task<Result<void>> Download(Call& call, const test::v1::EchoRequest& request,
                              ServerStream<api::v1::DownloadChunk>& out);
  // Writes `count` events, then waits for the gate.
  Task<Result<void>> Watch(Call& call, const test::v1::EchoRequest& request,
                           ServerStream<api::v1::LiveEvent>& out);

  Event entered;  // set when any handler begins to wait
  Event gate;
  int handled = 0;    // handlers that ran to their end
  int cancelled = 0;  // handlers that were cut short
  int running = 0;
  int most_running = 0;

 private:
  class Visit;
  Task<Result<void>> Obey(std::string mode, int count);
};

}  // namespace aplus
