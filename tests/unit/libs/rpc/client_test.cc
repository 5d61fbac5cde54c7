// Calling a process that dies, stands still, comes back, or was never there.
#include "libs/rpc/client.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "libs/rpc/credentials.h"
#include "libs/runtime/task_scope.h"
#include "tests/unit/libs/rpc/rig.h"

extern char** environ;

namespace aplus {
namespace {

using api::v1::DownloadChunk;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::v1::EchoRequest;
using test::v1::EchoResponse;
using test::v1::PieceRequest;

class Peer {
 public:
  explicit Peer(Rig& rig) : tls_(rig.authority.IssueFor("echo")) { Start(); }
  ~Peer() { Kill(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // On the port it had before, if any. Returns when it listens.
  void Start() {
    int out[2];
    ASSERT_EQ(::pipe(out), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      const std::string port = std::to_string(port_);
      ::execl(RPC_TEST_PEER, RPC_TEST_PEER, tls_.ca.c_str(), tls_.certificate.c_str(), tls_.key.c_str(),
              port.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::FILE* lines = ::fdopen(out[0], "r");
    ASSERT_EQ(std::fscanf(lines, "%d", &port_), 1);
    std::fclose(lines);
  }
  void Signal(int signal) { ::kill(pid_, signal); }
  void Kill() {
    if (pid_ <= 0) return;
    Signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // Asks it to stop; answers its exit code.
  int Stop() {
    Signal(SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  TlsConfig tls_;
  pid_t pid_ = 0;
  int port_ = 0;
};

Channel& To(Rig& rig, const Peer& peer) {
  return rig.With(rig.authority.IssueFor("gateway"), peer.address()).Get("echo");
}

Task<Result<EchoResponse>> Ask(Channel* channel, std::string method, std::string mode, CallOptions options) {
  EchoRequest request;
  request.set_text("x");
  request.set_mode(mode);
  request.set_count(500);  // milliseconds, where it sleeps
  co_return co_await channel->Call<EchoResponse>(kEcho + method, request, options);
}

Task<> AskAndNote(Channel* channel, std::string method, std::string mode, std::vector<Reason>* reasons) {
  auto answer = co_await Ask(channel, method, mode, CallOptions());
  reasons->push_back(answer ? Reason::kCount_ : answer.error().reason);
}

// Asks again and again until it is answered; the time that took.
Task<Duration> UntilAnswered(Channel* channel, Duration limit) {
  const SteadyTime began = SteadyClock::now();
  while (SteadyClock::now() - began < limit) {
    if (co_await Ask(channel, "Public", "", CallOptions::Within(seconds(1)))) break;
    co_await Sleep(milliseconds(20));
  }
  co_return std::chrono::duration_cast<Duration>(SteadyClock::now() - began);
}

struct Calling {
  static Task<> Killed(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> reasons;
    for (int i = 0; i < 50; ++i) scope.Spawn("call", AskAndNote(&channel, "Keyed", "wait", &reasons));
    for (int i = 0; i < 50; ++i) scope.Spawn("call", AskAndNote(&channel, "Public", "wait", &reasons));
    // The first fifty lack their key, which they are told at once; by then the others have been sent.
    const SteadyTime limit = SteadyClock::now() + seconds(20);
    while (reasons.size() < 50 && SteadyClock::now() < limit) co_await Sleep(milliseconds(10));
    co_await Sleep(milliseconds(100));
    const SteadyTime killed = SteadyClock::now();
    peer.Kill();
    co_await scope.Join();
    EXPECT_LT(SteadyClock::now() - killed, seconds(4)) << "no call waits for its deadline";
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), Reason::kKeyRequired), 50);
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), Reason::kUnavailable), 50);
    EXPECT_TRUE(channel.breaker_open());
    auto refused = co_await Ask(&channel, "Public", "", {});
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_TRUE(refused.error().retry_after_seconds.has_value());
    EXPECT_GE(rig.Metric(R"(aplus_rpc_client_calls_total{service="echo",outcome="breaker_open"})"), 1);

    peer.Start();
    EXPECT_LT(co_await UntilAnswered(&channel, seconds(20)), seconds(12)) << "breaker and connection heal";
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
  }

  static Task<> RetriesOnlyWhatIsSafe(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    peer.Kill();
    constexpr char kRetries[] = R"(aplus_rpc_client_retries_total{service="echo"})";
    EXPECT_FALSE(co_await Ask(&channel, "Upload", "", {})) << "no unary method, but nothing breaks";
    const double before = rig.Metric(kRetries);
    EXPECT_FALSE(co_await Ask(&channel, "Keyed", "", {}));
    EXPECT_EQ(rig.Metric(kRetries), before) << "nobody knows whether it took effect";
    CallOptions with_key;
    with_key.idempotency_key = IdempotencyKey::New(rig.clock, rig.random);
    EXPECT_FALSE(co_await Ask(&channel, "Keyed", "", with_key));
    EXPECT_EQ(rig.Metric(kRetries), before + 2);
    EXPECT_FALSE(co_await Ask(&channel, "Public", "", {}));
    EXPECT_EQ(rig.Metric(kRetries), before + 4) << "three attempts in all";
  }

  // What a service itself answers is not tried again: one layer retries.
  static Task<> AnswersAreFinal(Rig& rig) {
    EXPECT_FALSE(co_await rig.Call("Public", "unavailable"));
    EXPECT_EQ(rig.Metric(R"(aplus_rpc_client_retries_total{service="echo"})"), 0);
  }

  static Task<> StandsStill(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    peer.Signal(SIGSTOP);
    for (int i = 0; i < 3; ++i) {
      const SteadyTime began = SteadyClock::now();
      auto answer = co_await Ask(&channel, "Public", "", CallOptions::Within(milliseconds(300)));
      EXPECT_FALSE(answer);
      if (!answer) EXPECT_EQ(answer.error().reason, Reason::kTimeout);
      EXPECT_LT(SteadyClock::now() - began, milliseconds(400)) << "deadline + 100 ms";
    }
    peer.Signal(SIGCONT);
    EXPECT_LT(co_await UntilAnswered(&channel, seconds(10)), seconds(5));
  }

  static Task<> StreamsKilled(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EchoRequest request;
    request.set_text(std::string(1'000, 'x'));
    request.set_count(10);
    request.set_mode("wait");
    auto reader = co_await channel.OpenServerStream<DownloadChunk>(kEcho + std::string("Download"), request,
                                                                   CallOptions());
    EXPECT_TRUE(reader);
    auto writer = co_await channel.OpenClientStream<PieceRequest, EchoResponse>(kEcho + std::string("Upload"),
                                                                                CallOptions());
    EXPECT_TRUE(writer);
    if (!reader || !writer) co_return;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(co_await reader->Read());
    PieceRequest piece;
    piece.set_name("nom");
    EXPECT_TRUE(co_await writer->Write(piece));
    peer.Kill();
    auto chunk = co_await reader->Read();
    EXPECT_FALSE(chunk) << "half a download is none";
    if (!chunk) EXPECT_EQ(chunk.error().reason, Reason::kUnavailable);
    auto answer = co_await writer->Finish();
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
  }

  // The rolling restart: told to stop while called without pause, it lets nobody down who may be asked again.
  static Task<> RollingRestart(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> reasons;
    for (int i = 0; i < 20; ++i) scope.Spawn("call", AskAndNote(&channel, "Public", "sleep", &reasons));
    co_await Sleep(milliseconds(250));
    const int code = co_await rig.runtime->blocking().Run([&peer] { return peer.Stop(); });
    EXPECT_EQ(code, 0);
    co_await scope.Join();
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), Reason::kCount_), 20)
        << "calls in progress got their answers";
    peer.Start();
    EXPECT_LT(co_await UntilAnswered(&channel, seconds(10)), seconds(6));
  }

