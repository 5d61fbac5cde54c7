#include "gateway/proxy/limits.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cmath>
#include <utility>

namespace aplus::gateway {
namespace limits_detail {

using std::chrono::hours;
using std::chrono::minutes;

constexpr double kWideFactor = 10;
// People who are not logged in share an address with their whole administration.
constexpr double kAnonymousFactor = 20;
constexpr std::int32_t kBusySeconds = 1;

// "read:" and so on keep the buckets of one subject apart.
struct UserRow {
  api::v1::Limit limit;
  std::string_view name;
  RateLimit rate;
};

const UserRow kUserRows[] = {
    {api::v1::LIMIT_READ, "read", {120, minutes(1), 60}},
    {api::v1::LIMIT_WRITE, "write", {30, minutes(1), 30}},
    {api::v1::LIMIT_SEARCH, "search", {30, minutes(1), 30}},
    {api::v1::LIMIT_EXPORT, "export", {5, hours(1), 5}},
    {api::v1::LIMIT_UPLOAD, "upload", {300, hours(1), 100}},
};

}  // namespace limits_detail

std::string NetworkOf(std::string_view address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error || parsed.is_v4()) return std::string(address);
  return boost::asio::ip::make_network_v6(parsed.to_v6(), 48).canonical().to_string();
}

Limits::Limits(RateLimiter& limiter, const Config& config)
    : limiter_(limiter),
      scale_(static_cast<double>(config.Setting("rate_percent", 100)) / 100),
      link_per_hour_(static_cast<double>(config.Setting("link_requests_per_hour", 3000))),
      link_per_minute_(static_cast<double>(config.Setting("link_requests_per_minute", 120))) {
  if (scale_ <= 0 || link_per_hour_ <= 0 || link_per_minute_ <= 0) {
    throw ConfigError("settings: rate_percent and link_requests_per_… are above zero");
  }
  const auto gateway = config.root().FindSection("gateway");
  if (!gateway) return;
  for (const std::string& text : gateway->TextListOr("wide_networks", {})) {
    boost::system::error_code v4;
    boost::system::error_code v6;
    const auto as_v4 = boost::asio::ip::make_network_v4(text, v4);
    const auto as_v6 = boost::asio::ip::make_network_v6(text, v6);
    if (!v4) wide_v4_.push_back(as_v4.canonical());
    if (!v6) wide_v6_.push_back(as_v6.canonical());
    if (v4 && v6) throw ConfigError(fmt::format("gateway.wide_networks: {} is no network", text));
  }
}

double Limits::FactorFor(std::string_view address) const {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error) return 1;
  if (parsed.is_v4()) {
    for (const auto& network : wide_v4_) {
      if (boost::asio::ip::network_v4(parsed.to_v4(), network.prefix_length()).canonical() == network) {
        return limits_detail::kWideFactor;
      }
    }
    return 1;
  }
  for (const auto& network : wide_v6_) {
    if (boost::asio::ip::network_v6(parsed.to_v6(), network.prefix_length()).canonical() == network) {
      return limits_detail::kWideFactor;
    }
  }
  return 1;
}

Task<Result<void>> Limits::TakeOne(Row row, std::string subject, double factor) {
  RateLimit limit = row.limit;
  limit.tokens *= factor * scale_;
  limit.burst *= factor * scale_;
  const std::string key = fmt::format("{}:{}", row.name, subject);
  const RateVerdict verdict = co_await limiter_.Take(key, limit);
  if (verdict.allowed) co_return Result<void>();
  Error error;
  error.reason = Reason::kRateLimited;
  const double seconds = std::chrono::duration<double>(verdict.retry_after).count();
  error.retry_after_seconds = std::max(1, static_cast<std::int32_t>(std::ceil(seconds)));
  co_return Fail(std::move(error));
}

Task<Result<void>> Limits::Take(api::v1::Limit limit, std::string user_id, std::string address) {
  using namespace limits_detail;
  if (limit == api::v1::LIMIT_LINK) {
    const double factor = FactorFor(address);
    const std::string network = NetworkOf(address);
    CO_TRY_VOID(
        co_await TakeOne({"link-minute", {link_per_minute_, minutes(1), link_per_minute_}}, network, factor));
    co_return co_await TakeOne({"link-hour", {link_per_hour_, hours(1), link_per_hour_}}, network, factor);
  }
  if (limit == api::v1::LIMIT_CONSUME) {
    const double factor = FactorFor(address);
    co_return co_await TakeOne({"consume", {20, minutes(1), 20}}, std::move(address), factor);
  }
  for (const UserRow& row : kUserRows) {
    if (row.limit != limit) continue;
    if (!user_id.empty()) co_return co_await TakeOne({row.name, row.rate}, std::move(user_id), 1);
    const double factor = kAnonymousFactor * FactorFor(address);
    co_return co_await TakeOne({row.name, row.rate}, std::move(address), factor);
  }
  co_return Fail(Reason::kInternal, "a route without a limit");
}

InFlight::Place::Place(Place&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), user_(std::move(other.user_)), stream_(other.stream_) {}

InFlight::Place& InFlight::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    Leave();
    owner_ = std::exchange(other.owner_, nullptr);
    user_ = std::move(other.user_);
    stream_ = other.stream_;
  }
  return *this;
}

void InFlight::Place::Leave() {
  InFlight* owner = std::exchange(owner_, nullptr);
  if (owner == nullptr) return;
  if (!stream_) --owner->total_;
  if (user_.empty()) return;
  auto& counts = stream_ ? owner->streams_ : owner->calls_;
  if (const auto found = counts.find(user_); --found->second == 0) counts.erase(found);
}

Result<InFlight::Place> InFlight::Enter(const std::string& user_id, bool stream) {
  auto& counts = stream ? streams_ : calls_;
  const std::size_t most = stream ? bounds_.streams_per_user : bounds_.per_user;
  const auto found = user_id.empty() ? counts.end() : counts.find(user_id);
  if ((!stream && total_ >= bounds_.total) || (found != counts.end() && found->second >= most)) {
    Error error;
    error.reason = Reason::kUnavailable;
    error.diagnostic = "too many calls in progress";
    error.retry_after_seconds = limits_detail::kBusySeconds;
    return Fail(std::move(error));
  }
  Place place;
  place.owner_ = this;
  place.user_ = user_id;
  place.stream_ = stream;
  if (!stream) ++total_;
  if (!user_id.empty()) ++counts[user_id];
  return place;
}

}  // namespace aplus::gateway
