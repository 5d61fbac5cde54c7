// What the outside calls this service: taken from "public_url" once, and from nothing that a client sends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"

namespace aplus::gateway {

struct Site {
  std::string origin;  // "https://aplus.example" or "http://127.0.0.1:8080"
  bool https = false;
  std::vector<std::string> hosts;  // values of Host that mean us

  // `more_hosts`: further names, as a load balancer's probe may use. kInvalidArgument with a diagnostic
  // unless http(s)://host[:port] without anything behind.
  static Result<Site> Parse(std::string_view public_url, std::vector<std::string> more_hosts = {});
};

}  // namespace aplus::gateway
