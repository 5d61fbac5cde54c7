// The chain in front of every handler, over real connections.
#include "libs/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/rpc/metadata.h"
#include "tests/unit/libs/rpc/rig.h"

namespace aplus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Reason ReasonOf(const Result<test::v1::EchoResponse>& result) {
  return result ? Reason::kCount_ : result.error().reason;
}

struct Chain {
  static Task<> Answers(Rig& rig) {
    CallOptions options;
    options.request_id = "a-request.1";
    SeededRandom random(1);
    options.trace = TraceContext::New(random);
    options.client_address = "2001:db8::7";
    options.user_agent = "Navigateur é";
    auto answer = co_await rig.Call("Public", "", options);
    EXPECT_TRUE(answer) << answer.error().diagnostic;
    if (!answer) co_return;
    EXPECT_EQ(answer->text(), "bonjour");
    EXPECT_EQ(answer->peer(), "gateway");
    EXPECT_EQ(answer->request_id(), "a-request.1");
    EXPECT_EQ(answer->trace_id(), options.trace->TraceIdText());
    EXPECT_EQ(answer->client_address(), "2001:db8::7");
    EXPECT_EQ(answer->user_agent(), "Navigateur ??");
    EXPECT_EQ(answer->user_id(), "");
    EXPECT_GT(answer->left_ms(), 4'000);
    EXPECT_LE(answer->left_ms(), 5'000);
    EXPECT_EQ(rig.Metric(R"(aplus_rpc_calls_total{method="/aplus.test.v1.Echo/Public",reason="ok"})"), 1);
    EXPECT_EQ(rig.Metric(R"(aplus_rpc_duration_seconds_count{method="/aplus.test.v1.Echo/Public"})"), 1);
  }

  static Task<> Errors(Rig& rig) {
    auto impossible = co_await rig.Call("Public", "impossible");
    EXPECT_EQ(ReasonOf(impossible), Reason::kImpossible);
    if (!impossible) {
      EXPECT_EQ(impossible.error().state, "CLOSED");
      EXPECT_EQ(impossible.error().version, 7);
      EXPECT_EQ(impossible.error().diagnostic, "") << "diagnostics stay at home";
    }
    EXPECT_EQ(ReasonOf(co_await rig.Call("Public", "not_found")), Reason::kNotFound);
    // Declared by another method, not by this one.
    EXPECT_EQ(ReasonOf(co_await rig.Call("Public", "stale")), Reason::kInternal);
    EXPECT_EQ(rig.Metric("aplus_rpc_undeclared_reasons_total"), 1);
    auto thrown = co_await rig.Call("Public", "throw");
    EXPECT_EQ(ReasonOf(thrown), Reason::kInternal);
    if (!thrown) EXPECT_THAT(thrown.error().diagnostic, Not(HasSubstr("handler")));
    EXPECT_EQ(rig.Metric("aplus_rpc_exceptions_total"), 1);
  }

  static Task<> Fields(Rig& rig) {
    test::v1::EchoRequest request;
    request.set_mode(std::string(41, 'x'));
    auto answer =
        co_await rig.As("gateway").Call<test::v1::EchoResponse>(kEcho + std::string("Public"), request, {});
    EXPECT_EQ(ReasonOf(answer), Reason::kInvalidArgument);
    if (answer) co_return;
    EXPECT_EQ(answer.error().violations.size(), 2u);
    EXPECT_EQ(answer.error().violations[0].path, "text");
    EXPECT_EQ(answer.error().violations[0].code, "required");
    EXPECT_EQ(answer.error().violations[1].path, "mode");
    EXPECT_EQ(answer.error().violations[1].code, "too_long");
    request.set_mode("");
    request.set_text("  e\u0301t\u00e9 \u202e");
    answer =
        co_await rig.As("gateway").Call<test::v1::EchoResponse>(kEcho + std::string("Public"), request, {});
    EXPECT_TRUE(answer);
    if (answer) EXPECT_THAT(answer->text(), HasSubstr("\u00e9t\u00e9"));
    EXPECT_EQ(rig.echo->handled, 1);
  }

  // T-AZ-02: nobody reaches a method by having a certificate alone.
  static Task<> Peers(Rig& rig) {
    test::v1::EchoRequest request;
    request.set_text("x");
    const std::string token = rig.Token(Rig::Somebody());
    struct Cell {
      const char* peer;
      const char* method;
      Reason reason;
    };
    constexpr Reason kOk = Reason::kCount_;
    for (const Cell& cell :
         {Cell{"gateway", "Public", kOk}, Cell{"gateway", "Mine", kOk},
          Cell{"gateway", "Inside", Reason::kForbidden}, Cell{"files", "Inside", kOk},
          Cell{"files", "Public", Reason::kForbidden}, Cell{"files", "Mine", Reason::kForbidden},
          Cell{"stats", "Mine", kOk}, Cell{"stats", "Public", Reason::kForbidden},
          Cell{"stats", "Inside", Reason::kForbidden}, Cell{"unheard-of", "Public", Reason::kForbidden}}) {
      CallOptions options;
      options.token = token;
      auto answer = co_await rig.As(cell.peer).Call<test::v1::EchoResponse>(kEcho + std::string(cell.method),
                                                                            request, options);
      EXPECT_EQ(ReasonOf(answer), cell.reason) << cell.peer << " " << cell.method;
    }
  }

  static Task<> Identities(Rig& rig) {
    const auto call = [&rig](std::string method, std::string token) {
      CallOptions options;
      options.token = std::move(token);
      return rig.Call(std::move(method), "", std::move(options));
    };
    EXPECT_EQ(ReasonOf(co_await call("Mine", "")), Reason::kUnauthenticated);
    EXPECT_EQ(ReasonOf(co_await call("Terms", "")), Reason::kUnauthenticated);
    EXPECT_EQ(ReasonOf(co_await call("Public", "")), Reason::kCount_);
    // A bad token is refused everywhere, also where none is needed.
    const std::string good = rig.Token(Rig::Somebody());
    std::string broken = good;
    broken[good.size() - 20] = good[good.size() - 20] == 'A' ? 'B' : 'A';
    for (const char* method : {"Mine", "Terms", "Public"}) {
      EXPECT_EQ(ReasonOf(co_await call(method, "nonsense")), Reason::kUnauthenticated) << method;
      EXPECT_EQ(ReasonOf(co_await call(method, broken)), Reason::kUnauthenticated);
      auto answer = co_await call(method, good);
      EXPECT_EQ(ReasonOf(answer), Reason::kCount_) << method;
      if (answer) EXPECT_EQ(answer->user_id(), Rig::Somebody().user.ToString());
    }
    Principal newcomer = Rig::Somebody();
    newcomer.terms_accepted = false;
    EXPECT_EQ(ReasonOf(co_await call("Mine", rig.Token(newcomer))), Reason::kTermsRequired);
    EXPECT_EQ(ReasonOf(co_await call("Terms", rig.Token(newcomer))), Reason::kCount_);
    // P13: while the second factor is due, only what says so may be called, terms or not.
    Principal due = Rig::Somebody();
    due.second_factor_due = true;
    EXPECT_EQ(ReasonOf(co_await call("Mine", rig.Token(due))), Reason::kSecondFactorRequired);
    EXPECT_EQ(ReasonOf(co_await call("Terms", rig.Token(due))), Reason::kSecondFactorRequired);
    EXPECT_EQ(ReasonOf(co_await call("Early", rig.Token(due))), Reason::kCount_);
    EXPECT_EQ(ReasonOf(co_await call("Public", rig.Token(due))), Reason::kCount_);
    Principal partner = newcomer;
    partner.partner = PartnerId::Parse("0190f0f0-0000-7000-8000-000000000002");
    EXPECT_EQ(ReasonOf(co_await call("Mine", rig.Token(partner))), Reason::kForbidden);
    partner.scopes = {"echo.read"};
    EXPECT_EQ(ReasonOf(co_await call("Mine", rig.Token(partner))), Reason::kCount_);
    EXPECT_EQ(ReasonOf(co_await call("Terms", rig.Token(partner))), Reason::kForbidden);
    Principal yesterday = Rig::Somebody();
    const std::string expired =
        rig.issuer->Issue(yesterday, rig.clock.Now() - std::chrono::seconds(36)).value();
    EXPECT_EQ(ReasonOf(co_await call("Mine", expired)), Reason::kUnauthenticated);
  }

  static Task<> KeysAndVersions(Rig& rig) {
    EXPECT_EQ(ReasonOf(co_await rig.Call("Keyed")), Reason::kKeyRequired);
    CallOptions options;
    options.idempotency_key = IdempotencyKey::New(rig.clock, rig.random);
    options.if_match = 41;
    auto answer = co_await rig.Call("Keyed", "", options);
    EXPECT_EQ(ReasonOf(answer), Reason::kCount_);
    if (answer) {
      EXPECT_EQ(answer->idempotency_key(), options.idempotency_key->ToString());
      EXPECT_EQ(answer->if_match(), 41);
    }
    // Where the method knows neither, they are not looked at.
    answer = co_await rig.Call("Public", "", options);
    EXPECT_TRUE(answer);
    if (answer) EXPECT_EQ(answer->if_match(), -1);
  }

  static Task<> HostileMetadata(Rig& rig) {
    CallOptions options;
    options.request_id = "no spaces, no é, please";
    options.token = std::string(7'000, 'a');
    EXPECT_NE(ReasonOf(co_await rig.Call("Public", "", options)), Reason::kCount_);
    options.token = "";
    auto answer = co_await rig.Call("Public", "", options);
    EXPECT_TRUE(answer) << answer.error().diagnostic;
    if (answer) EXPECT_TRUE(ParseUuid(answer->request_id())) << "an id of our own instead";
  }

  static Task<> UnknownMethodsAndGarbage(Rig& rig) {
    Method method = *rig.methods.FindByName(kEcho + std::string("Public"));
    method.path = "/aplus.test.v1.Echo/Nothing";
    auto unknown = co_await rig.As("gateway").CallRaw(&method, grpc::ByteBuffer(), {});
    EXPECT_EQ(unknown.error().reason, Reason::kMethodNotAllowed);
    EXPECT_EQ((co_await rig.As("gateway").CallRaw(nullptr, grpc::ByteBuffer(), {})).error().reason,
              Reason::kInternal);

    const Method* echo = rig.methods.FindByName(kEcho + std::string("Public"));
    for (const std::string& bytes : {std::string("\xff\xff\xff"),
                                     std::string("\x0a\x05"
                                                 "ab"),
                                     std::string("\x0a\x02\xff\xfe")}) {
      grpc::Slice slice(bytes);
      auto answer = co_await rig.As("gateway").CallRaw(echo, grpc::ByteBuffer(&slice, 1), {});
      EXPECT_FALSE(answer);
      if (!answer) EXPECT_EQ(answer.error().reason, Reason::kMalformed);
    }
    // Above the limit gRPC itself refuses; the connection stays good.
    grpc::Slice large(std::string(kMaxMessageBytes + 1, 'a'));
    auto answer = co_await rig.As("gateway").CallRaw(echo, grpc::ByteBuffer(&large, 1), {});
    EXPECT_FALSE(answer);
    EXPECT_TRUE(co_await rig.Call("Public"));
  }
};

TEST(Server, AnswersWithWhatItKnowsOfTheCall) { Rig().Run(Chain::Answers); }
TEST(Server, OnlyDeclaredReasonsLeave) { Rig().Run(Chain::Errors); }
TEST(Server, FieldsAreCheckedAndNormalisedBeforeTheHandler) { Rig().Run(Chain::Fields); }
TEST(Server, T_AZ_02_CertificatesReachOnlyWhatIsListed) { Rig().Run(Chain::Peers); }
TEST(Server, T_AUT_12_IdentityTokensDecideWhoCalls) { Rig().Run(Chain::Identities); }
TEST(Server, KeysAndVersionsArriveWhereTheyAreDeclared) { Rig().Run(Chain::KeysAndVersions); }
TEST(Server, HostileMetadataIsRefusedOrReplaced) { Rig().Run(Chain::HostileMetadata); }
TEST(Server, UnknownMethodsAndGarbageAreAnswered) { Rig().Run(Chain::UnknownMethodsAndGarbage); }

// ---- start-up ----

class Wrong {
 public:
  Task<Result<test::v1::EchoResponse>> Any(Call&, const test::v1::EchoRequest&) {
    co_return Fail(Reason::kInternal);
  }
  Task<Result<test::v1::EchoRequest>> OtherTypes(Call&, const test::v1::EchoRequest&) {
    co_return Fail(Reason::kInternal);
  }
};

std::string StartError(void (*add)(Server&, Wrong&)) {
  RuntimeOptions options;
  options.handle_signals = options.watchdog = false;
  Runtime runtime(options);
  TestAuthority authority;
  Metrics metrics;
  SystemClock clock;
  SystemRandom random;
  Wrong wrong;
  ServerOptions server_options;
  server_options.environment = "test";
  server_options.listen = "127.0.0.1:0";
  server_options.tls = authority.IssueFor("echo");
  Server server(runtime, server_options, metrics, std::nullopt, clock, random);
  add(server, wrong);
  std::string diagnostic;
  runtime.OnStop(Stage::kRefuseNew, "server", [&] { return server.Stop(Duration(0)); });
  runtime.OnStop(Stage::kDrainQueue, "queue", [&] { return server.queue().Stop(); });
  struct Starting {
    static Task<bool> Start(Server* server, std::string* diagnostic) {
      auto started = server->Start();
      if (!started) *diagnostic = started.error().diagnostic;
      co_return started.has_value();
    }
  };
  runtime.Run([&] {
    runtime.RequestStop();
    return Starting::Start(&server, &diagnostic);
  });
  return diagnostic;
}

TEST(Server, T_AZ_02_DoesNotStartWithWrongRegistrations) {
  const std::string one = StartError([](Server& server, Wrong& wrong) {
    server.Add(wrong, "aplus.test.v1.Echo.Public", &Wrong::Any);
    server.Add(wrong, "aplus.test.v1.Echo.Public", &Wrong::Any);
    server.Add(wrong, "aplus.test.v1.Echo.Mine", &Wrong::OtherTypes);
    server.Add(wrong, "aplus.test.v1.Echo.Watch", &Wrong::Any);
    server.Add(wrong, "aplus.test.v1.Echo.NoSuch", &Wrong::Any);
  });
  EXPECT_THAT(one, HasSubstr("aplus.test.v1.Echo.Public is registered twice"));
  EXPECT_THAT(one, HasSubstr("aplus.test.v1.Echo.Mine has a handler of other message types"));
  EXPECT_THAT(one, HasSubstr("aplus.test.v1.Echo.Watch has a handler of another shape"));
  EXPECT_THAT(one, HasSubstr("aplus.test.v1.Echo.NoSuch is registered and does not exist"));
  EXPECT_THAT(one, HasSubstr("aplus.test.v1.Echo.Upload is not registered"));
  EXPECT_THAT(StartError([](Server& server, Wrong& wrong) {
                server.Add(wrong, "aplus.test.v1.Bad.Silent", &Wrong::Any);
              }),
              HasSubstr("aplus.test.v1.Bad.Silent: declares no rule"));
  EXPECT_THAT(
      StartError([](Server& server, Wrong& wrong) { server.Add(wrong, "aplus.none.v1.X.Y", &Wrong::Any); }),
      HasSubstr("no service aplus.none.v1.X"));
}

}  // namespace
}  // namespace aplus
