// The scanner's client against a scripted daemon (T-FIL-03): what is no clear "OK" is no verdict.
#include "services/files/scan/clamd.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <optional>

#include "libs/runtime/config.h"
#include "libs/runtime/task_scope.h"
#include "tests/support/run_task.h"

namespace aplus::files::clamd_test {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

struct Script {
  std::string answer;
  bool answers = true;                   // false: takes everything and says nothing
  std::size_t hang_up_after = SIZE_MAX;  // closes once it has so many bytes
  std::size_t answer_after = SIZE_MAX;   // answers and closes in the middle, as over StreamMaxLength
  std::size_t slice = 64;                // bytes of the answer at a time
};

// One connection, as clamd(8) says; keeps what it was sent.
class ScriptedClamd {
 public:
  ScriptedClamd(Executor executor, Script script)
      : script_(std::move(script)), acceptor_(executor, {boost::asio::ip::address_v4::loopback(), 0}) {}

  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  void Close() { acceptor_.close(); }

  Task<> Serve() {
    Socket socket(acceptor_.get_executor());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, boost::asio::redirect_error(kUseTask, error));
    if (error) co_return;
    char command[10];
    co_await boost::asio::async_read(socket, boost::asio::buffer(command),
                                     boost::asio::redirect_error(kUseTask, error));
    EXPECT_EQ(std::string_view(command, 10), std::string_view("zINSTREAM\0", 10));
    while (!error) {
      std::uint8_t head[4];
      co_await boost::asio::async_read(socket, boost::asio::buffer(head),
                                       boost::asio::redirect_error(kUseTask, error));
      const std::size_t length = std::size_t{head[0]} << 24 | head[1] << 16 | head[2] << 8 | head[3];
      if (error || length == 0) break;
      std::string chunk(length, '\0');
      co_await boost::asio::async_read(socket, boost::asio::buffer(chunk),
                                       boost::asio::redirect_error(kUseTask, error));
      received += chunk;
      if (received.size() >= script_.hang_up_after) co_return;
      if (received.size() >= script_.answer_after) break;
    }
    std::string_view answer = script_.answer;
    while (script_.answers && !answer.empty() && !error) {
      const auto part = answer.substr(0, script_.slice);
      co_await boost::asio::async_write(socket, boost::asio::buffer(part.data(), part.size()),
                                        boost::asio::redirect_error(kUseTask, error));
      answer.remove_prefix(part.size());
    }
    // Silent until the client goes.
    char rest[1];
    if (!script_.answers)
      co_await socket.async_read_some(boost::asio::buffer(rest),
                                      boost::asio::redirect_error(kUseTask, error));
  }

  std::string received;

 private:
  Script script_;
  Acceptor acceptor_;
};

Task<Result<Verdict>> Scan(Clamd& clamd, const std::string& contents, Duration limit) {
  CO_TRY(Clamd::Scan scan, co_await clamd.Begin(limit));
  std::string_view rest = contents;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, 1'000);
    CO_TRY_VOID(co_await scan.Send(AsBytes(piece)));
    rest.remove_prefix(piece.size());
  }
  co_return co_await scan.Finish();
}

Task<> Play(Executor executor, Script script, std::string contents, std::optional<Verdict>& verdict,
            std::string& received) {
  ScriptedClamd daemon(executor, std::move(script));
  TaskScope scope(executor);
  scope.Spawn("scripted clamd", daemon.Serve());
  Clamd clamd(daemon.address(), executor);
  const auto scanned = co_await Scan(clamd, contents, std::chrono::milliseconds(500));
  if (scanned) {
    verdict = *scanned;
  } else {
    EXPECT_EQ(scanned.error().reason, Reason::kUnavailable) << scanned.error().diagnostic;
  }
  daemon.Close();
  co_await scope.Stop();
  received = daemon.received;
}

struct Row {
  std::string what;
  Script script;
  std::optional<Verdict> expected;
  bool whole = true;  // the daemon got every byte
};

TEST(Clamd, T_FIL_03_only_a_clear_ok_is_clean) {
  const std::string zero(1, '\0');
  const Row rows[] = {
      {"clean", {.answer = "stream: OK" + zero}, Verdict::kClean},
      {"clean, byte by byte", {.answer = "stream: OK" + zero, .slice = 1}, Verdict::kClean},
      {"infected", {.answer = "stream: Eicar-Signature FOUND" + zero}, Verdict::kInfected},
      {"over its limits, told as found",
       {.answer = "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND" + zero},
       Verdict::kInfected},
      {"stream limit", {.answer = "INSTREAM size limit exceeded. ERROR" + zero}, std::nullopt},
      {"stream limit in the middle",
       {.answer = "INSTREAM size limit exceeded. ERROR" + zero, .answer_after = 10'000},
       std::nullopt,
       false},
      {"an error", {.answer = "stream: Can't allocate memory ERROR" + zero}, std::nullopt},
      {"unknown command", {.answer = "UNKNOWN COMMAND" + zero}, std::nullopt},
      {"OK without its end", {.answer = "stream: OK"}, std::nullopt},
      {"OK and more", {.answer = "stream: OK really" + zero}, std::nullopt},
      {"OK of something else", {.answer = "OK" + zero}, std::nullopt},
      {"nothing but its end", {.answer = zero}, std::nullopt},
      {"no end at all", {.answer = std::string(5'000, 'x')}, std::nullopt},
      {"silent", {.answer = "", .answers = false}, std::nullopt},
      {"hangs up at the end", {.answer = "", .hang_up_after = 50'000}, std::nullopt},
      {"hangs up at once", {.answer = "", .hang_up_after = 1}, std::nullopt, false},
  };
  const std::string contents(50'000, 'c');
  for (const Row& row : rows) {
    boost::asio::io_context io;
    std::optional<Verdict> verdict;
    std::string received;
    RunTask(io, Play(io.get_executor(), row.script, contents, verdict, received));
    EXPECT_EQ(verdict, row.expected) << row.what;
    if (row.whole) {
      EXPECT_EQ(received, contents) << row.what;
    }
  }
}

Task<> PlayAbsent(Executor executor) {
  std::string address;
  {
    ScriptedClamd gone(executor, {});
    address = gone.address();
  }
  Clamd clamd(address, executor);
  const auto begun = co_await clamd.Begin(std::chrono::seconds(5));
  EXPECT_FALSE(begun);
  EXPECT_EQ(begun.error().reason, Reason::kUnavailable);
  Clamd no_socket("unix:/nonexistent/clamd.ctl", executor);
  EXPECT_FALSE(co_await no_socket.Begin(std::chrono::seconds(5)));
}

TEST(Clamd, T_FIL_03_a_scanner_that_is_not_there_gives_no_verdict) {
  boost::asio::io_context io;
  RunTask(io, PlayAbsent(io.get_executor()));
}

TEST(Clamd, P62_its_address_is_in_the_same_pod) {
  boost::asio::io_context io;
  EXPECT_NO_THROW(Clamd("unix:/run/clamav/clamd.ctl", io.get_executor()));
  EXPECT_NO_THROW(Clamd("127.0.0.1:3310", io.get_executor()));
  EXPECT_THROW(Clamd("clamd.example:3310", io.get_executor()), ConfigError);
  EXPECT_THROW(Clamd("clamd", io.get_executor()), ConfigError);
}

}  // namespace aplus::files::clamd_test
