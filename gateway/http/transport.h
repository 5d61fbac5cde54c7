// Bytes of one connection, plain or TLS, each operation under a deadline. Io thread only.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <span>

#include "libs/runtime/deadline_queue.h"
#include "libs/runtime/task.h"

namespace aplus::gateway {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

enum class Io : std::uint8_t {
  kDone,
  kEnd,      // the other side has finished sending
  kTimeout,  // the deadline passed
  kBroken,   // reset, or closed by us
};

struct ReadOutcome {
  Io io = Io::kBroken;
  std::size_t bytes = 0;
};

class Transport : private DeadlineEntry {
 public:
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // One operation of each kind at a time. `deadline` holds for this operation only.
  virtual Task<Io> Handshake(SteadyTime deadline) = 0;
  virtual Task<ReadOutcome> ReadSome(boost::asio::mutable_buffer buffer, SteadyTime deadline) = 0;
  // All of the pieces, or an error.
  virtual Task<Io> Write(std::span<const boost::asio::const_buffer> pieces, SteadyTime deadline) = 0;
  // Tells the other side that nothing more comes.
  virtual Task<> CloseWriting(SteadyTime deadline) = 0;

  // Ends when the other side has sent something or closed.
  Task<> WaitReadable();
  // Whether bytes lie unread in the kernel.
  bool HasUnread();
  // Running operations end with kBroken.
  void Close();
  // Close with a reset, so that the other side cannot take what it got for the whole.
  void Reset();

 protected:
  explicit Transport(DeadlineQueue& deadlines) : deadlines_(deadlines) {}

  virtual Socket& socket() = 0;
  void Begin(SteadyTime deadline);
  Io End(const boost::system::error_code& error);

 private:
  void OnDeadline() override;

  DeadlineQueue& deadlines_;
  bool timed_out_ = false;
};

std::unique_ptr<Transport> MakePlainTransport(Socket socket, DeadlineQueue& deadlines);
std::unique_ptr<Transport> MakeTlsTransport(Socket socket, DeadlineQueue& deadlines,
                                            std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace aplus::gateway
