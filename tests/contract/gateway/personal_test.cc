// What is marked personal or secret never comes back in a refusal and has no place in a log: walked over
// every field of every request, so that a field added tomorrow is covered by its mark alone (T-AUD-04, P71).
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "aplus/api/v1/options.pb.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/plan.h"
#include "libs/identity/rights.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/validation.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace {

namespace pb = google::protobuf;

// Looks like nothing that we would ever say.
constexpr std::string_view kCanary = "Zanzibarine-4711";

bool IsPersonal(const pb::FieldDescriptor& field) {
  const auto& options = field.options().GetExtension(api::v1::field);
  return options.personal() || options.secret();
}

// Everything that a refusal says to anybody.
std::string Said(const Error& error) {
  std::string text = error.detail + "\n" + error.state + "\n" + error.diagnostic;
  for (const Error::Violation& violation : error.violations) {
    text += "\n" + violation.path + " " + violation.code + " " + violation.detail;
  }
  return text;
}

// The way from a request to one of its fields.
using Way = std::vector<const pb::FieldDescriptor*>;

void EachTextField(const pb::Descriptor& type, Way& way, const std::function<void(const Way&)>& visit) {
  if (way.size() > 6) return;  // types may hold themselves
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (field.is_map()) continue;
    way.push_back(&field);
    if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) visit(way);
    if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)
      EachTextField(*field.message_type(), way, visit);
    way.pop_back();
  }
}

// Every request that an RPC of ours takes.
std::vector<const pb::Descriptor*> Requests() {
  auto linked = MethodTable::CompileLinked();
  if (!linked) throw std::logic_error(linked.error().diagnostic);
  std::set<std::string> seen;
  std::vector<const pb::Descriptor*> requests;
  for (const auto& method : *linked) {
    const pb::Descriptor* type = method->descriptor->input_type();
    if (seen.insert(type->full_name()).second) requests.push_back(type);
  }
  return requests;
}

// A message in which the field at the end of `way` holds `value`; all else is absent.
std::unique_ptr<pb::Message> With(const pb::Descriptor& type, const Way& way, const std::string& value) {
  std::unique_ptr<pb::Message> root(pb::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  pb::Message* message = root.get();
  for (const pb::FieldDescriptor* field : way) {
    const pb::Reflection* reflection = message->GetReflection();
    if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
      message = field->is_repeated() ? reflection->AddMessage(message, field)
                                     : reflection->MutableMessage(message, field);
    } else if (field->is_repeated()) {
      reflection->AddString(message, field, value);
    } else {
      reflection->SetString(message, field, value);
    }
  }
  return root;
}

// The JSON text of the same, `value` as it is.
std::string Json(const Way& way, const std::string& value) {
  std::string head, tail;
  for (const pb::FieldDescriptor* field : way) {
    head += "{\"" + field->json_name() + "\":" + (field->is_repeated() ? "[" : "");
    tail = std::string(field->is_repeated() ? "]" : "") + "}" + tail;
  }
  return head + value + tail;
}

TEST(PersonalFields, T_AUD_04_NoRefusalOfTheRulesRepeatsThem) {
  int fields = 0, refused = 0;
  for (const pb::Descriptor* type : Requests()) {
    std::vector<std::string> problems;
    const auto rules = MessageRules::Compile(*type, problems);
    ASSERT_TRUE(problems.empty());
    Way path;
    EachTextField(*type, path, [&](const Way& way) {
      if (!IsPersonal(*way.back())) return;
      ++fields;
      const std::string canary(kCanary);
      std::string far_too_long;
      while (far_too_long.size() < 12'000) far_too_long += canary + " ";
      for (const std::string& value :
           {canary, canary + "\n" + canary, far_too_long, canary + "\xff", "\x01" + canary}) {
        const auto applied = rules->Apply(*With(*type, way, value));
        if (applied) continue;
        ++refused;
        EXPECT_EQ(Said(applied.error()).find(canary), std::string::npos)
            << type->full_name() << " " << way.back()->full_name() << ": " << Said(applied.error());
      }
    });
  }
  EXPECT_GT(fields, 30);
  EXPECT_GT(refused, fields) << "each breaks a rule in some way";
}

TEST(PersonalFields, T_AUD_04_NoRefusalOfTheTranscoderRepeatsThem) {
  transcode::PlanSet plans;
  int refused = 0;
  for (const pb::Descriptor* type : Requests()) {
    const auto plan = plans.Compile(*type);
    if (!plan) continue;  // not of this edge
    Way path;
    EachTextField(*type, path, [&](const Way& way) {
      if (!IsPersonal(*way.back())) return;
      const std::string canary(kCanary);
      for (const std::string& value :
           {"[\"" + canary + "\"]", "{\"value\":\"" + canary + "\"}", "\"" + canary + "\\ud800\"",
            "\"" + canary + "\\u0000\"", "\"" + canary + "\xff\"", "\"" + canary + "\n\"",
            "\"" + canary + "\\x\"", "\"" + canary, canary,
            "\"" + canary + "\",\"" + way.back()->json_name() + "\":\"" + canary + "\""}) {
        std::string wire;
        const auto read = transcode::JsonToWire(**plan, Json(way, value), {}, wire);
        if (read) continue;  // a list where there may be several
        ++refused;
        EXPECT_EQ(Said(read.error()).find(canary), std::string::npos)
            << type->full_name() << " " << Json(way, value) << ": " << Said(read.error());
      }
    });
  }
  EXPECT_GT(refused, 200);
}

// The log takes declared keys only: none of them is called like a personal field, wherever it is declared.
TEST(PersonalFields, T_AUD_04_NoLogKeyIsMadeForOne) {
  std::set<std::string> personal;
  const auto collect = [&](const Way& way) {
    if (IsPersonal(*way.back())) personal.insert(way.back()->name());
  };
  for (const pb::Descriptor* type : Requests()) {
    Way path;
    EachTextField(*type, path, collect);
  }
  ASSERT_TRUE(personal.contains("email") && personal.contains("description") && personal.contains("nir"));
  // A listener's or a backend's address and the code of a refusal, never a person's (libs/telemetry/log.h
  // says so).
  personal.erase("address");
  personal.erase("reason");
  const std::regex declaration(R"(\bKey\s+k\w+\s*[{(]\s*"([a-z_]+)\")");
  int keys = 0;
  for (const char* folder : {"libs", "services", "gateway"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(APLUS_SOURCE) / folder)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      const std::string source = text.str();
      for (std::sregex_iterator match(source.begin(), source.end(), declaration), end; match != end;
           ++match) {
        ++keys;
        EXPECT_FALSE(personal.contains((*match)[1])) << entry.path() << ": " << (*match)[0];
      }
    }
  }
  EXPECT_GT(keys, 20);
}

// And what a diagnostic quotes by accident is blacked out: whatever a person's number, address or token looks
// like.
TEST(PersonalFields, T_AUD_04_DiagnosticsAreRedacted) {
  for (const char* value : {"camille.moreau@fs95.test", "1 84 12 76 451 089 46", "184127645108946",
                            "2 69 05 2A 588 157 80", "06 12 34 56 78", "+33612345678", "1234567A",
                            "30 12 345 678 901", "eyJhbGciOiJFZERTQSIsImtpZCI6ImRldi0xIn0"}) {
    const std::string line =
        log::FormatLine(log::Level::kWarn, "requests", "refused",
                        std::vector<log::Field>{{log::kDetail, std::string("near \"") + value + "\""}}, {});
    EXPECT_EQ(line.find(value), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace aplus
