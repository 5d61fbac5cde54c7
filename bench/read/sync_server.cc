// What one would write without libs/: gRPC's synchronous API and blocking libpq, a connection per running
// call. It answers CountRequests of a helper just as aplus-requests does, so that the two can be compared:
// the same proto, mutual TLS with the same certificates, the peer's name checked, identity tokens verified
// once and kept, the same two statements (limits and principal, then the counts) over binary parameters, the
// same access line in the same asynchronous log. It has no metrics, no deadlines queue, no field rules, which
// is in its favour.
//
//   aplus-bench-sync-server CONFIG.json LISTEN CONNECTIONS pipeline|plain
//
// CONFIG.json is that of aplus-requests. "plain": one round trip for each statement, as PQexecPrepared gives
// it; "pipeline": both in one round trip, the best that blocking libpq can do.
#include <fmt/format.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "aplus/requests/v1/requests.grpc.pb.h"
#include "libs/identity/token.h"
#include "libs/postgres/database.h"
#include "libs/rpc/grpc_locks.h"
#include "libs/runtime/config.h"
#include "libs/telemetry/log.h"
#include "services/requests/store/count_rows.h"

namespace {

namespace v1 = aplus::requests::v1;
using aplus::Principal;

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "aplus-bench-sync-server: " << why << "\n";
  std::_Exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Rows = std::unique_ptr<PGresult, Clear>;

// One blocking connection with its two statements prepared.
class Link {
 public:
  explicit Link(const aplus::DatabaseOptions& options) {
    const std::string conninfo =
        options.conninfo + " password='" + std::string(options.password.Reveal()) + "'";
    conn_ = PQconnectdb(conninfo.c_str());
    if (PQstatus(conn_) != CONNECTION_OK) Die(PQerrorMessage(conn_));
    // Of the session rather than of a transaction: there is none around single statements.
    Prepare("context", R"sql(
      SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
             set_config('aplus.user_id', $3, false), set_config('aplus.group_ids', $4, false),
             set_config('aplus.lane', $5, false)
    )sql");
    constexpr Oid kUuid = 2950, kInt4 = 23;
    Prepare("count", aplus::requests::kCountForPerson.sql.data, {kUuid, kInt4});
  }

  Rows Count(const Principal& principal, bool pipeline) {
    const std::string user = principal.user.ToString();
    const std::array<const char*, 5> context = {"3000", "500", user.c_str(), "{}", "helper"};
    std::array<int, 5> lengths{};
    for (std::size_t i = 0; i < context.size(); ++i) lengths[i] = static_cast<int>(std::strlen(context[i]));
    constexpr std::array<int, 5> kBinary = {1, 1, 1, 1, 1};
    const std::array<char, 4> limit = {0, 0, 0x03, static_cast<char>(0xe8)};  // 1000, big-endian
    const std::array<const char*, 2> values = {reinterpret_cast<const char*>(principal.user.bytes.data()),
                                               limit.data()};
    constexpr std::array<int, 2> kSizes = {16, 4};
    if (!pipeline) {
      const Rows set(PQexecPrepared(conn_, "context", 5, context.data(), lengths.data(), kBinary.data(), 1));
      if (PQresultStatus(set.get()) != PGRES_TUPLES_OK) return nullptr;
      return Rows(PQexecPrepared(conn_, "count", 2, values.data(), kSizes.data(), kBinary.data(), 1));
    }
    PQenterPipelineMode(conn_);
    PQsendQueryPrepared(conn_, "context", 5, context.data(), lengths.data(), kBinary.data(), 1);
    PQsendQueryPrepared(conn_, "count", 2, values.data(), kSizes.data(), kBinary.data(), 1);
    PQpipelineSync(conn_);
    const Rows set(PQgetResult(conn_));
    PQgetResult(conn_);  // NULL: the end of the first
    Rows counts(PQgetResult(conn_));
    PQgetResult(conn_);
    const Rows sync(PQgetResult(conn_));
    PQexitPipelineMode(conn_);
    return counts;
  }

 private:
  void Prepare(const char* name, const char* sql, const std::vector<Oid>& types = {}) {
    const Rows done(PQprepare(conn_, name, sql, static_cast<int>(types.size()), types.data()));
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) Die(PQerrorMessage(conn_));
  }

  PGconn* conn_;
};

class Pool {
 public:
  Pool(const aplus::DatabaseOptions& options, int size) {
    for (int i = 0; i < size; ++i) free_.push_back(std::make_unique<Link>(options));
  }
  std::unique_ptr<Link> Take() {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return !free_.empty(); });
    auto link = std::move(free_.back());  // the last used: its caches are warm
    free_.pop_back();
    return link;
  }
  void Give(std::unique_ptr<Link> link) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(link));
    }
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::deque<std::unique_ptr<Link>> free_;
};

