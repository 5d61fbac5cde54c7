#include "gateway/app.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdio>

#include "gateway/embedded.h"
#include "gateway/http/self_check.h"
#include "libs/redis/metrics.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace app_detail {

constexpr auto kFinish = std::chrono::seconds(20);

template <class T>
T OrRefuse(Result<T> result) {
  if (!result) throw ConfigError(result.error().diagnostic);
  return *std::move(result);
}

RuntimeOptions OptionsOf(const Config& config) {
  RuntimeOptions options;
  options.drain_delay = std::chrono::milliseconds(config.Setting("drain_delay_ms", 5000));
  options.on_stage = [](Stage stage) { log::Info("stage", {{log::kStage, ToString(stage)}}); };
  return options;
}

// Every service whose methods have a route: nothing here names one.
transcode::RouteTable CompileRoutes(const MethodTable& methods) {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const auto& method : methods) {
    const auto* service = method->descriptor->service();
    if (std::find(services.begin(), services.end(), service) == services.end()) services.push_back(service);
  }
  return OrRefuse(transcode::RouteTable::Compile(services));
}

Site SiteOf(const Config& config, const ConfigSection& section) {
  return OrRefuse(Site::Parse(config.public_url(), section.TextListOr("hosts", {})));
}

EdgeLimits LimitsOf(const Config& config) {
  EdgeLimits limits;
  limits.accepts_per_second =
      static_cast<int>(config.Setting("accepts_per_second", limits.accepts_per_second));
  limits.requests_per_connection =
      static_cast<int>(config.Setting("requests_per_connection", limits.requests_per_connection));
  if (limits.accepts_per_second < 1 || limits.requests_per_connection < 1) {
    throw ConfigError("settings: accepts_per_second and requests_per_connection are at least 1");
  }
  return limits;
}

InFlight::Bounds BoundsOf(const Config& config) {
  InFlight::Bounds bounds;
  bounds.total = static_cast<std::size_t>(config.Setting("calls_in_flight", 512));
  bounds.per_user = static_cast<std::size_t>(config.Setting("calls_in_flight_per_user", 32));
  return bounds;
}

}  // namespace app_detail

App::App(const Config& config)
    : config_(config),
      section_(config.Section("gateway")),
      runtime_(app_detail::OptionsOf(config)),
      queue_(runtime_.executor(), std::make_unique<grpc::CompletionQueue>()),
      methods_(app_detail::OrRefuse(MethodTable::CompileLinked())),
      channels_(queue_, config, methods_, metrics_, clock_, random_),
      routes_(app_detail::CompileRoutes(methods_)),
      redis_(RedisOptions::From(config.redis()), runtime_.executor(), runtime_.blocking()),
      shown_(metrics_),
      limiter_(&redis_, "gateway:"),
      edge_(runtime_.executor(), app_detail::SiteOf(config, section_), app_detail::LimitsOf(config),
            section_.TextListOr("proxies", {}), section_.TextListOr("style_hashes", {}), metrics_, clock_,
            random_),
      cookies_(edge_.site.https, std::chrono::seconds(config.Setting("session_cookie_seconds", 12 * 3600))),
      sessions_(channels_.Get("auth"), runtime_.executor()),
      limits_(limiter_, config),
      in_flight_(app_detail::BoundsOf(config)),
      dispatcher_(routes_, methods_, channels_, files_, cookies_, sessions_, limits_, in_flight_, metrics_),
      listener_(edge_, dispatcher_, nullptr),
      admin_(runtime_.executor(), metrics_,
             AdminHooks{.ready = [this] { return serving_ && !runtime_.stopping(); },
                        .live = [this] { return IsLive(); }}) {
  ExportFigures(shown_, redis_);
  LoadFiles();
  AddStopSteps();
}

App::~App() = default;

void App::LoadFiles() {
  const std::string web_root = section_.TextOr("web_root", "");
  if (!web_root.empty()) files_ = app_detail::OrRefuse(StaticFiles::Load(web_root));
  for (const EmbeddedFile& file : EmbeddedFiles())
    files_.Add(std::string(file.path), std::string(file.content));
  // TLS where the public address says https and nothing in front of us speaks it.
  if (!section_.BoolOr("https", false)) return;
  const TlsConfig& own = config_.tls();
  tls_ = std::make_unique<TlsContext>(app_detail::OrRefuse(
      TlsContext::Load(section_.TextOr("certificate", own.certificate), section_.TextOr("key", own.key))));
  listener_.UseTls(tls_.get());
}

// Of one stage the last added runs first.
void App::AddStopSteps() {
  runtime_.OnStop(Stage::kRefuseNew, "connections", [this] {
    return listener_.Drain(runtime_.hurried() ? Duration(0) : Duration(app_detail::kFinish));
  });
  runtime_.OnStop(Stage::kCloseStores, "admin", [this] { return admin_.Stop(); });
  runtime_.OnStop(Stage::kCloseStores, "channels", [this] { return channels_.Stop(); });
  runtime_.OnStop(Stage::kCloseStores, "redis", [this] { return CloseRedis(); });
  runtime_.OnStop(Stage::kDrainQueue, "queue", [this] { return queue_.Stop(); });
  runtime_.OnStop(Stage::kDrainQueue, "deadlines", [this] { return CloseDeadlines(); });
}

Task<> App::CloseRedis() {
  redis_.Close();
  co_return;
}

Task<> App::CloseDeadlines() {
  edge_.deadlines.Close();
  co_return;
}

int App::Run() {
  return runtime_.Run([this] { return Start(); });
}

Task<bool> App::Start() {
  const std::string listen = section_.Text("http_listen");
  for (const Result<void>& opened : {admin_.Listen(config_.admin_listen()), listener_.Listen(listen)}) {
    if (opened) continue;
    log::Error("start failed", {{log::kDetail, opened.error().diagnostic}});
    std::fputs(fmt::format("aplus-gateway: {}\n", opened.error().diagnostic).c_str(), stderr);
    co_return false;
  }
  serving_ = true;
  log::Info("serving", {{log::kAddress, listen}, {log::kCount, routes_.size()}});
  co_return true;
}

// A fresh connection to our own port must be answered.
Task<bool> App::IsLive() {
  if (!serving_ || runtime_.stopping()) co_return true;
  const HostPort listen = ParseHostPort(section_.Text("http_listen"));
  const std::string host = listen.host == "0.0.0.0" ? "127.0.0.1" : listen.host;
  co_return co_await AnswersFreshConnection(host, listener_.port(), edge_.site.hosts.front(),
                                            tls_ == nullptr);
}

}  // namespace aplus::gateway
