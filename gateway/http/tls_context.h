// TLS of the public port: 1.3, and 1.2 with forward secrecy and authenticated ciphers only. Renewed
// certificates are taken from their files without a restart.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "libs/base/result.h"
#include "libs/runtime/task.h"

namespace aplus::gateway {

class TlsContext {
 public:
  // PEM files: chain, leaf first, and key. kInvalidArgument with a diagnostic when they do not fit.
  static Result<TlsContext> Load(std::string chain_file, std::string key_file);

  // What new connections use; looks at the files at most every 30 seconds and keeps the old pair when the new
  // one is not usable.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  TlsContext(std::string chain_file, std::string key_file);

  std::string chain_file_;
  std::string key_file_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::filesystem::file_time_type loaded_;
  SteadyTime looked_;
};

}  // namespace aplus::gateway