// Verified tokens, kept until they expire.
class Identities {
 public:
  explicit Identities(aplus::IdentityTokenVerifier verifier) : verifier_(std::move(verifier)) {}
  std::shared_ptr<const Principal> Verify(const std::string& token) {
    const aplus::Time now = aplus::SystemClock().Now();
    {
      const std::shared_lock lock(mutex_);
      const auto found = kept_.find(token);
      if (found != kept_.end() && now < found->second->expires + aplus::kIdentityTokenSkew)
        return found->second;
    }
    const std::lock_guard lock(mutex_);
    auto verified = verifier_.Verify(token, now);
    if (!verified) return nullptr;
    auto principal = std::make_shared<const Principal>(*std::move(verified));
    kept_.insert_or_assign(token, principal);
    return principal;
  }

 private:
  std::shared_mutex mutex_;
  aplus::IdentityTokenVerifier verifier_;
  std::unordered_map<std::string, std::shared_ptr<const Principal>> kept_;
};

std::int32_t CellOf(const PGresult* rows, int column) {
  std::uint64_t value = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PQgetvalue(rows, 0, column));
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return static_cast<std::int32_t>(value);
}

class Rpc final : public v1::Requests::Service {
 public:
  Rpc(Pool& pool, Identities& identities, std::string gateway, bool pipeline)
      : pool_(pool), identities_(identities), gateway_(std::move(gateway)), pipeline_(pipeline) {}

  grpc::Status CountRequests(grpc::ServerContext* context, const v1::CountRequestsRequest* request,
                             v1::CountRequestsResponse* response) override {
    const auto began = std::chrono::steady_clock::now();
    const grpc::Status status = Answer(*context, *request, *response);
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    aplus::log::Info("call", {{aplus::log::kMethod, "/aplus.requests.v1.Requests/CountRequests"},
                              {aplus::log::kReason, status.ok() ? "ok" : "internal"},
                              {aplus::log::kDurationUs, took.count()},
                              {aplus::log::kPeer, "gateway"},
                              {aplus::log::kRequestId, Metadata(*context, "x-request-id")},
                              {aplus::log::kBytesIn, static_cast<std::int64_t>(request->ByteSizeLong())},
                              {aplus::log::kBytesOut, static_cast<std::int64_t>(response->ByteSizeLong())}});
    return status;
  }

 private:
  static std::string Metadata(const grpc::ServerContext& context, const char* name) {
    const auto found = context.client_metadata().find(name);
    return found == context.client_metadata().end() ? std::string()
                                                    : std::string(found->second.data(), found->second.size());
  }

  grpc::Status Answer(const grpc::ServerContext& context, const v1::CountRequestsRequest& request,
                      v1::CountRequestsResponse& response) {
    const auto names = context.auth_context()->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
    if (names.size() != 1 || names[0] != gateway_) return {grpc::StatusCode::PERMISSION_DENIED, "peer"};
    const auto principal = identities_.Verify(Metadata(context, "x-aplus-identity"));
    if (!principal || !principal->terms_accepted) return {grpc::StatusCode::UNAUTHENTICATED, "token"};
    if (request.side() != v1::SIDE_HELPER) return {grpc::StatusCode::UNIMPLEMENTED, "helpers only"};
    auto link = pool_.Take();
    const Rows rows = link->Count(*principal, pipeline_);
    pool_.Give(std::move(link));
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) return {grpc::StatusCode::INTERNAL, "database"};
    constexpr std::array kTabs = {v1::TAB_ALL,         v1::TAB_MINE,       v1::TAB_NEW,
                                  v1::TAB_IN_PROGRESS, v1::TAB_TO_ARCHIVE, v1::TAB_ARCHIVED};
    for (std::size_t i = 0; i < kTabs.size(); ++i) {
      const std::int32_t count = CellOf(rows.get(), static_cast<int>(i));
      auto& tab = *response.add_tabs();
      tab.set_tab(kTabs[i]);
      tab.set_count(count);
      tab.set_more(count >= 1000);
    }
    return grpc::Status::OK;
  }

  Pool& pool_;
  Identities& identities_;
  std::string gateway_;
  bool pipeline_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Die("CONFIG.json LISTEN CONNECTIONS pipeline|plain");
  aplus::LockWithoutGraph();
  const aplus::Config config = aplus::Config::Load(argv[1]);
  aplus::log::Start("bench-sync", aplus::log::LevelFromText(config.log_level()));
  auto verifier =
      aplus::IdentityTokenVerifier::LoadFolder(config.Section("secrets").Text("identity_public_keys"));
  if (!verifier) Die(verifier.error().diagnostic);
  Identities identities(*std::move(verifier));
  Pool pool(aplus::DatabaseOptions::From(config.database(), "bench-sync"), std::stoi(argv[3]));
  Rpc rpc(pool, identities, fmt::format("spiffe://aplus/{}/gateway", config.environment()),
          std::string_view(argv[4]) == "pipeline");
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = ReadFile(config.tls().ca);
  tls.pem_key_cert_pairs.push_back({ReadFile(config.tls().key), ReadFile(config.tls().certificate)});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[2], grpc::SslServerCredentials(tls));
  builder.RegisterService(&rpc);
  const auto server = builder.BuildAndStart();
  if (!server) Die("cannot listen");
  server->Wait();
}