  // Who calls while nobody is there is refused in the end; who calls a backend that is back is answered,
  // however long it was away, and is not refused until gRPC cares to connect again.
  static Task<> Restarted(Rig& rig) {
    Peer peer(rig);
    Channel& channel = To(rig, peer);
    EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    for (int round = 0; round < 2; ++round) {
      peer.Kill();
      EXPECT_FALSE(co_await Ask(&channel, "Public", "", {}));
      co_await Sleep(seconds(2));
      peer.Start();
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(co_await Ask(&channel, "Public", "", {}));
    }
  }

  // Connections that nothing runs on do not hold the peer up, even of clients that have not read its GOAWAY:
  // gRPC 1.51 looks at an idle channel's socket every five seconds only.
  static Task<> IdleClients(Rig& rig) {
    Peer peer(rig);
    const TlsIdentity identity(rig.authority.IssueFor("gateway"), "test");
    std::vector<std::shared_ptr<grpc::Channel>> idle;
    for (int i = 0; i < 8; ++i) {
      // Channels with the same arguments would share a connection.
      grpc::ChannelArguments arguments;
      arguments.SetInt("aplus.test.number", i);
      idle.push_back(grpc::CreateCustomChannel(peer.address(), identity.Client("echo"), arguments));
      const auto until = std::chrono::system_clock::now() + seconds(10);
      EXPECT_TRUE(co_await rig.runtime->blocking().Run(
          [channel = idle.back(), until] { return channel->WaitForConnected(until); }));
    }
    const SteadyTime began = SteadyClock::now();
    const int code = co_await rig.runtime->blocking().Run([&peer] { return peer.Stop(); });
    EXPECT_EQ(code, 0);
    EXPECT_LT(SteadyClock::now() - began, seconds(1));
  }

