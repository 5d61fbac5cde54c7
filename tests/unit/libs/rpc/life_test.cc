// What can go wrong in the life of a call: deadlines, clients that go away, servers that stop, at every
// point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "libs/runtime/task_scope.h"
#include "tests/unit/libs/rpc/rig.h"

namespace aplus {
namespace {

using api::v1::DownloadChunk;
using api::v1::LiveEvent;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::v1::EchoRequest;
using test::v1::EchoResponse;
using test::v1::PieceRequest;

// Waits for a condition that other coroutines bring about.
Task<bool> Until(std::function<bool()> condition, Duration limit = seconds(10)) {
  const SteadyTime end = SteadyClock::now() + limit;
  while (!condition() && SteadyClock::now() < end) co_await Sleep(milliseconds(1));
  co_return condition();
}

Task<> CallAndNote(Rig* rig, std::string method, std::string mode, std::vector<Reason>* reasons) {
  auto answer = co_await rig->Call(method, mode);
  reasons->push_back(answer ? Reason::kCount_ : answer.error().reason);
}

struct Life {
  // ---- deadlines ----

  static Task<> MethodDeadline(Rig& rig) {
    const SteadyTime began = SteadyClock::now();
    auto answer = co_await rig.Call("Short", "wait");
    const auto took = SteadyClock::now() - began;
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kTimeout);
    EXPECT_GE(took, milliseconds(250));
    EXPECT_LT(took, milliseconds(900)) << "the deadline, and an answer soon after it";
    EXPECT_TRUE(co_await Until([&] { return rig.echo->cancelled == 1; }));
  }

  static Task<> CallersDeadline(Rig& rig) {
    CallOptions options = CallOptions::Within(milliseconds(200));
    auto answer = co_await rig.Call("Public", "wait", options);
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kTimeout);
    EXPECT_TRUE(co_await Until([&] { return rig.echo->cancelled == 1; })) << "the handler stops too";
    // Too little time for a call is not even tried.
    const int handled = rig.echo->handled + rig.echo->cancelled;
    answer = co_await rig.Call("Public", "", CallOptions::Within(milliseconds(90)));
    EXPECT_FALSE(answer);
    EXPECT_EQ(rig.echo->handled + rig.echo->cancelled, handled);
    // What is handed on keeps 50 ms for oneself.
    Call call;
    call.deadline = SteadyClock::now() + seconds(1);
    EXPECT_EQ(CallOptions::For(call).deadline, call.deadline - milliseconds(50));
  }

