// Counters, gauges and histograms in the Prometheus text format. Registering takes a lock and happens at
// start-up; counting is one relaxed atomic operation, from any thread. Labels are constants of the code or
// small closed sets (method, reason, peer): never an id of a person or thing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aplus {

class Counter {
 public:
  void Add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Fixed buckets; observes integers in the base unit of the metric's name (microseconds, bytes) and renders
// seconds where the name ends in _seconds.
class Histogram {
 public:
  // `bounds` ascending, inclusive upper ends.
  explicit Histogram(std::vector<std::int64_t> bounds);
  void Observe(std::int64_t value);
  std::uint64_t count() const;
  std::int64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  const std::vector<std::int64_t>& bounds() const { return bounds_; }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }

 private:
  std::vector<std::int64_t> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;  // bounds_.size() + 1
  std::atomic<std::int64_t> sum_{0};
};

// 100 µs … 30 s, in microseconds.
std::vector<std::int64_t> LatencyBuckets();

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The one metric of this name and labels; made at the first call. References stay valid as long as Metrics.
  // Names are snake_case and begin with aplus_; asserts on a name used for another type.
  Counter& GetCounter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& GetGauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& GetHistogram(std::string_view name, std::string_view help, std::vector<std::int64_t> bounds,
                          Labels labels = {});
  // A gauge or counter whose value is asked for when the text is made, on the thread that makes it. What it
  // looks at must live as long as Metrics; for anything else there is MetricCallbacks.
  void AddCallback(std::string_view name, std::string_view help, bool is_counter,
                   std::function<double()> value, Labels labels = {});

  // The exposition format, families in the order of registration.
  std::string Text() const;

 private:
  friend class MetricCallbacks;

  struct Series {
    Labels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> callback;
  };
  enum class Type { kCounter, kGauge, kHistogram };
  struct Family {
    std::string name, help;
    Type type;
    std::vector<std::unique_ptr<Series>> series;
  };
  Series& Find(std::string_view name, std::string_view help, Type type, Labels labels, bool& made);
  // Under the lock.
  Series& Ask(std::string_view name, std::string_view help, bool is_counter, std::function<double()> value,
              Labels labels);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_;
};

// Callbacks that look at something that ends before the metrics do: once this is destroyed nobody asks them
// any more, and the text is without their series. Declared after what they look at. From any thread.
class MetricCallbacks {
 public:
  // `metrics` must outlive this.
  explicit MetricCallbacks(Metrics& metrics) : metrics_(metrics) {}
  ~MetricCallbacks();
  MetricCallbacks(const MetricCallbacks&) = delete;
  MetricCallbacks& operator=(const MetricCallbacks&) = delete;

  void Add(std::string_view name, std::string_view help, bool is_counter, std::function<double()> value,
           Labels labels = {});

 private:
  Metrics& metrics_;
  std::vector<Metrics::Series*> added_;
};

}  // namespace aplus
