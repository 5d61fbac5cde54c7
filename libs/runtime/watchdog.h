// A thread that notices when the process stands still. It prints the stacks of all threads on stderr when the
// io thread does not turn for a while, and when stopping takes too long; in the latter case it ends the
// process, because a process that neither serves nor exits blocks a rolling upgrade.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/runtime/runtime.h"

namespace aplus {

// Prints the stack of every thread of the process on stderr. From any thread; takes at most a second.
void DumpStacks();

class Runtime::Watchdog {
 public:
  Watchdog(boost::asio::io_context& io, Duration stall_limit, Duration stop_limit);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Starts the count of the stop limit.
  void StopBegins();

  static constexpr int kExitCode = 70;  // EX_SOFTWARE of sysexits.h

 private:
  void Loop();

  boost::asio::io_context& io_;
  const Duration stall_limit_, stop_limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::optional<SteadyTime> stop_began_;
  std::atomic<std::uint64_t> turns_{0};
  std::thread thread_;
};

}  // namespace aplus
