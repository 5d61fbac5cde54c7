// One TCP connection that speaks RESP, kept up: connects, logs in, and after a failure rests for the
// breaker's time before it tries again. Internal to libs/redis; io thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/redis/redis.h"

struct redisReader;

namespace aplus::redis {

// A command's answer, and who waits for it.
struct Call {
  explicit Call(Executor executor) : timer(executor) {}
  void Complete(Result<RedisReply> with) {
    if (answer) return;
    answer.emplace(std::move(with));
    timer.cancel();
  }
  std::optional<Result<RedisReply>> answer;
  Timer timer;
};

struct LinkHooks {
  std::function<void()> on_up;
  // What nobody asked for: messages of subscriptions. Set: every reply after login is such.
  std::function<void(RedisReply)> on_push;
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(const RedisOptions& options, RedisFigures& figures, Executor executor, BlockingPool& pool,
       LinkHooks hooks);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Once, after make_shared.
  void Start() { Connect(); }
  // For good; whatever waits is answered kUnavailable.
  void Stop();

  bool up() const { return state_ == State::kUp; }
  // Completes at once with kUnavailable when the link is not up. `call` may be null: no answer wanted.
  void Send(const std::vector<std::string>& arguments, std::shared_ptr<Call> call);
  // A command had no answer in time. Three in a row: Redis is as good as gone.
  void OnTimeout();
  SteadyTime last_heard() const { return last_heard_; }
  // Ends this connection; the next attempt comes after the breaker's time.
  void Fail(const std::string& why);

 private:
  enum class State : std::uint8_t { kDown, kConnecting, kUp, kStopped };
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

  void Connect();
  void ConnectTo(const std::string& address);
  void OnConnected(boost::system::error_code ec);
  void LogIn();
  void Write();
  void Read();
  void Parse();
  void Take(Result<RedisReply> reply);

  const RedisOptions& options_;
  RedisFigures& figures_;
  Executor executor_;
  BlockingPool& pool_;
  LinkHooks hooks_;
  State state_ = State::kDown;
  Socket socket_;
  Timer timer_;
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::deque<std::shared_ptr<Call>> waiting_;
  std::string outgoing_, writing_;
  std::vector<char> incoming_;
  int login_replies_ = 0;
  int timeouts_in_a_row_ = 0;
  // Handlers of an earlier socket know that they are late.
  std::uint64_t generation_ = 0;
  SteadyTime last_heard_{};
};

}  // namespace aplus::redis
