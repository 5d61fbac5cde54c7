// W3C trace context: which call this work belongs to, from the browser to the last service. Spans are the
// access lines of the logs: each holds trace_id, span_id, parent_id and its duration.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/random.h"

namespace aplus {

struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};    // of this process's work
  std::array<std::uint8_t, 8> parent_id{};  // of the caller's; zero at the edge

  // A fresh trace.
  static TraceContext New(Random& random);
  // A span below the caller's `traceparent`; a fresh trace when that is absent or not well formed.
  static TraceContext Continue(std::string_view traceparent, Random& random);

  // "00-<trace>-<span>-01": what the next hop gets.
  std::string ToTraceparent() const;
  std::string TraceIdText() const;  // 32 hexadecimal digits
  std::string SpanIdText() const;   // 16
};

}  // namespace aplus
