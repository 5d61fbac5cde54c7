#include "libs/runtime/watchdog.h"

#include <dirent.h>
#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aplus {
namespace watchdog {

// A signal that nothing else uses.
int StackSignal() { return SIGRTMIN + 3; }

std::atomic<int> stacks_printed{0};

// Only write(2), backtrace and backtrace_symbols_fd: no allocation once backtrace has been called before.
void PrintOwnStack(int) {
  char head[64];
  const int n = std::snprintf(head, sizeof head, "-- thread %ld\n", static_cast<long>(::syscall(SYS_gettid)));
  if (::write(STDERR_FILENO, head, static_cast<std::size_t>(n)) < 0) return;
  void* frames[64];
  const int depth = ::backtrace(frames, 64);
  ::backtrace_symbols_fd(frames, depth, STDERR_FILENO);
  stacks_printed.fetch_add(1);
}

}  // namespace watchdog

void DumpStacks() {
  void* warm_up[1];
  ::backtrace(warm_up, 1);  // loads libgcc now, not in the signal handler
  struct sigaction action{};
  action.sa_handler = watchdog::PrintOwnStack;
  action.sa_flags = SA_RESTART;
  ::sigaction(watchdog::StackSignal(), &action, nullptr);

  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return;
  while (dirent* entry = ::readdir(tasks)) {
    const long thread = std::strtol(entry->d_name, nullptr, 10);
    if (thread <= 0) continue;
    const int before = watchdog::stacks_printed.load();
    if (::syscall(SYS_tgkill, ::getpid(), thread, watchdog::StackSignal()) != 0) continue;
    // One after the other, so that the stacks do not mix; a thread that blocks signals is passed over.
    for (int i = 0; i < 20 && watchdog::stacks_printed.load() == before; ++i) ::usleep(1000);
  }
  ::closedir(tasks);
}

Runtime::Watchdog::Watchdog(boost::asio::io_context& io, Duration stall_limit, Duration stop_limit)
    : io_(io), stall_limit_(stall_limit), stop_limit_(stop_limit), thread_([this] { Loop(); }) {}

Runtime::Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Runtime::Watchdog::StopBegins() {
  {
    std::lock_guard lock(mutex_);
    stop_began_ = SteadyClock::now();
  }
  wake_.notify_all();
}

void Runtime::Watchdog::Loop() {
  std::uint64_t seen = 0;
  bool asked = false;
  bool reported = false;
  SteadyTime seen_at = SteadyClock::now();
  std::unique_lock lock(mutex_);
  while (!ended_) {
    wake_.wait_for(lock, std::chrono::seconds(1));
    if (ended_) return;
    const SteadyTime now = SteadyClock::now();
    if (stop_began_ && now - *stop_began_ >= stop_limit_) {
      std::fprintf(stderr, "stopping takes too long; stacks of all threads, then the end:\n");
      DumpStacks();
      std::_Exit(kExitCode);
    }
    if (stall_limit_ == Duration::zero()) continue;
    // One question at a time: a stalled io thread must not find a heap of them afterwards. The guard in the
    // runtime's destructor order is this thread's join, so io_ lives.
    if (turns_.load(std::memory_order_relaxed) != seen) {
      seen = turns_.load(std::memory_order_relaxed);
      asked = false;
      reported = false;
    }
    if (!asked) {
      asked = true;
      seen_at = now;
      boost::asio::post(io_, [this] { turns_.fetch_add(1, std::memory_order_relaxed); });
    } else if (!reported && now - seen_at >= stall_limit_) {
      reported = true;
      std::fprintf(stderr, "the io thread stands still; stacks of all threads:\n");
      DumpStacks();
    }
  }
}

}  // namespace aplus