  static Task<> StubbornHandler(Rig& rig) {
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> reasons;
    scope.Spawn("call", CallAndNote(&rig, "Short", "stubborn", &reasons));
    EXPECT_TRUE(co_await Until([&] { return !reasons.empty(); }));
    EXPECT_EQ(rig.echo->running, 1) << "what must not be cut goes on after the caller has given up";
    rig.echo->gate.Set();
    co_await scope.Join();
    EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 0; }));
    EXPECT_EQ(reasons, std::vector<Reason>{Reason::kTimeout});
  }

  // ---- clients that go away ----

  static Task<> CancelBeforeDuringAfter(Rig& rig) {
    // Before: never sent.
    {
      TaskScope scope(rig.runtime->executor());
      std::vector<Reason> reasons;
      scope.Spawn("call", CallAndNote(&rig, "Public", "wait", &reasons));
      co_await scope.Stop();
      EXPECT_TRUE(reasons.empty());
    }
    // During.
    {
      TaskScope scope(rig.runtime->executor());
      std::vector<Reason> reasons;
      rig.echo->entered.Reset();
      scope.Spawn("call", CallAndNote(&rig, "Public", "wait", &reasons));
      EXPECT_TRUE(co_await rig.echo->entered.WaitFor(seconds(10)));
      co_await scope.Stop();
      EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 0; })) << "the handler hears of it";
    }
    // At some point in between, whichever it is.
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 100; ++i) {
      TaskScope scope(rig.runtime->executor());
      std::vector<Reason> reasons;
      scope.Spawn("call", CallAndNote(&rig, "Public", i % 2 == 0 ? "" : "wait", &reasons));
      co_await Sleep(Duration(random() % 1'500));
      co_await scope.Stop();
    }
    EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 0 && rig.server->running() == 0; }));
    EXPECT_TRUE(co_await rig.Call("Public")) << "and all is well afterwards";
  }

  // ---- overload ----

  static Task<> ThousandAtOnce(Rig& rig) {
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> reasons;
    for (int i = 0; i < 1'000; ++i) scope.Spawn("call", CallAndNote(&rig, "Public", "", &reasons));
    co_await scope.Join();
    EXPECT_EQ(reasons.size(), 1'000u);
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), Reason::kCount_), 1'000);
    EXPECT_EQ(rig.echo->handled, 1'000);
  }

  // max_running is 4 here.
  static Task<> TooMany(Rig& rig) {
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> held, refused;
    for (int i = 0; i < 4; ++i) scope.Spawn("held", CallAndNote(&rig, "Public", "wait", &held));
    EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 4; }));
    auto answer = co_await rig.Call("Keyed", "");
    EXPECT_FALSE(answer);
    if (!answer) {
      EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
      EXPECT_GE(answer.error().retry_after_seconds.value_or(0), 1);
    }
    EXPECT_EQ(rig.echo->most_running, 4);
    EXPECT_EQ(rig.Metric("aplus_rpc_refused_busy_total"), 1);
    rig.echo->gate.Set();
    co_await scope.Join();
    EXPECT_EQ(std::count(held.begin(), held.end(), Reason::kCount_), 4);
    EXPECT_TRUE(co_await rig.Call("Public"));
  }

  // ---- streams ----

  static Task<> Upload(Rig& rig) {
    auto writer = co_await rig.As("gateway").OpenClientStream<PieceRequest, EchoResponse>(
        kEcho + std::string("Upload"), CallOptions());
    EXPECT_TRUE(writer);
    if (!writer) co_return;
    PieceRequest piece;
    piece.set_name("un nom");
    EXPECT_TRUE(co_await writer->Write(piece));
    piece.clear_name();
    piece.set_data(std::string(64 * 1024, 'x'));
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(co_await writer->Write(piece));
    auto answer = co_await writer->Finish();
    EXPECT_TRUE(answer) << answer.error().diagnostic;
    if (answer) EXPECT_EQ(answer->text(), std::to_string(100 * 64 * 1024));
    if (answer) EXPECT_EQ(answer->peer(), "un nom");
  }

  static Task<> UploadRefused(Rig& rig) {
    PieceRequest piece;
    // A bad first message, and an answer while the client still writes.
    for (auto [name, reason] :
         {std::pair{"", Reason::kInvalidArgument}, std::pair{"early", Reason::kFileTooLarge}}) {
      auto writer = co_await rig.As("gateway").OpenClientStream<PieceRequest, EchoResponse>(
          kEcho + std::string("Upload"), CallOptions());
      EXPECT_TRUE(writer);
      piece.set_name(name);
      piece.set_data(std::string(60'000, 'x'));
      Result<void> written;
      for (int i = 0; i < 10'000 && written; ++i) written = co_await writer->Write(piece);
      EXPECT_FALSE(written);
      if (!written) EXPECT_EQ(written.error().reason, reason) << name;
      auto answer = co_await writer->Finish();
      EXPECT_FALSE(answer);
      if (!answer) EXPECT_EQ(answer.error().reason, reason) << "asked again, the same answer";
    }
  }

  static Task<> UploadStalls(Rig& rig) {
    auto writer = co_await rig.As("gateway").OpenClientStream<PieceRequest, EchoResponse>(
        kEcho + std::string("Upload"), CallOptions());
    PieceRequest piece;
    piece.set_name("lent");
    // Slower than the method's deadline as a whole, never between two messages.
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(co_await writer->Write(piece));
      co_await Sleep(milliseconds(400));
    }
    EXPECT_EQ(rig.echo->running, 1);
    // Then silence: the handler is ended.
    EXPECT_TRUE(co_await Until([&] { return rig.echo->cancelled == 1; }));
    auto answer = co_await writer->Finish();
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kTimeout);
  }

  static Task<> Download(Rig& rig) {
    EchoRequest request;
    request.set_text(std::string(64 * 1024, 'y'));
    request.set_count(200);
    for (auto [mode, reason] : {std::pair{"", Reason::kCount_}, std::pair{"not_found", Reason::kNotFound}}) {
      request.set_mode(mode);
      auto reader = co_await rig.As("gateway").OpenServerStream<DownloadChunk>(
          kEcho + std::string("Download"), request, CallOptions());
      EXPECT_TRUE(reader);
      int chunks = 0;
      Reason end = Reason::kCount_;
      while (true) {
        auto chunk = co_await reader->Read();
        if (!chunk) end = chunk.error().reason;
        if (!chunk || !*chunk) break;
        EXPECT_EQ((*chunk)->data().size(), 64u * 1024);
        ++chunks;
      }
      EXPECT_EQ(chunks, 200);
      EXPECT_EQ(end, reason);
    }
  }

  // A reader that stops reading stops the writer, and after the limit ends it.
  static Task<> DownloadStalls(Rig& rig) {
    EchoRequest request;
    request.set_text(std::string(64 * 1024, 'y'));
    request.set_count(10'000);
    auto reader = co_await rig.As("gateway").OpenServerStream<DownloadChunk>(kEcho + std::string("Download"),
                                                                             request, CallOptions());
    EXPECT_TRUE(reader);
    EXPECT_TRUE(co_await reader->Read());
    EXPECT_TRUE(co_await Until([&] { return rig.echo->cancelled == 1; }));
    reader->Cancel();
    while (true) {
      auto chunk = co_await reader->Read();
      if (!chunk || !*chunk) break;
    }
  }

  static Task<> StreamsDropped(Rig& rig) {
    EchoRequest request;
    request.set_text("x");
    request.set_count(3);
    {
      auto reader = co_await rig.As("gateway").OpenServerStream<LiveEvent>(kEcho + std::string("Watch"),
                                                                           request, CallOptions());
      EXPECT_TRUE(co_await reader->Read());
      // Destroyed with the server still waiting for something to say.
    }
    EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 0; }));
    {
      auto writer = co_await rig.As("gateway").OpenClientStream<PieceRequest, EchoResponse>(
          kEcho + std::string("Upload"), CallOptions());
      PieceRequest piece;
      piece.set_name("nom");
      EXPECT_TRUE(co_await writer->Write(piece));
      EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 1; }));
    }
    EXPECT_TRUE(co_await Until([&] { return rig.echo->running == 0; }));
    EXPECT_EQ(rig.echo->cancelled, 2);
  }

  // Quiet for longer than its deadline: a watch may.
  static Task<> WatchIsPatient(Rig& rig) {
    EchoRequest request;
    request.set_text("x");
    request.set_count(1);
    auto reader = co_await rig.As("gateway").OpenServerStream<LiveEvent>(kEcho + std::string("Watch"),
                                                                         request, CallOptions());
    EXPECT_TRUE(co_await reader->Read());
    co_await Sleep(milliseconds(800));
    EXPECT_EQ(rig.echo->running, 1);
    rig.echo->gate.Set();
    auto end = co_await reader->Read();
    EXPECT_TRUE(end);
    if (end) EXPECT_FALSE(*end);
  }
};

