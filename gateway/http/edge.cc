#include "gateway/http/edge.h"

namespace aplus::gateway {
namespace edge_detail {

Counter& StatusCounter(Metrics& metrics, std::string status) {
  return metrics.GetCounter("aplus_http_responses_total", "Answers by class of status",
                            {{"status", std::move(status)}});
}

}  // namespace edge_detail

EdgeFigures::EdgeFigures(Metrics& metrics)
    : connections(metrics.GetCounter("aplus_http_connections_total", "Connections accepted")),
      open(metrics.GetGauge("aplus_http_connections", "Connections open")),
      streams(metrics.GetGauge("aplus_http_live_streams", "Live streams open")),
      refused_heads(
          metrics.GetCounter("aplus_http_refused_heads_total", "Heads refused by the strict check")),
      disagreements(metrics.GetCounter("aplus_http_parser_disagreements_total",
                                       "Heads that the strict check took and the second parser did not")),
      broken_heads(metrics.GetCounter("aplus_http_unsafe_answers_total",
                                      "Answers whose head held a line break and was not sent")),
      timeouts(
          metrics.GetCounter("aplus_http_timeouts_total", "Connections closed because the client was slow")),
      over_limit(metrics.GetCounter("aplus_http_connections_refused_total", "Connections beyond the limits")),
      seconds(metrics.GetHistogram("aplus_http_request_seconds",
                                   "Time from a request's first byte to its answer", LatencyBuckets())),
      bytes_in(metrics.GetCounter("aplus_http_received_bytes_total", "Bytes of bodies received")),
      bytes_out(metrics.GetCounter("aplus_http_sent_bytes_total", "Bytes of bodies sent")),
      status_2xx(edge_detail::StatusCounter(metrics, "2xx")),
      status_3xx(edge_detail::StatusCounter(metrics, "3xx")),
      status_4xx(edge_detail::StatusCounter(metrics, "4xx")),
      status_5xx(edge_detail::StatusCounter(metrics, "5xx")),
      status_gone(edge_detail::StatusCounter(metrics, "499")) {}

Edge::Edge(Executor executor_in, Site site_in, EdgeLimits limits_in, std::vector<std::string> proxies_in,
           const std::vector<std::string>& style_hashes, Metrics& metrics, const Clock& clock_in,
           Random& random_in)
    : executor(executor_in),
      site(std::move(site_in)),
      limits(limits_in),
      proxies(std::move(proxies_in)),
      heads(site, style_hashes),
      figures(metrics),
      deadlines(executor),
      draining(executor),
      clock(clock_in),
      random(random_in) {}

}  // namespace aplus::gateway
