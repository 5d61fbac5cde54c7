#include "services/files/jobs/periodic.h"

#include <utility>

#include "libs/telemetry/log.h"

namespace aplus::files {

Periodic::Periodic(std::string_view name, Duration every, Round round, Executor executor)
    : name_(name), every_(every), round_(std::move(round)), scope_(executor), nudged_(executor) {}

Task<> Periodic::Loop() {
  for (;;) {
    const Result<void> done = co_await round_();
    if (!done) {
      log::Warn("a job's round failed", {{log::kTask, name_},
                                         {log::kReason, Describe(done.error().reason).code},
                                         {log::kDetail, done.error().diagnostic}});
    }
    co_await nudged_.WaitFor(every_);
    nudged_.Reset();
  }
}

}  // namespace aplus::files
