// Any bytes as a backend's answer: refused, or accepted with the meaning that protobuf gives them.
#include "gateway/transcode/wire_to_json.h"

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

[[noreturn]] void Disagree(const char* what, std::string_view json) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(std::min<std::size_t>(json.size(), 2000)),
               json.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aplus::transcode;
  namespace util = google::protobuf::util;
  static PlanSet plans;
  static const MessagePlan& plan = **plans.Compile(*Everything::descriptor());
  const std::string wire(reinterpret_cast<const char*>(data), size);
  JsonBuffer json;
  if (!WireToJson(plan, wire, json)) return 0;
  Everything theirs;
  if (!theirs.ParseFromString(wire)) Disagree("protobuf refuses the bytes", json.view());
  theirs.DiscardUnknownFields();
  Everything ours;
  if (!util::JsonStringToMessage(std::string(json.view()), &ours).ok()) Disagree("not JSON", json.view());
  test::DropNegativeZeros(ours);
  test::DropNegativeZeros(theirs);
  util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  if (!differencer.Compare(ours, theirs)) Disagree("another meaning", json.view());
  return 0;
}
