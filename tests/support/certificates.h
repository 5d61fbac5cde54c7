// A private certificate authority for tests: the profile of SECURITY 2.3, and every way to get it wrong.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libs/runtime/config.h"

namespace aplus {

struct LeafOptions {
  std::vector<std::string> uris;
  bool is_authority = false;
  std::chrono::seconds valid_from = std::chrono::minutes(-5);  // from now
  std::chrono::seconds valid_until = std::chrono::hours(1);
};

// Files live in a folder of its own, removed with the object.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  // Writes ca.pem, a certificate and its key; the same name again replaces them.
  TlsConfig Issue(const std::string& name, const LeafOptions& options);
  // As a service of an environment has it.
  TlsConfig IssueFor(const std::string& service, const std::string& environment = "test");
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::filesystem::path folder_;
};

}  // namespace aplus
