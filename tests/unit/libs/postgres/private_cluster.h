// A PostgreSQL cluster of the test's own, to be stopped and killed at will. Runs as user postgres when the
// test runs as root. Durable (fsync on): what is acknowledged must survive `immediate`.
#pragma once

#include <string>

namespace aplus::testing {

class PrivateCluster {
 public:
  PrivateCluster();
  ~PrivateCluster();
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;

  // Of the superuser, over a Unix socket.
  std::string conninfo() const;
  // Stops without a checkpoint, as a crash would, and starts again.
  void RestartImmediately();
  // SIGSTOP and SIGCONT for the postmaster's backends and itself.
  void Freeze();
  void Thaw();

 private:
  void Shell(const std::string& command) const;
  std::string folder_;
};

}  // namespace aplus::testing
