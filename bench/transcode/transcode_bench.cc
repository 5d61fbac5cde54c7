// JSON both ways: the gateway's compiled plans against protobuf's own converter, on this API's own messages.
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "aplus/requests/v1/requests.pb.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/wire_to_json.h"

namespace {

namespace pb = google::protobuf;
using aplus::transcode::JsonBuffer;
using aplus::transcode::MessagePlan;

// Every field set to something of an ordinary size.
void Fill(pb::Message& message, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  const pb::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (field.is_map()) continue;
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = "0190f0f0-7c1e-7000-8000-0123456789ab";
        many ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
        break;
      }
      case pb::FieldDescriptor::CPPTYPE_INT32:
        many ? reflection.AddInt32(&message, &field, 12) : reflection.SetInt32(&message, &field, 12);
        break;
      case pb::FieldDescriptor::CPPTYPE_INT64:
        many ? reflection.AddInt64(&message, &field, 1778598000)
             : reflection.SetInt64(&message, &field, 1778598000);
        break;
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        if (!many) reflection.SetBool(&message, &field, true);
        break;
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        many ? reflection.AddEnumValue(&message, &field, 1) : reflection.SetEnumValue(&message, &field, 1);
        break;
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth > 0) {
          Fill(many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
               depth - 1);
        }
        break;
      default:
        break;
    }
  }
}

// Microseconds of CPU for one run, the best of several rounds.
template <class Work>
double Measure(Work work) {
  constexpr int kRounds = 7;
  constexpr int kRuns = 400;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const std::clock_t start = std::clock();
    for (int i = 0; i < kRuns; ++i) work();
    best = std::min(best, 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kRuns);
  }
  return best;
}

void Report(const char* what, double ours, double theirs, std::size_t bytes) {
  std::printf("%-34s %8.1f us  protobuf %8.1f us  ratio %.3f  (%zu bytes of JSON)\n", what, ours, theirs,
              ours / theirs, bytes);
}

void Fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void Writing(const MessagePlan& plan, const pb::Message& message) {
  const std::string wire = message.SerializeAsString();
  JsonBuffer out;
  const double ours = Measure([&] {
    out.Clear();
    if (!aplus::transcode::WireToJson(plan, wire, out)) Fail("refused");
  });
  pb::util::JsonPrintOptions print;
  print.always_print_primitive_fields = true;
  const double theirs = Measure([&] {
    auto parsed = std::unique_ptr<pb::Message>(message.New());
    std::string json;
    if (!parsed->ParseFromString(wire) || !pb::util::MessageToJsonString(*parsed, &json, print).ok())
      Fail("refused");
  });
  Report("answer, list of 50", ours, theirs, out.size());
}

void Reading(const MessagePlan& plan, const pb::Message& message) {
  std::string json;
  if (!pb::util::MessageToJsonString(message, &json).ok()) Fail("refused");
  std::string wire;
  const double ours = Measure([&] {
    wire.clear();
    if (!aplus::transcode::JsonToWire(plan, json, {}, wire)) Fail("refused");
  });
  const double theirs = Measure([&] {
    auto parsed = std::unique_ptr<pb::Message>(message.New());
    if (!pb::util::JsonStringToMessage(json, parsed.get()).ok()) Fail("refused");
    wire = parsed->SerializeAsString();
  });
  Report("body, creating a request", ours, theirs, json.size());
}

}  // namespace

int main() {
  aplus::transcode::PlanSet plans;
  aplus::requests::v1::ListRequestsResponse list;
  for (int i = 0; i < 50; ++i) Fill(*list.add_requests(), 3);
  Writing(**plans.Compile(*list.GetDescriptor()), list);
  aplus::requests::v1::CreateRequestRequest create;
  Fill(create, 3);
  std::string description;
  for (int i = 0; i < 40; ++i) description += "L’allocation de l’usager est suspendue depuis « mars ». ";
  create.set_description(description);
  Reading(**plans.Compile(*create.GetDescriptor()), create);
  return 0;
}
