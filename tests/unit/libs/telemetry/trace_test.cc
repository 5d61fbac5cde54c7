#include "libs/telemetry/trace.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

TEST(TraceContext, GoesOnAndBack) {
  SeededRandom random(1);
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  TraceContext context = TraceContext::Continue(parent, random);
  EXPECT_EQ(context.TraceIdText(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_NE(context.SpanIdText(), "b7ad6b7169203331");
  TraceContext next = TraceContext::Continue(context.ToTraceparent(), random);
  EXPECT_EQ(next.trace_id, context.trace_id);
  EXPECT_EQ(next.parent_id, context.span_id);
}

TEST(TraceContext, MalformedParentsStartAnew) {
  SeededRandom random(2);
  for (const char* bad : {"", "00", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                          "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}) {
    TraceContext context = TraceContext::Continue(bad, random);
    EXPECT_EQ(context.parent_id, (std::array<std::uint8_t, 8>{})) << bad;
    EXPECT_NE(context.trace_id, (std::array<std::uint8_t, 16>{})) << bad;
  }
}

}  // namespace
}  // namespace aplus
