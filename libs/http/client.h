// A client for the few questions that we ask of other people's HTTP servers: one request, one answer, one
// connection. TLS 1.2 or later with the certificate checked against the host's name; no redirects (where they
// lead was not agreed on), no cookies, no compression, answers up to a limit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/result.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task.h"

namespace aplus {

struct HttpClientOptions {
  std::string ca_file = {};  // PEM; empty: what the system trusts
  std::size_t max_body = 256 * 1024;
  Duration at_most = std::chrono::seconds(10);  // for the whole of one question
};

struct HttpQuestion {
  std::string url;
  // A body makes it a POST of a form.
  std::string form = {};
  std::vector<std::pair<std::string, std::string>> fields = {};
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;  // without parameters, lower case
  std::string body;
};

// Io thread only.
class HttpClient {
 public:
  // kInvalidArgument when the CA file cannot be read. `pool` looks names up and outlives the client.
  static Result<std::unique_ptr<HttpClient>> Make(HttpClientOptions options, BlockingPool& pool);
  ~HttpClient();

  // Any status is an answer. kUnavailable when there is none: no address, nobody there, a certificate of
  // somebody else, too slow, too long, not HTTP; the diagnostic says which, without anything of the request.
  // kInvalidArgument for an address that may not be called (url.h).
  Task<Result<HttpAnswer>> Ask(HttpQuestion question, SteadyTime deadline);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aplus
