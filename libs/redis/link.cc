#include "libs/redis/link.h"

#include <hiredis/hiredis.h>
#include <netdb.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "libs/telemetry/log.h"

namespace aplus::redis {

namespace asio = boost::asio;

namespace link {

constexpr int kTimeoutsInARow = 3;
// A reader that has grown beyond this is not trusted to end.
constexpr std::size_t kMaxBacklog = 16 << 20;

Error Unavailable(std::string why) {
  Error error;
  error.reason = Reason::kUnavailable;
  error.diagnostic = "redis: " + std::move(why);
  return error;
}

std::string Format(const std::vector<std::string>& arguments) {
  std::string out = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments) {
    out.append("$").append(std::to_string(argument.size())).append("\r\n").append(argument).append("\r\n");
  }
  return out;
}

RedisReply Convert(const redisReply& from) {
  RedisReply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = RedisReply::Kind::kInteger;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:  // inside a list
      reply.kind = RedisReply::Kind::kText;
      reply.text.assign(from.str, static_cast<std::size_t>(from.len));
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = RedisReply::Kind::kList;
      for (std::size_t i = 0; i < from.elements; ++i) reply.list.push_back(Convert(*from.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

// The first address of a name; empty: none.
Task<std::string> LookUp(BlockingPool& pool, std::string host) {
  co_return co_await pool.Run([host] {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::array<char, NI_MAXHOST> text{};
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::string();
    getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return std::string(text.data());
  });
}

}  // namespace link

void Link::FreeReader::operator()(redisReader* reader) const { redisReaderFree(reader); }

Link::Link(const RedisOptions& options, RedisFigures& figures, Executor executor, BlockingPool& pool,
           LinkHooks hooks)
    : options_(options),
      figures_(figures),
      executor_(executor),
      pool_(pool),
      hooks_(std::move(hooks)),
      socket_(executor),
      timer_(executor),
      incoming_(16 * 1024) {}

Link::~Link() = default;

void Link::Connect() {
  if (state_ == State::kStopped) return;
  state_ = State::kConnecting;
  ++generation_;
  boost::system::error_code ec;
  (void)asio::ip::make_address(options_.host, ec);
  if (!ec) return ConnectTo(options_.host);
  // Looking up may take longer than connecting may: the time starts afterwards.
  asio::co_spawn(
      executor_, link::LookUp(pool_, options_.host),
      [self = shared_from_this(), generation = generation_](std::exception_ptr, std::string address) {
        if (self->generation_ != generation) return;
        address.empty() ? self->Fail("name does not resolve") : self->ConnectTo(address);
      });
}

void Link::ConnectTo(const std::string& address) {
  timer_.expires_after(options_.connect_timeout);
  timer_.async_wait([self = shared_from_this(), generation = generation_](boost::system::error_code ec) {
    if (!ec && self->generation_ == generation && self->state_ == State::kConnecting)
      self->Fail("connecting timed out");
  });
  socket_.async_connect({asio::ip::make_address(address), options_.port},
                        [self = shared_from_this(), generation = generation_](boost::system::error_code ec) {
                          if (self->generation_ == generation) self->OnConnected(ec);
                        });
}

void Link::OnConnected(boost::system::error_code ec) {
  if (state_ != State::kConnecting) return;
  if (ec) return Fail(ec.message());
  socket_.set_option(asio::ip::tcp::no_delay(true), ec);
  reader_.reset(redisReaderCreate());
  LogIn();
  Read();
}

void Link::LogIn() {
  std::vector<std::string> hello{"CLIENT", "SETNAME", "aplus"};
  if (!options_.password.empty()) {
    std::vector<std::string> auth{"AUTH"};
    if (!options_.user.empty()) auth.push_back(options_.user);
    auth.push_back(options_.password.Reveal());
    outgoing_ += link::Format(auth);
    ++login_replies_;
    Wipe(auth.back());
  }
  outgoing_ += link::Format(hello);
  ++login_replies_;
  Write();
}

void Link::Send(const std::vector<std::string>& arguments, std::shared_ptr<Call> call) {
  if (!up()) {
    ++figures_.refused;
    if (call) call->Complete(aplus::Fail(link::Unavailable("not connected")));
    return;
  }
  ++figures_.commands;
  outgoing_ += link::Format(arguments);
  if (!hooks_.on_push) waiting_.push_back(std::move(call));
  if (outgoing_.size() > link::kMaxBacklog) return Fail("does not take what is sent");
  Write();
}

void Link::Write() {
  if (!writing_.empty() || outgoing_.empty()) return;
  writing_ = std::exchange(outgoing_, {});
  asio::async_write(
      socket_, asio::buffer(writing_),
      [self = shared_from_this(), generation = generation_](boost::system::error_code ec, std::size_t) {
        if (self->generation_ != generation) return;
        self->writing_.clear();
        ec ? self->Fail(ec.message()) : self->Write();
      });
}

void Link::Read() {
  socket_.async_read_some(asio::buffer(incoming_), [self = shared_from_this(), generation = generation_](
                                                       boost::system::error_code ec, std::size_t size) {
    if (self->generation_ != generation) return;
    if (ec) return self->Fail(ec.message());
    self->last_heard_ = SteadyClock::now();
    redisReaderFeed(self->reader_.get(), self->incoming_.data(), size);
    self->Parse();
    if (self->generation_ == generation && self->state_ != State::kStopped) self->Read();
  });
}

void Link::Parse() {
  const std::uint64_t generation = generation_;
  while (generation_ == generation) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) return Fail("speaks no RESP");
    if (raw == nullptr) {
      if (reader_->len > link::kMaxBacklog) Fail("sends without end");
      return;
    }
    auto* reply = static_cast<redisReply*>(raw);
    if (reply->type == REDIS_REPLY_ERROR) {
      // Redis' texts name commands and key types, never our values.
      std::string text(reply->str, static_cast<std::size_t>(reply->len));
      freeReplyObject(reply);
      Take(aplus::Fail(Reason::kInternal, "redis: " + text.substr(0, 200)));
    } else {
      RedisReply converted = link::Convert(*reply);
      freeReplyObject(reply);
      Take(std::move(converted));
    }
  }
}

void Link::Take(Result<RedisReply> reply) {
  timeouts_in_a_row_ = 0;
  if (login_replies_ > 0) {
    if (!reply) return Fail(reply.error().diagnostic);
    if (--login_replies_ > 0) return;
    state_ = State::kUp;
    timer_.cancel();
    ++figures_.connects;
    if (hooks_.on_up) hooks_.on_up();
    return;
  }
  if (hooks_.on_push) {
    if (reply) hooks_.on_push(*std::move(reply));
    return;
  }
  if (waiting_.empty()) return Fail("answers what was not asked");
  const std::shared_ptr<Call> call = std::move(waiting_.front());
  waiting_.pop_front();
  if (call) call->Complete(std::move(reply));
}

void Link::OnTimeout() {
  ++figures_.timeouts;
  if (up() && ++timeouts_in_a_row_ >= link::kTimeoutsInARow) Fail("does not answer in time");
}

void Link::Fail(const std::string& why) {
  if (state_ == State::kStopped || state_ == State::kDown) return;
  state_ = State::kDown;
  ++generation_;
  ++figures_.failures;
  log::Warn("redis connection failed", {{log::kDetail, why}});
  boost::system::error_code ignored;
  socket_.close(ignored);
  outgoing_.clear();
  writing_.clear();
  login_replies_ = 0;
  timeouts_in_a_row_ = 0;
  for (const auto& call : std::exchange(waiting_, {})) {
    if (call) call->Complete(aplus::Fail(link::Unavailable(why)));
  }
  timer_.expires_after(options_.breaker);
  timer_.async_wait([self = shared_from_this(), generation = generation_](boost::system::error_code ec) {
    if (!ec && self->generation_ == generation) self->Connect();
  });
}

void Link::Stop() {
  state_ = State::kStopped;
  ++generation_;
  hooks_ = {};
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  for (const auto& call : std::exchange(waiting_, {})) {
    if (call) call->Complete(aplus::Fail(link::Unavailable("stopped")));
  }
}

}  // namespace aplus::redis
