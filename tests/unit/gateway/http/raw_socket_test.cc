// Every shape again over real sockets, whole, byte by byte and cut at random: the refusal arrives, the
// connection ends, nobody sees a request, and the next client is served as if nothing had been.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/gateway/http/head_shapes.h"
#include "tests/unit/gateway/http/http_server.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::HttpServer;
using test::Shape;

std::vector<Shape> Refused() {
  std::vector<Shape> shapes = test::NamedShapes();
  for (Shape& shape : test::ByteShapes()) shapes.push_back(std::move(shape));
  std::erase_if(shapes, [](const Shape& shape) { return shape.status == 0; });
  return shapes;
}

// Sends the pieces each in a packet of its own.
void ExpectRefusal(HttpServer& server, const Shape& shape, const std::vector<std::size_t>& cuts) {
  Client client(server.port());
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    client.Send(std::string_view(shape.bytes).substr(from, cut - from));
    from = cut;
  }
  client.Send(std::string_view(shape.bytes).substr(from));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer) << shape.name << ", in " << cuts.size() + 1 << " pieces";
  EXPECT_EQ(answer->status, shape.status) << shape.name;
  EXPECT_EQ(answer->Field("Connection"), "close") << shape.name;
  EXPECT_EQ(client.ReadToEnd(), "") << shape.name << ": one answer, then the end";
}

TEST(RawSocket, T_EDGE_01_EveryRefusedShapeIsAnsweredOnceAndTheConnectionEnds) {
  HttpServer server({});
  const std::vector<Shape> shapes = Refused();
  EXPECT_GE(shapes.size(), 400u);
  for (const Shape& shape : shapes) ExpectRefusal(server, shape, {});
  EXPECT_EQ(server.handled(), 0);
  Client good(server.port());
  good.Send(test::Get("/count"));
  EXPECT_EQ(good.ReadAnswer()->status, 200);
}

TEST(RawSocket, T_EDGE_01_WhereverTheBytesAreCut) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  HttpServer server({});
  for (const Shape& shape : Refused()) {
    const std::size_t size = shape.bytes.size();
    if (size < 2) continue;
    std::vector<std::size_t> cuts;
    if (size <= 80) {
      for (std::size_t at = 1; at < size; ++at) cuts.push_back(at);
    } else {
      for (int i = 0; i < 5; ++i) cuts.push_back(1 + random() % (size - 1));
      std::ranges::sort(cuts);
    }
    ExpectRefusal(server, shape, cuts);
    if (HasFailure()) break;
  }
  EXPECT_EQ(server.handled(), 0);
}

}  // namespace
}  // namespace aplus::gateway
