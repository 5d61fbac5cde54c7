#include "libs/telemetry/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace aplus {
namespace metrics {

void AppendLabels(std::string& out, const Labels& labels, std::string_view extra_name = {},
                  std::string_view extra_value = {}) {
  if (labels.empty() && extra_name.empty()) return;
  out += '{';
  bool first = true;
  const auto append = [&](std::string_view name, std::string_view value) {
    if (!first) out += ',';
    first = false;
    out += name;
    out += "=\"";
    for (char c : value) {
      if (c == '\n') {
        out += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  };
  for (const auto& [name, value] : labels) append(name, value);
  if (!extra_name.empty()) append(extra_name, extra_value);
  out += '}';
}

// Histograms of names in _seconds observe microseconds. Divided, not multiplied: 22003 / 1e6 prints as
// 0.022003.
double Divisor(std::string_view name) { return name.ends_with("_seconds") ? 1e6 : 1.0; }

void AppendHistogram(std::string& out, const std::string& name, const Labels& labels,
                     const Histogram& histogram) {
  const double divisor = Divisor(name);
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    running += histogram.bucket(i);
    out += name + "_bucket";
    AppendLabels(out, labels, "le", fmt::format("{}", static_cast<double>(histogram.bounds()[i]) / divisor));
    out += fmt::format(" {}\n", running);
  }
  running += histogram.bucket(histogram.bounds().size());
  out += name + "_bucket";
  AppendLabels(out, labels, "le", "+Inf");
  out += fmt::format(" {}\n", running);
  out += name + "_sum";
  AppendLabels(out, labels);
  out += fmt::format(" {}\n", static_cast<double>(histogram.sum()) / divisor);
  out += name + "_count";
  AppendLabels(out, labels);
  out += fmt::format(" {}\n", running);
}

}  // namespace metrics

Histogram::Histogram(std::vector<std::int64_t> bounds)
    : bounds_(std::move(bounds)),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
  assert(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::Observe(std::int64_t value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) count += bucket(i);
  return count;
}

std::vector<std::int64_t> LatencyBuckets() {
  return {100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,    50'000,
          100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};
}

Metrics::Series& Metrics::Find(std::string_view name, std::string_view help, Type type, Labels labels,
                               bool& made) {
  auto family =
      std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f->name == name; });
  if (family == families_.end()) {
    families_.push_back(std::make_unique<Family>(Family{std::string(name), std::string(help), type, {}}));
    family = families_.end() - 1;
  }
  assert((*family)->type == type && "one name, one type");
  for (auto& series : (*family)->series) {
    if (series->labels == labels) {
      made = false;
      return *series;
    }
  }
  made = true;
  (*family)->series.push_back(std::make_unique<Series>());
  (*family)->series.back()->labels = std::move(labels);
  return *(*family)->series.back();
}

Counter& Metrics::GetCounter(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  bool made = false;
  Series& series = Find(name, help, Type::kCounter, std::move(labels), made);
  if (made) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Metrics::GetGauge(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  bool made = false;
  Series& series = Find(name, help, Type::kGauge, std::move(labels), made);
  if (made) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& Metrics::GetHistogram(std::string_view name, std::string_view help,
                                 std::vector<std::int64_t> bounds, Labels labels) {
  std::lock_guard lock(mutex_);
  bool made = false;
  Series& series = Find(name, help, Type::kHistogram, std::move(labels), made);
  if (made) series.histogram = std::make_unique<Histogram>(std::move(bounds));
  return *series.histogram;
}

void Metrics::AddCallback(std::string_view name, std::string_view help, bool is_counter,
                          std::function<double()> value, Labels labels) {
  std::lock_guard lock(mutex_);
  Ask(name, help, is_counter, std::move(value), std::move(labels));
}

Metrics::Series& Metrics::Ask(std::string_view name, std::string_view help, bool is_counter,
                              std::function<double()> value, Labels labels) {
  bool made = false;
  Series& series = Find(name, help, is_counter ? Type::kCounter : Type::kGauge, std::move(labels), made);
  series.callback = std::move(value);
  return series;
}

void MetricCallbacks::Add(std::string_view name, std::string_view help, bool is_counter,
                          std::function<double()> value, Labels labels) {
  std::lock_guard lock(metrics_.mutex_);
  added_.push_back(&metrics_.Ask(name, help, is_counter, std::move(value), std::move(labels)));
}

MetricCallbacks::~MetricCallbacks() {
  std::lock_guard lock(metrics_.mutex_);
  for (Metrics::Series* series : added_) series->callback = nullptr;
}

std::string Metrics::Text() const {
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& family : families_) {
    out += "# HELP " + family->name + " " + family->help + "\n# TYPE " + family->name + " ";
    out += family->type == Type::kCounter ? "counter\n"
           : family->type == Type::kGauge ? "gauge\n"
                                          : "histogram\n";
    for (const auto& series : family->series) {
      if (series->histogram) {
        metrics::AppendHistogram(out, family->name, series->labels, *series->histogram);
        continue;
      }
      // What its callback looked at has gone.
      if (!series->callback && !series->counter && !series->gauge) continue;
      out += family->name;
      metrics::AppendLabels(out, series->labels);
      if (series->callback) {
        out += fmt::format(" {}\n", series->callback());
      } else if (series->counter) {
        out += fmt::format(" {}\n", series->counter->value());
      } else {
        out += fmt::format(" {}\n", series->gauge->value());
      }
    }
  }
  return out;
}

}  // namespace aplus