TEST(CallLife, T_REL_12_TheMethodsDeadlineEndsTheHandler) { Rig().Run(Life::MethodDeadline); }
TEST(CallLife, T_REL_12_TheCallersDeadlineEndsTheHandler) { Rig().Run(Life::CallersDeadline); }
TEST(CallLife, WhatMustNotBeCutIsNot) { Rig().Run(Life::StubbornHandler); }
TEST(CallLife, CancelledBeforeDuringAndInBetween) { Rig().Run(Life::CancelBeforeDuringAfter); }
TEST(CallLife, ThousandCallsAtOnce) { Rig(2'000).Run(Life::ThousandAtOnce); }
TEST(CallLife, BeyondTheLimitCallsAreRefusedAtOnce) { Rig(4).Run(Life::TooMany); }
TEST(CallLife, UploadsStream) { Rig().Run(Life::Upload); }
TEST(CallLife, UploadsAreRefusedWhileTheyStream) { Rig().Run(Life::UploadRefused); }
TEST(CallLife, UploadsThatStallAreEnded) { Rig().Run(Life::UploadStalls); }
TEST(CallLife, DownloadsStream) { Rig().Run(Life::Download); }
TEST(CallLife, DownloadsThatNobodyReadsAreEnded) { Rig().Run(Life::DownloadStalls); }
TEST(CallLife, StreamsThatAreDroppedEndOnTheOtherSide) { Rig().Run(Life::StreamsDropped); }
TEST(CallLife, WatchesMayBeQuiet) { Rig().Run(Life::WatchIsPatient); }

// ---- stopping at every point ----

// The scenario ends, and so asks for the stop, while calls of every shape stand wherever they stand; the rig
// then proves that nothing is left and that it did not hang.
int stop_after_us = 0;

Task<> KeepCalling(Rig* rig, std::string method, std::string mode) {
  while (true) {
    auto answer = co_await rig->Call(method, mode);
    if (!answer && answer.error().reason == Reason::kUnavailable) co_return;
  }
}

Task<> KeepDownloading(Rig* rig) {
  EchoRequest request;
  request.set_text(std::string(1'000, 'y'));
  request.set_count(50);
  while (true) {
    CallOptions options;
    auto reader = co_await rig->As("gateway").OpenServerStream<DownloadChunk>(kEcho + std::string("Download"),
                                                                              request, options);
    if (!reader) co_return;
    while (true) {
      auto chunk = co_await reader->Read();
      if (!chunk) co_return;
      if (!*chunk) break;
    }
  }
}

Task<> KeepWatching(Rig* rig) {
  EchoRequest request;
  request.set_text("x");
  request.set_count(2);
  while (true) {
    auto reader = co_await rig->As("gateway").OpenServerStream<LiveEvent>(kEcho + std::string("Watch"),
                                                                          request, CallOptions());
    if (!reader) co_return;
    while (true) {
      auto event = co_await reader->Read();
      if (!event || !*event) co_return;
    }
  }
}

Task<> KeepUploading(Rig* rig) {
  PieceRequest piece;
  piece.set_name("x");
  piece.set_data(std::string(10'000, 'x'));
  while (true) {
    auto writer = co_await rig->As("gateway").OpenClientStream<PieceRequest, EchoResponse>(
        kEcho + std::string("Upload"), CallOptions());
    if (!writer) co_return;
    for (int i = 0; i < 20; ++i) {
      if (!co_await writer->Write(piece)) co_return;
    }
    if (!co_await writer->Finish()) co_return;
  }
}

Task<> StopInTheMiddle(Rig& rig) {
  // Not jobs of the runtime's scope: they call on while the server stops.
  static std::unique_ptr<TaskScope> scope;
  scope = std::make_unique<TaskScope>(rig.runtime->executor());
  rig.runtime->OnStop(Stage::kCloseStores, "callers", [] { return scope->Stop(); });
  for (int i = 0; i < 5; ++i) {
    scope->Spawn("call", KeepCalling(&rig, "Public", ""));
    scope->Spawn("call", KeepCalling(&rig, "Short", "wait"));
    scope->Spawn("download", KeepDownloading(&rig));
    scope->Spawn("watch", KeepWatching(&rig));
    scope->Spawn("upload", KeepUploading(&rig));
  }
  co_await Sleep(Duration(stop_after_us));
}

TEST(Stopping, AtAnyMomentEndsEverythingAndDoesNotHang) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 25; ++i) {
    stop_after_us = i < 5 ? i * 300 : static_cast<int>(random() % 80'000);
    SCOPED_TRACE(stop_after_us);
    Rig(1'000).Run(StopInTheMiddle);
    if (HasFailure()) break;
  }
}

// Started calls get their answers, new ones are refused.
Task<> StopWhileWaiting(Rig& rig) {
  static std::unique_ptr<TaskScope> scope;
  static std::vector<Reason> reasons;
  reasons.clear();
  scope = std::make_unique<TaskScope>(rig.runtime->executor());
  scope->Spawn("call", CallAndNote(&rig, "Public", "wait", &reasons));
  EXPECT_TRUE(co_await rig.echo->entered.WaitFor(seconds(10)));
  struct Steps {
    static Task<> OpenGate(Rig* rig) {
      co_await Sleep(milliseconds(100));
      rig->echo->gate.Set();
    }
  };
  rig.runtime->OnStop(Stage::kRefuseNew, "gate", [&rig] {
    scope->Spawn("gate", Steps::OpenGate(&rig));
    return YieldToOthers();
  });
  rig.runtime->OnStop(Stage::kCloseStores, "callers", [] { return scope->Join(); });
  rig.runtime->OnStop(Stage::kDrainQueue, "check", [] {
    EXPECT_EQ(reasons, std::vector<Reason>{Reason::kCount_});
    return YieldToOthers();
  });
}

TEST(Stopping, RunningCallsFinish) { Rig().Run(StopWhileWaiting); }

}  // namespace
}  // namespace aplus
