#include "libs/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace aplus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, WritesTheExpositionFormat) {
  Metrics metrics;
  metrics.GetCounter("aplus_calls_total", "Calls.", {{"method", "a"}}).Add(2);
  metrics.GetCounter("aplus_calls_total", "Calls.", {{"method", "b\"\\\n"}}).Add();
  metrics.GetGauge("aplus_running", "Running.").Set(-3);
  metrics.AddCallback("aplus_asked", "Asked.", false, [] { return 1.5; });
  EXPECT_EQ(metrics.Text(),
            "# HELP aplus_calls_total Calls.\n# TYPE aplus_calls_total counter\n"
            "aplus_calls_total{method=\"a\"} 2\naplus_calls_total{method=\"b\\\"\\\\\\n\"} 1\n"
            "# HELP aplus_running Running.\n# TYPE aplus_running gauge\naplus_running -3\n"
            "# HELP aplus_asked Asked.\n# TYPE aplus_asked gauge\naplus_asked 1.5\n");
}

TEST(Metrics, NobodyAsksWhatHasGone) {
  Metrics metrics;
  auto value = std::make_unique<double>(2);
  {
    MetricCallbacks callbacks(metrics);
    callbacks.Add("aplus_lent", "Lent.", false, [&value] { return *value; }, {{"of", "a"}});
    EXPECT_THAT(metrics.Text(), HasSubstr("aplus_lent{of=\"a\"} 2\n"));
  }
  value.reset();
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("aplus_lent{")));
  // The next of the same name takes its place.
  MetricCallbacks again(metrics);
  again.Add("aplus_lent", "Lent.", false, [] { return 3.0; }, {{"of", "a"}});
  EXPECT_THAT(metrics.Text(), HasSubstr("aplus_lent{of=\"a\"} 3\n"));
}

TEST(Metrics, OneSeriesPerNameAndLabels) {
  Metrics metrics;
  Counter& first = metrics.GetCounter("aplus_x_total", "X.", {{"a", "1"}});
  EXPECT_EQ(&first, &metrics.GetCounter("aplus_x_total", "X.", {{"a", "1"}}));
  EXPECT_NE(&first, &metrics.GetCounter("aplus_x_total", "X.", {{"a", "2"}}));
}

TEST(Metrics, HistogramBucketsAreCumulativeAndInSeconds) {
  Metrics metrics;
  Histogram& histogram = metrics.GetHistogram("aplus_wait_seconds", "Wait.", {1'000, 10'000});
  for (std::int64_t value : {1, 1'000, 1'001, 10'000, 10'001}) histogram.Observe(value);
  EXPECT_EQ(histogram.count(), 5u);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("aplus_wait_seconds_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("aplus_wait_seconds_bucket{le=\"0.01\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("aplus_wait_seconds_bucket{le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("aplus_wait_seconds_sum 0.022003\n"));
  EXPECT_THAT(text, HasSubstr("aplus_wait_seconds_count 5\n"));
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics;
  Counter& counter = metrics.GetCounter("aplus_y_total", "Y.");
  Histogram& histogram = metrics.GetHistogram("aplus_z_bytes", "Z.", {10});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10'000; ++j) {
        counter.Add();
        histogram.Observe(j % 20);
        if (j % 1000 == 0) metrics.Text();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000u);
  EXPECT_EQ(histogram.count(), 40'000u);
}

}  // namespace
}  // namespace aplus
