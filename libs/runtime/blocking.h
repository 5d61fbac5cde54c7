// A few threads for what has no other way than to block: file I/O, hashing of large things, name look-ups,
// connecting and finishing. Never for waiting on another coroutine.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "libs/runtime/task.h"

namespace aplus {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}
  // Waits for what runs.
  ~BlockingPool() { pool_.join(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `work()` on a thread of the pool and answers its result on the caller's executor; an exception is
  // thrown at the caller. Work that began is always awaited, also when the caller is cancelled meanwhile (the
  // cancellation is thrown at the next co_await), so `work` may refer to the caller's locals.
  template <class Work>
  Task<std::invoke_result_t<Work&>> Run(Work work);

 private:
  boost::asio::thread_pool pool_;
};

namespace blocking_internal {

// A result that can stand for void, a value, or an exception.
template <class R>
struct Outcome {
  std::exception_ptr exception;
  std::optional<R> value;
  template <class Work>
  void Do(Work& work) {
    value.emplace(work());
  }
  R Take() {
    if (exception) std::rethrow_exception(exception);
    return *std::move(value);
  }
};

template <>
struct Outcome<void> {
  std::exception_ptr exception;
  template <class Work>
  void Do(Work& work) {
    work();
  }
  void Take() {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace blocking_internal

template <class Work>
Task<std::invoke_result_t<Work&>> BlockingPool::Run(Work work) {
  // Lives in this coroutine's frame, which stays until the completion resumes it.
  blocking_internal::Outcome<std::invoke_result_t<Work&>> outcome;
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>&, void()>(
      [this, &work, &outcome](auto handler) {
        auto executor = boost::asio::get_associated_executor(handler);
        // The guard keeps io_context::run from ending while the only pending work is ours.
        auto guard = boost::asio::make_work_guard(executor);
        boost::asio::post(pool_, [&work, &outcome, handler = std::move(handler), guard = std::move(guard),
                                  executor]() mutable {
          try {
            outcome.Do(work);
          } catch (...) {
            outcome.exception = std::current_exception();
          }
          boost::asio::post(executor, std::move(handler));
        });
      },
      kUseTask);
  co_return outcome.Take();
}

}  // namespace aplus
