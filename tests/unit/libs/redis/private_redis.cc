#include "tests/unit/libs/redis/private_redis.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace aplus::testing {
namespace private_redis {

sockaddr_in Address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Address(0);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

bool Answers(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Address(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace private_redis

PrivateRedis::PrivateRedis(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), port_(private_redis::FreePort()) {
  Start();
}

PrivateRedis::~PrivateRedis() { Kill(); }

void PrivateRedis::Start() {
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<std::string> all{"redis-server",
                                 "--port",
                                 std::to_string(port_),
                                 "--bind",
                                 "127.0.0.1",
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--loglevel",
                                 "warning",
                                 "--dir",
                                 "/tmp",
                                 "--dbfilename",
                                 "",
                                 "--enable-debug-command",
                                 "local"};
    all.insert(all.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    for (std::string& each : all) argv.push_back(each.data());
    argv.push_back(nullptr);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
    execvp("redis-server", argv.data());
    _exit(127);
  }
  for (int i = 0; i < 1000; ++i) {
    if (private_redis::Answers(port_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::fprintf(stderr, "PrivateRedis: redis-server does not start\n");
  std::abort();
}

void PrivateRedis::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PrivateRedis::Freeze() { kill(pid_, SIGSTOP); }
void PrivateRedis::Thaw() { kill(pid_, SIGCONT); }

RedisOptions PrivateRedis::options() const {
  RedisOptions options;
  options.host = "127.0.0.1";
  options.port = port_;
  options.connect_timeout = std::chrono::milliseconds(500);
  options.command_timeout = std::chrono::milliseconds(200);
  options.breaker = std::chrono::milliseconds(300);
  return options;
}

}  // namespace aplus::testing
