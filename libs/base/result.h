// Result<T>: a value or the Error that explains its absence. What crosses a layer returns one; exceptions are
// for the impossible and never leave a layer on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "libs/base/reason.h"

namespace aplus {

// A refusal. Holds no personal data and no id of anybody else's thing: it may be shown and logged.
struct Error {
  // One field that broke its rule. `path` as in JSON: "citizen.nir", "recipientGroupIds[2]".
  struct Violation {
    std::string path;
    std::string code;    // required, too_long, format …; stable
    std::string detail;  // French
  };

  Reason reason = Reason::kInternal;
  std::string detail;  // French, for people; empty: the reason's title says enough
  std::vector<Violation> violations;
  std::string state;                    // present state, with kStale and kImpossible
  std::optional<std::int64_t> version;  // present version, likewise
  std::optional<std::int32_t> retry_after_seconds;
  std::string diagnostic;  // English, for the log only; never leaves the process
};

template <class T>
using Result = tl::expected<T, Error>;

// Fail(Reason::kNotFound), Fail(Reason::kInternal, "pool exhausted"): the diagnostic stays in our logs.
[[nodiscard]] inline tl::unexpected<Error> Fail(Reason reason, std::string diagnostic = {}) {
  Error error;
  error.reason = reason;
  error.diagnostic = std::move(diagnostic);
  return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace aplus

// TRY(auto row, Find(id)); CO_TRY(auto row, co_await store.Find(id)); : take the value or return its error.
// Macros because a function cannot return from its caller.
#define APLUS_CONCAT_(a, b) a##b
#define APLUS_CONCAT(a, b) APLUS_CONCAT_(a, b)
#define APLUS_TRY_IMPL_(temp, give_back, declaration, ...)                                    \
  auto temp = (__VA_ARGS__);                                                                  \
  if (!temp.has_value()) give_back ::tl::unexpected<::aplus::Error>(std::move(temp).error()); \
  declaration = *std::move(temp)
#define TRY(declaration, ...) \
  APLUS_TRY_IMPL_(APLUS_CONCAT(try_result_, __COUNTER__), return, declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) \
  APLUS_TRY_IMPL_(APLUS_CONCAT(try_result_, __COUNTER__), co_return, declaration, __VA_ARGS__)
// The same for Result<void>.
#define APLUS_CHECK_IMPL_(temp, give_back, ...)     \
  if (auto temp = (__VA_ARGS__); !temp.has_value()) \
  give_back ::tl::unexpected<::aplus::Error>(std::move(temp).error())
#define TRY_VOID(...) APLUS_CHECK_IMPL_(APLUS_CONCAT(try_result_, __COUNTER__), return, __VA_ARGS__)
#define CO_TRY_VOID(...) APLUS_CHECK_IMPL_(APLUS_CONCAT(try_result_, __COUNTER__), co_return, __VA_ARGS__)
