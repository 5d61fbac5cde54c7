#include "libs/telemetry/log.h"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <cmath>
#include <mutex>

#include "libs/base/time.h"
#include "libs/telemetry/redaction.h"

namespace aplus::log {
namespace log_internal {

constexpr std::size_t kQueueLines = 8192;
constexpr std::size_t kMaxTextBytes = 500;

struct State {
  std::mutex mutex;  // of Start and Stop only
  std::string service = "aplus";
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  // What Write reads; null while lines are written directly.
  std::atomic<spdlog::async_logger*> active{nullptr};
  std::atomic<Level> level{Level::kInfo};
  std::atomic<void (*)(std::string_view)> capture{nullptr};
};

// The one singleton. Never destroyed: late destructors may still log.
State& Get() {
  static State& state = *new State;
  return state;
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

void AppendJson(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"':
        fmt::format_to(std::back_inserter(out), "\\\"");
        break;
      case '\\':
        fmt::format_to(std::back_inserter(out), "\\\\");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

void AppendValue(fmt::memory_buffer& out, const Field& field) {
  auto append = [&]<class T>(const T& value) {
    if constexpr (std::is_same_v<T, std::string_view>) {
      if (field.key().kind == Kind::kText) {
        AppendJson(out, Redact(value));
      } else {
        AppendJson(out, field.key().kind == Kind::kCode && LooksLikeCode(value) ? value : kRedacted);
      }
    } else if constexpr (std::is_same_v<T, UuidBytes>) {
      AppendJson(out, FormatUuid(value));
    } else if constexpr (std::is_same_v<T, double>) {
      if (std::isfinite(value)) {
        fmt::format_to(std::back_inserter(out), "{}", value);
      } else {
        AppendJson(out, "not finite");
      }
    } else {
      fmt::format_to(std::back_inserter(out), "{}", value);
    }
  };
  std::visit(append, field.value());
}

void Format(fmt::memory_buffer& out, Level level, std::string_view service, std::string_view event,
            Fields fields, std::chrono::system_clock::time_point now) {
  const auto time = std::chrono::time_point_cast<std::chrono::microseconds>(now);
  fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","service":)", FormatTime(time),
                 LevelName(level));
  AppendJson(out, service);
  fmt::format_to(std::back_inserter(out), R"(,"event":)");
  AppendJson(out, event.substr(0, kMaxTextBytes));
  for (const Field& field : fields) {
    out.push_back(',');
    AppendJson(out, field.key().name);
    out.push_back(':');
    AppendValue(out, field);
  }
  out.push_back('}');
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace log_internal

void Start(std::string_view service, Level level) {
  auto& state = log_internal::Get();
  std::lock_guard lock(state.mutex);
  state.service = service;
  state.level.store(level, std::memory_order_relaxed);
  if (state.logger) return;
  state.pool = std::make_shared<spdlog::details::thread_pool>(log_internal::kQueueLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  // Our line is complete; spdlog adds the line break.
  sink->set_pattern("%v");
  // Logging must never slow a call down: when the disk cannot follow, the oldest lines go and are counted.
  state.logger = std::make_shared<spdlog::async_logger>("aplus", sink, state.pool,
                                                        spdlog::async_overflow_policy::overrun_oldest);
  state.logger->set_level(spdlog::level::trace);
  state.active.store(state.logger.get(), std::memory_order_release);
}

void Stop() {
  auto& state = log_internal::Get();
  std::lock_guard lock(state.mutex);
  if (!state.logger) return;
  state.active.store(nullptr, std::memory_order_release);
  state.logger->flush();
  // The pool's destructor waits for its queue. The logger stays: another thread may just be using it.
  static auto& kept = *new std::vector<std::shared_ptr<spdlog::async_logger>>;
  kept.push_back(std::move(state.logger));
  state.pool.reset();
}

Level LevelFromText(std::string_view text) {
  if (text == "debug") return Level::kDebug;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  return Level::kInfo;
}

bool Enabled(Level level) { return level >= log_internal::Get().level.load(std::memory_order_relaxed); }

void Write(Level level, std::string_view event, Fields fields) {
  auto& state = log_internal::Get();
  fmt::memory_buffer line;
  log_internal::Format(line, level, state.service, event, fields, std::chrono::system_clock::now());
  if (auto* sink = state.capture.load(std::memory_order_acquire)) {
    sink({line.data(), line.size()});
    return;
  }
  if (auto* logger = state.active.load(std::memory_order_acquire)) {
    logger->log(log_internal::ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
    return;
  }
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::uint64_t Dropped() {
  auto& state = log_internal::Get();
  std::lock_guard lock(state.mutex);
  return state.pool ? state.pool->overrun_counter() : 0;
}

std::string FormatLine(Level level, std::string_view service, std::string_view event, Fields fields,
                       std::chrono::system_clock::time_point now) {
  fmt::memory_buffer line;
  log_internal::Format(line, level, service, event, fields, now);
  return fmt::to_string(line);
}

void CaptureForTest(void (*sink)(std::string_view line)) {
  log_internal::Get().capture.store(sink, std::memory_order_release);
}

}  // namespace aplus::log
