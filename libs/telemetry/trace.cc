#include "libs/telemetry/trace.h"

#include <algorithm>

#include "libs/base/bytes.h"

namespace aplus {
namespace trace {

bool AllZero(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Lower case only, as the recommendation has it.
bool ReadHex(std::string_view text, std::span<std::uint8_t> out) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) return false;
  auto bytes = FromHex(text);
  if (!bytes || bytes->size() != out.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return !AllZero(out);
}

}  // namespace trace

TraceContext TraceContext::New(Random& random) {
  TraceContext context;
  random.Fill(context.trace_id);
  random.Fill(context.span_id);
  return context;
}

TraceContext TraceContext::Continue(std::string_view traceparent, Random& random) {
  // version "00": 2 + 1 + 32 + 1 + 16 + 1 + 2 characters.
  TraceContext context;
  if (traceparent.size() != 55 || !traceparent.starts_with("00-") || traceparent[35] != '-' ||
      traceparent[52] != '-' || !trace::ReadHex(traceparent.substr(3, 32), context.trace_id) ||
      !trace::ReadHex(traceparent.substr(36, 16), context.parent_id) || !FromHex(traceparent.substr(53))) {
    return New(random);
  }
  random.Fill(context.span_id);
  return context;
}

std::string TraceContext::ToTraceparent() const { return "00-" + TraceIdText() + "-" + SpanIdText() + "-01"; }
std::string TraceContext::TraceIdText() const { return ToHex(trace_id); }
std::string TraceContext::SpanIdText() const { return ToHex(span_id); }

}  // namespace aplus
