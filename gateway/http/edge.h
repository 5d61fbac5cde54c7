// What every connection of the edge shares: names, limits, writers, figures.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gateway/http/response.h"
#include "gateway/http/site.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/runtime/deadline_queue.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"

namespace aplus::gateway {

// SECURITY 2.10. Tests make them shorter.
struct EdgeLimits {
  Duration handshake = std::chrono::seconds(5);
  Duration head = std::chrono::seconds(5);         // from a request's first byte to its empty line
  Duration idle = std::chrono::seconds(15);        // between requests
  Duration json_total = std::chrono::seconds(15);  // from the first byte to the whole JSON body
  Duration transfer_window = std::chrono::seconds(30);
  std::size_t transfer_bytes = 120 * 1024;        // must move within each window: 4 KiB a second
  Duration heartbeat = std::chrono::seconds(15);  // of live streams
  Duration linger = std::chrono::seconds(2);      // for the other side to read an answer it did not expect
  int requests_per_connection = 100;
  std::size_t connections = 4096;
  std::size_t connections_per_address = 2000;
  int accepts_per_second = 200;
};

struct EdgeFigures {
  explicit EdgeFigures(Metrics& metrics);

  Counter& connections;    // accepted
  Gauge& open;             // connections now, live streams included
  Gauge& streams;          // live streams now
  Counter& refused_heads;  // by the strict check
  Counter& disagreements;  // heads that passed our check and not the second parser
  Counter& broken_heads;   // answers whose head would have been unsafe
  Counter& timeouts;
  Counter& over_limit;  // connections closed because there were too many
  Histogram& seconds;
  Counter& bytes_in;
  Counter& bytes_out;
  Counter& status_2xx;
  Counter& status_3xx;
  Counter& status_4xx;
  Counter& status_5xx;
  Counter& status_gone;  // the client left before its request was whole
};

struct Edge {
  Edge(Executor executor, Site site_in, EdgeLimits limits_in, std::vector<std::string> proxies_in,
       const std::vector<std::string>& style_hashes, Metrics& metrics, const Clock& clock_in,
       Random& random_in);

  Executor executor;
  Site site;
  EdgeLimits limits;
  // Addresses whose X-Forwarded-For we believe, last hop only.
  std::vector<std::string> proxies;
  HeadWriter heads;
  EdgeFigures figures;
  DeadlineQueue deadlines;
  // Set when the process stops: connections close after their answer, live streams end.
  Event draining;
  const Clock& clock;
  Random& random;
};

}  // namespace aplus::gateway