  static Task<> NobodyThere(Rig& rig) {
    // A port that was free a moment ago.
    Channel& channel = rig.With(rig.authority.IssueFor("gateway"), "127.0.0.1:1").Get("echo");
    const SteadyTime began = SteadyClock::now();
    auto answer = co_await Ask(&channel, "Public", "", {});
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
    auto stream = co_await channel.OpenClientStream<PieceRequest, EchoResponse>(kEcho + std::string("Upload"),
                                                                                CallOptions());
    EXPECT_FALSE(stream);
    EXPECT_LT(SteadyClock::now() - began, seconds(4));
  }

  static Task<> Stopped(Rig& rig) {
    Channels& channels = rig.With(rig.authority.IssueFor("gateway"), rig.address());
    Channel& channel = channels.Get("echo");
    TaskScope scope(rig.runtime->executor());
    std::vector<Reason> reasons;
    for (int i = 0; i < 10; ++i) scope.Spawn("call", AskAndNote(&channel, "Public", "wait", &reasons));
    EXPECT_TRUE(co_await rig.echo->entered.WaitFor(seconds(10)));
    co_await channels.Stop();
    co_await scope.Join();
    EXPECT_EQ(reasons.size(), 10u);
    auto answer = co_await Ask(&channel, "Public", "", {});
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
    co_await channels.Stop();
  }
};

TEST(Client, T_REL_01_AKilledPeerIsToldOfAtOnceAndComesBack) { Rig().Run(Calling::Killed); }
TEST(Client, T_REL_11_RetriesOnlyWhatCannotDoHarm) { Rig().Run(Calling::RetriesOnlyWhatIsSafe); }
TEST(Client, T_REL_11_AnswersOfServicesAreFinal) { Rig().Run(Calling::AnswersAreFinal); }
TEST(Client, T_REL_12_APeerThatStandsStillCostsItsDeadline) { Rig().Run(Calling::StandsStill); }
TEST(Client, StreamsOfAKilledPeerFail) { Rig().Run(Calling::StreamsKilled); }
TEST(Client, T_REL_13_AStoppingPeerAnswersWhatItHasBegun) { Rig().Run(Calling::RollingRestart); }
TEST(Client, T_REL_13_WhoCallsDuringARestartWaitsALittle) { Rig().Run(Calling::Restarted); }
TEST(Client, T_REL_13_IdleClientsDoNotHoldAStoppingPeerUp) { Rig().Run(Calling::IdleClients); }
TEST(Client, NobodyThere) { Rig().Run(Calling::NobodyThere); }
TEST(Client, StoppedChannelsEndTheirCalls) { Rig().Run(Calling::Stopped); }

}  // namespace
}  // namespace aplus
