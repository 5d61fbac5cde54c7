#include "tests/unit/libs/postgres/private_cluster.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace aplus::testing {
namespace private_cluster {

// Debian keeps initdb and pg_ctl off the PATH.
constexpr const char* kPath = "export PATH=$(ls -d /usr/lib/postgresql/*/bin | tail -1):$PATH; ";

}  // namespace private_cluster

void PrivateCluster::Shell(const std::string& command) const {
  std::string line = private_cluster::kPath + ("{ " + command + "; } >> ") + folder_ + "/log 2>&1";
  if (geteuid() == 0) {
    std::string quoted;
    for (const char c : line) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line = "setpriv --reuid=postgres --regid=postgres --clear-groups sh -c '" + quoted + "'";
  }
  if (std::system(line.c_str()) != 0) {
    std::fprintf(stderr, "PrivateCluster: failed: %s\n", line.c_str());
    if (std::system(("tail -20 " + folder_ + "/log >&2").c_str()) != 0) std::fputs("no log\n", stderr);
    std::abort();
  }
}

PrivateCluster::PrivateCluster() {
  char name[] = "/tmp/aplus-cluster-XXXXXX";
  folder_ = mkdtemp(name);
  if (geteuid() == 0 && std::system(("chown postgres:postgres " + folder_).c_str()) != 0) std::abort();
  Shell("initdb -D " + folder_ + "/data -U postgres -A trust --no-locale -E UTF8");
  Shell("pg_ctl -D " + folder_ + "/data -w -l " + folder_ + "/server.log -o \"-c listen_addresses='' -k " +
        folder_ + " -c restart_after_crash=on\" start");
}

PrivateCluster::~PrivateCluster() {
  Shell("pg_ctl -D " + folder_ + "/data -w -m immediate stop || true");
  if (std::system(("rm -rf " + folder_).c_str()) != 0) std::fprintf(stderr, "%s stays\n", folder_.c_str());
}

std::string PrivateCluster::conninfo() const { return "host=" + folder_ + " dbname=postgres user=postgres"; }

void PrivateCluster::RestartImmediately() {
  Shell("pg_ctl -D " + folder_ + "/data -w -m immediate -l " + folder_ + "/server.log restart");
}

void PrivateCluster::Freeze() {
  Shell("P=$(head -1 " + folder_ + "/data/postmaster.pid); kill -STOP $P $(pgrep -P $P)");
}

void PrivateCluster::Thaw() {
  Shell("P=$(head -1 " + folder_ + "/data/postmaster.pid); kill -CONT $P $(pgrep -P $P)");
}

}  // namespace aplus::testing
