// How much one user or network may ask for (SECURITY 2.2, 2.10), and how much runs at once.
#pragma once

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aplus/api/v1/options.pb.h"
#include "libs/base/result.h"
#include "libs/redis/rate_limit.h"
#include "libs/runtime/config.h"
#include "libs/runtime/task.h"

namespace aplus::gateway {

// The network that a link limit counts: /32 of IPv4, /48 of IPv6. Text that is no address stands for itself.
std::string NetworkOf(std::string_view address);

class Limits {
 public:
  // From "settings" (link_requests_per_hour, link_requests_per_minute, rate_percent: everything scaled) and
  // "gateway.wide_networks" (networks of administrations, which get ten times as much). ConfigError when one
  // of these is none.
  Limits(RateLimiter& limiter, const Config& config);

  // `user_id` is empty for callers who are not logged in: their address counts instead. kRateLimited with
  // retry_after_seconds.
  Task<Result<void>> Take(api::v1::Limit limit, std::string user_id, std::string address);

 private:
  struct Row {
    std::string_view name;
    RateLimit limit;
  };
  Task<Result<void>> TakeOne(Row row, std::string subject, double factor);
  double FactorFor(std::string_view address) const;

  RateLimiter& limiter_;
  double scale_;
  double link_per_hour_;
  double link_per_minute_;
  std::vector<boost::asio::ip::network_v4> wide_v4_;
  std::vector<boost::asio::ip::network_v6> wide_v6_;
};

// Calls in progress. One io thread.
class InFlight {
 public:
  struct Bounds {
    std::size_t total = 512;
    std::size_t per_user = 32;
    std::size_t streams_per_user = 20;
  };
  explicit InFlight(Bounds bounds) : bounds_(bounds) {}

  // A place; given back when destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place() { Leave(); }

   private:
    friend class InFlight;
    void Leave();
    InFlight* owner_ = nullptr;
    std::string user_;
    bool stream_ = false;
  };

  // kUnavailable with retry_after_seconds when full. Streams count for their user only.
  Result<Place> Enter(const std::string& user_id, bool stream);
  std::size_t total() const { return total_; }

 private:
  Bounds bounds_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> calls_;
  std::unordered_map<std::string, std::size_t> streams_;
};

}  // namespace aplus::gateway
