// Any bytes as a JSON body: refused, or accepted with the meaning that protobuf's own converter gives them.
#include "gateway/transcode/json_to_wire.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/gateway/transcode/random_message.h"
#include "tests/unit/gateway/transcode/transcode_test.pb.h"

namespace {

using aplus::transcode::test::Everything;

[[noreturn]] void Disagree(const char* what, std::string_view input) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(std::min<std::size_t>(input.size(), 2000)),
               input.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aplus::transcode;
  static PlanSet plans;
  static const MessagePlan& plan = **plans.Compile(*Everything::descriptor());
  const std::string json(reinterpret_cast<const char*>(data), size);
  std::string wire;
  const auto result = JsonToWire(plan, json, {}, wire);
  if (!result) {
    if (result.error().violations.size() != 1) Disagree("a refusal without its place", json);
    return 0;
  }
  Everything ours;
  if (!ours.ParseFromString(wire)) Disagree("not a message", json);
  Everything theirs;
  if (!google::protobuf::util::JsonStringToMessage(json, &theirs).ok()) Disagree("protobuf refuses", json);
  test::DropNegativeZeros(ours);
  test::DropNegativeZeros(theirs);
  if (!google::protobuf::util::MessageDifferencer::Equals(ours, theirs)) Disagree("another meaning", json);
  return 0;
}
