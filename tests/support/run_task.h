// Runs one coroutine to its end on an io_context of its own, for tests. A test that hangs fails by name
// instead of stopping the suite.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>

#include "libs/runtime/task.h"

namespace aplus {

// Everything left on the io_context has ended too when this returns.
inline void RunTask(boost::asio::io_context& io, Task<> task, Duration limit = std::chrono::seconds(20)) {
  std::exception_ptr failure;
  bool ended = false;
  boost::asio::co_spawn(io.get_executor(), std::move(task), [&](std::exception_ptr exception) {
    failure = exception;
    ended = true;
  });
  io.run_for(limit);
  ASSERT_TRUE(ended) << "the coroutine did not end in time";
  ASSERT_TRUE(io.stopped()) << "something still runs on the io_context";
  io.restart();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace aplus
