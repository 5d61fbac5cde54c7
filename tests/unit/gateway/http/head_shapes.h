// Heads of every shape we could think of, with the verdict that each must get (SECURITY 2.10, RFC 9112).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aplus::gateway::test {

struct Shape {
  std::string name;
  std::string bytes;
  int status;  // 0: accepted
};

// What the server of these shapes is called.
std::vector<std::string> ShapeHosts();

std::string Get(std::string_view target, std::string_view fields = "");

std::vector<Shape> NamedShapes();
// Every byte in every place.
std::vector<Shape> ByteShapes();

}  // namespace aplus::gateway::test
