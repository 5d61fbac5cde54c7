// Asks ClamAV's daemon for a verdict (P62) by its INSTREAM command (clamd(8)): chunks with a length in front,
// an empty one at the end, one line back. One connection per file. Only the line "stream: OK" means clean:
// silence, a limit, an unknown answer or a broken connection mean that there is no verdict yet.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/result.h"
#include "libs/runtime/task.h"

namespace aplus::files {

enum class Verdict { kClean, kInfected };

class Clamd {
 public:
  // "unix:/run/clamav/clamd.ctl", or "host:port" with a numeric host: the daemon is in the same pod, since
  // what it is sent is plain text. ConfigError otherwise.
  Clamd(const std::string& address, Executor executor);

  class Scan {
   public:
    Scan(Scan&&) noexcept;
    Scan& operator=(Scan&&) = delete;
    ~Scan();

    // `plain` good until it returns. Error kUnavailable: no verdict. The limit holds from Begin to the
    // verdict.
    Task<Result<void>> Send(BytesView plain);
    Task<Result<Verdict>> Finish();

   private:
    friend class Clamd;
    struct State;
    explicit Scan(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  Task<Result<Scan>> Begin(Duration limit);

 private:
  boost::asio::generic::stream_protocol::endpoint endpoint_;
  Executor executor_;
};

}  // namespace aplus::files
