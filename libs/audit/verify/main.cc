// aplus-audit-verify: proves that a service's audit trail is whole, or says what is wrong with it. Needs a
// role that may read the audit tables, the public keys, and the heads that were shipped; no secret.
//
//   aplus-audit-verify --database "host=… dbname=aplus_requests user=auditor" --chain requests \
//                      --keys /etc/aplus/audit-public --checkpoints /var/log/aplus/requests.log
//
// --key and --keys give public keys (public_keys.h), --checkpoints the heads that were shipped: the service's
// log, or what was picked out of it (shipped_heads.h).
//
// Exit code: 0 whole, 1 tampered with, 2 could not find out.
#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/audit/verify/database_reader.h"
#include "libs/audit/verify/public_keys.h"
#include "libs/audit/verify/shipped_heads.h"

namespace {

struct Arguments {
  std::string database, chain;
  aplus::audit::PublicKeys keys;
  std::vector<aplus::Checkpoint> shipped;
  int grace_seconds = 60;
};

[[noreturn]] void GiveUp(const std::string& why) {
  std::fprintf(stderr, "aplus-audit-verify: %s\n", why.c_str());
  std::exit(2);
}

void Check(const aplus::Result<void>& result) {
  if (!result) GiveUp(result.error().diagnostic);
}

void AddCheckpoints(Arguments& arguments, const std::string& path) {
  std::ifstream file(path);
  if (!file) GiveUp("cannot read " + path);
  auto heads = aplus::audit::ReadShippedHeads(file, arguments.chain);
  if (!heads) GiveUp(path + ": " + heads.error().diagnostic);
  arguments.shipped.insert(arguments.shipped.end(), heads->begin(), heads->end());
}

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  std::vector<std::string> files;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc)
      GiveUp(
          "usage: --database CONNINFO --chain NAME --key HEX… | --keys FOLDER [--checkpoints FILE…] [--grace "
          "SECONDS]");
    const std::string value = argv[i + 1];
    if (flag == "--database") {
      arguments.database = value;
    } else if (flag == "--chain") {
      arguments.chain = value;
    } else if (flag == "--key") {
      Check(aplus::audit::AddPublicKey(arguments.keys, value));
    } else if (flag == "--keys") {
      Check(aplus::audit::AddPublicKeys(arguments.keys, value));
    } else if (flag == "--checkpoints") {
      files.push_back(value);
    } else if (flag == "--grace") {
      arguments.grace_seconds = std::atoi(value.c_str());
    } else {
      GiveUp("unknown flag " + std::string(flag));
    }
  }
  if (arguments.database.empty() || arguments.chain.empty()) GiveUp("--database and --chain are needed");
  for (const std::string& file : files) AddCheckpoints(arguments, file);
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments = Parse(argc, argv);
  struct Finish {
    void operator()(PGconn* conn) const { PQfinish(conn); }
  };
  const std::unique_ptr<PGconn, Finish> conn(PQconnectdb(arguments.database.c_str()));
  if (PQstatus(conn.get()) != CONNECTION_OK) GiveUp(PQerrorMessage(conn.get()));
  const std::size_t shipped = arguments.shipped.size();
  aplus::audit::ChainVerifier verifier(arguments.chain, std::move(arguments.keys),
                                       std::move(arguments.shipped));
  const auto report =
      aplus::audit::VerifyDatabase(conn.get(), arguments.chain, std::move(verifier), arguments.grace_seconds);
  if (!report) GiveUp(report.error().diagnostic);
  for (const std::string& problem : report->problems) std::printf("%s\n", problem.c_str());
  std::printf("%s: %lld lines, %lld to %lld, proven to %lld by %zu shipped heads: %s\n",
              arguments.chain.c_str(), static_cast<long long>(report->lines),
              static_cast<long long>(report->first), static_cast<long long>(report->last),
              static_cast<long long>(report->proven), shipped,
              report->problems.empty() ? "whole" : "TAMPERED WITH");
  return report->problems.empty() ? 0 : 1;
}
