// Any bytes as the target of a request: the router, path bindings and the query.
#include <cstdint>
#include <cstdlib>

#include "gateway/transcode/route_table.h"
#include "tests/unit/gateway/transcode/transcode_test.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aplus::transcode;
  static const std::vector<const google::protobuf::ServiceDescriptor*> services = {
      test::Everything::descriptor()->file()->FindServiceByName("Things")};
  static const RouteTable table = *RouteTable::Compile(services);
  if (size == 0) return 0;
  const auto method = static_cast<HttpMethod>(data[0] % 6);
  const std::string_view target(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t question = target.find('?');
  const PathMatch match = table.Find(method, target.substr(0, question));
  if (!match.route) return 0;
  const RequestPlan& plan = table[*match.route].request;
  std::string wire;
  if (!plan.AppendPath(match.captures, wire)) return 0;
  if (question != std::string_view::npos && !plan.AppendQuery(target.substr(question + 1), wire)) return 0;
  // Whatever was accepted is a message, and holds no field that belongs to the edge.
  test::ListRequest list;
  test::ThingRequest thing;
  if (plan.message().full_name == list.GetDescriptor()->full_name()) {
    if (!list.ParseFromString(wire) || !list.session().empty()) std::abort();
  } else if (plan.message().full_name == thing.GetDescriptor()->full_name()) {
    if (!thing.ParseFromString(wire) || !thing.address().empty()) std::abort();
  }
  return 0;
}
