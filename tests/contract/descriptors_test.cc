// What must hold of every method, message and field, read from the compiled descriptor set with its comments.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "aplus/api/v1/options.pb.h"
#include "google/api/annotations.pb.h"
#include "libs/base/reason.h"
#include "libs/identity/rights.h"

namespace aplus {
namespace {

namespace pb = google::protobuf;
using api::v1::Rule;

// The descriptor pool of our own files, built from the set that protoc wrote (comments included).
class Descriptors : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(APLUS_PROTOSET, std::ios::binary);
    pb::FileDescriptorSet set;
    ASSERT_TRUE(set.ParseFromIstream(&file)) << APLUS_PROTOSET;
    pool_ = new pb::DescriptorPool();
    files_ = new std::vector<const pb::FileDescriptor*>();
    for (const auto& proto : set.file()) {
      const pb::FileDescriptor* built = pool_->BuildFile(proto);
      ASSERT_NE(built, nullptr) << proto.name();
      if (proto.name().starts_with("aplus/")) files_->push_back(built);
    }
    ASSERT_GT(files_->size(), 10u);
  }

  static const Rule& RuleOf(const pb::MethodDescriptor& method) {
    return method.options().GetExtension(api::v1::rule);
  }
  static const api::v1::Field& FieldOf(const pb::FieldDescriptor& field) {
    return field.options().GetExtension(api::v1::field);
  }

  static void EachMethod(const std::function<void(const pb::MethodDescriptor&)>& visit) {
    for (const auto* file : *files_) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) visit(*file->service(s)->method(m));
      }
    }
  }

  static void EachMessage(const pb::Descriptor& message,
                          const std::function<void(const pb::Descriptor&)>& visit) {
    visit(message);
    for (int i = 0; i < message.nested_type_count(); ++i) EachMessage(*message.nested_type(i), visit);
  }
  static void EachMessage(const std::function<void(const pb::Descriptor&)>& visit) {
    for (const auto* file : *files_) {
      for (int i = 0; i < file->message_type_count(); ++i) EachMessage(*file->message_type(i), visit);
    }
  }

  // Every message that `message` can hold, itself included.
  static std::set<const pb::Descriptor*> Reachable(const pb::Descriptor& message) {
    std::set<const pb::Descriptor*> seen;
    std::function<void(const pb::Descriptor&)> walk = [&](const pb::Descriptor& at) {
      if (!seen.insert(&at).second) return;
      for (int i = 0; i < at.field_count(); ++i) {
        if (at.field(i)->message_type() != nullptr) walk(*at.field(i)->message_type());
      }
    };
    walk(message);
    return seen;
  }

  static pb::DescriptorPool* pool_;
  static std::vector<const pb::FileDescriptor*>* files_;
};

pb::DescriptorPool* Descriptors::pool_ = nullptr;
std::vector<const pb::FileDescriptor*>* Descriptors::files_ = nullptr;

TEST_F(Descriptors, EveryMethodDeclaresItsRule) {
  EachMethod([](const pb::MethodDescriptor& method) {
    const Rule& rule = RuleOf(method);
    const std::string& name = method.full_name();
    EXPECT_TRUE(OperationFromCode(rule.operation()).has_value()) << name << " operation " << rule.operation();
    EXPECT_NE(rule.caller(), api::v1::CALLER_UNSPECIFIED) << name;
    EXPECT_NE(rule.audit(), api::v1::AUDIT_UNSPECIFIED) << name;
    EXPECT_NE(rule.repeat(), api::v1::REPEAT_UNSPECIFIED) << name;
    EXPECT_NE(rule.limit(), api::v1::LIMIT_UNSPECIFIED) << name;
    for (const std::string& code : rule.reasons()) {
      EXPECT_TRUE(ReasonFromCode(code).has_value()) << name << " reason " << code;
    }
    const bool internal = rule.caller() == api::v1::CALLER_SERVICE;
    EXPECT_EQ(internal, !method.options().HasExtension(google::api::http)) << name;
    EXPECT_EQ(internal, rule.limit() == api::v1::LIMIT_NONE) << name;
    if (internal) EXPECT_GT(rule.services_size(), 0) << name;
  });
}

// Rows of the rights table that no method declares, each with why. A method that comes takes its row from
// here.
const std::map<std::string, std::string>& RowsWithoutMethod() {
  static const std::map<std::string, std::string> rows = {
      {"R4", "what ListMessages, declared as R3, shows of the lines between instructors"},
      {"R6", "what PostMessage, declared as R5, does with a visibility between instructors"},
      {"R14", "leaving a request: not built"},
      {"R15", "nobody takes a participant out: refused to all, and there is no method"},
      {"A2", "the export of one's own requests: not built"},
      {"A4", "the export of a group's users: not built"},
      {"A15", "partners: not built"},
      {"A16", "nobody acts as somebody else: refused to all, and there is no method"},
  };
  return rows;
}

TEST_F(Descriptors, T_AZ_02_EveryRowOfTheRightsTableHasAMethodOrAReason) {
  std::set<std::string> declared;
  EachMethod([&](const pb::MethodDescriptor& method) { declared.insert(RuleOf(method).operation()); });
  for (int o = 0; o < static_cast<int>(Operation::kCount_); ++o) {
    const std::string code(Code(static_cast<Operation>(o)));
    EXPECT_NE(declared.contains(code), RowsWithoutMethod().contains(code))
        << code << (declared.contains(code) ? " has a method now: take it off the list" : " has no method");
  }
  for (const auto& [code, why] : RowsWithoutMethod()) {
    EXPECT_TRUE(OperationFromCode(code)) << code << " (" << why << ") stands in no row";
  }
}

TEST_F(Descriptors, P90_WhatChangesOrShowsPersonalDataIsAudited) {
  // Own data shown to oneself, counters and plumbing leave no line; whatever else shows a citizen does.
  EachMethod([](const pb::MethodDescriptor& method) {
    const Rule& rule = RuleOf(method);
    const auto& http = method.options().GetExtension(google::api::http);
    const bool reads = rule.repeat() == api::v1::REPEAT_SAFE;
    EXPECT_TRUE(reads || rule.audit() == api::v1::AUDIT_CHANGE) << method.full_name() << " changes unaudited";
    if (http.pattern_case() == google::api::HttpRule::kGet) EXPECT_TRUE(reads) << method.full_name();
    bool shows_citizen = false;
    for (const pb::Descriptor* message : Reachable(*method.output_type())) {
      shows_citizen |= message->name() == "Citizen" || message->name() == "RequestSummary" ||
                       message->name() == "ThreadEntry" || message->name() == "FileEntry";
    }
    if (reads && shows_citizen) EXPECT_NE(rule.audit(), api::v1::AUDIT_NONE) << method.full_name();
  });
}

TEST_F(Descriptors, RoutesAreUnique) {
  std::map<std::string, std::string> routes;
  EachMethod([&](const pb::MethodDescriptor& method) {
    if (!method.options().HasExtension(google::api::http)) return;
    const auto add = [&](const google::api::HttpRule& http) {
      std::string route;
      switch (http.pattern_case()) {
        case google::api::HttpRule::kGet:
          route = "GET " + http.get();
          break;
        case google::api::HttpRule::kPost:
          route = "POST " + http.post();
          break;
        case google::api::HttpRule::kPut:
          route = "PUT " + http.put();
          break;
        case google::api::HttpRule::kPatch:
          route = "PATCH " + http.patch();
          break;
        case google::api::HttpRule::kDelete:
          route = "DELETE " + http.delete_();
          break;
        default:
          ADD_FAILURE() << method.full_name() << " has no route";
      }
      EXPECT_TRUE(route.find(" /v1/") != std::string::npos) << route;
      EXPECT_TRUE(routes.emplace(route, method.full_name()).second) << route << " twice";
    };
    const auto& http = method.options().GetExtension(google::api::http);
    add(http);
    for (const auto& more : http.additional_bindings()) add(more);
  });
  EXPECT_GT(routes.size(), 40u);
}

TEST_F(Descriptors, P82_NoPersonalFieldCanCompileIntoAnEvent) {
  int events = 0;
  EachMessage([&](const pb::Descriptor& message) {
    if (message.file()->package() != "aplus.events.v1") return;
    ++events;
    for (const pb::Descriptor* reachable : Reachable(message)) {
      for (int i = 0; i < reachable->field_count(); ++i) {
        const pb::FieldDescriptor& field = *reachable->field(i);
        const auto& options = FieldOf(field);
        EXPECT_FALSE(options.personal() || options.secret())
            << message.full_name() << " reaches " << field.full_name();
        if (field.type() == pb::FieldDescriptor::TYPE_STRING &&
            reachable->file()->package() == "aplus.events.v1") {
          EXPECT_TRUE(options.format() == api::v1::FORMAT_UUID || !options.not_personal().empty())
              << field.full_name() << " is text without an id format and does not say why it is not personal";
        }
      }
    }
  });
  EXPECT_GT(events, 15);
}

TEST_F(Descriptors, WhatNamesAPersonIsMarkedPersonal) {
  // Field names under which people are named or written about; ids and codes are not.
  const std::set<std::string> personal = {
      "first_name", "last_name",  "birth_date",   "birth_name", "phone",    "address",     "caf_number",
      "nir",        "tax_number", "file_number",  "email",      "subject",  "description", "text",
      "comment",    "signed_by",  "citizen_name", "person",     "function", "user_agent",  "client_address"};
  const std::set<std::string> secret = {"token", "code", "session", "binding", "identity_token"};
  EachMessage([&](const pb::Descriptor& message) {
    // Reference data and codes use some of these words for things, not people.
    if (message.file()->package() == "aplus.api.v1") return;
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::FieldDescriptor& field = *message.field(i);
      if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING) continue;
      if (personal.contains(field.name())) EXPECT_TRUE(FieldOf(field).personal()) << field.full_name();
      if (secret.contains(field.name())) EXPECT_TRUE(FieldOf(field).secret()) << field.full_name();
    }
  });
}

TEST_F(Descriptors, P71_NothingPersonalOrSecretStandsInAUrlButSearchWords) {
  // Path and query are in access logs of proxies; the words of a search (P32) are the one exception, and are
  // limited to methods that declare a list.
  EachMethod([](const pb::MethodDescriptor& method) {
    const auto& http = method.options().GetExtension(google::api::http);
    const bool bodiless = http.pattern_case() == google::api::HttpRule::kGet ||
                          http.pattern_case() == google::api::HttpRule::kDelete;
    if (!bodiless) return;
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
      const pb::FieldDescriptor& field = *method.input_type()->field(i);
      const auto& options = FieldOf(field);
      if (options.edge() != api::v1::EDGE_UNSPECIFIED || field.name() == "q") continue;
      EXPECT_FALSE(options.personal() || options.secret()) << field.full_name();
    }
  });
}

TEST_F(Descriptors, P32_ListsArePaged) {
  EachMethod([](const pb::MethodDescriptor& method) {
    const bool pages = method.output_type()->FindFieldByName("next_page_token") != nullptr;
    if (!pages) return;
    for (const char* name : {"page_size", "page_token"}) {
      EXPECT_NE(method.input_type()->FindFieldByName(name), nullptr) << method.full_name();
    }
    const auto* size = method.input_type()->FindFieldByName("page_size");
    if (size != nullptr) EXPECT_EQ(FieldOf(*size).max(), 100) << method.full_name();
  });
}

TEST_F(Descriptors, RequestFieldsAreBounded) {
  // Text without a longest length, or a list without a longest count, is an invitation.
  std::set<const pb::Descriptor*> inputs;
  EachMethod([&](const pb::MethodDescriptor& method) {
    for (const pb::Descriptor* message : Reachable(*method.input_type())) {
      if (message->file()->package().starts_with("aplus.")) inputs.insert(message);
    }
  });
  for (const pb::Descriptor* message : inputs) {
    for (int i = 0; i < message->field_count(); ++i) {
      const pb::FieldDescriptor& field = *message->field(i);
      const auto& options = FieldOf(field);
      const bool fixed = options.format() == api::v1::FORMAT_UUID ||
                         options.format() == api::v1::FORMAT_AREA || options.format() == api::v1::FORMAT_DATE;
      if (field.type() == pb::FieldDescriptor::TYPE_STRING && options.edge() == api::v1::EDGE_UNSPECIFIED) {
        EXPECT_TRUE(options.max_length() > 0 || fixed) << field.full_name() << " has no longest length";
      }
      if (field.is_repeated())
        EXPECT_GT(options.max_items(), 0) << field.full_name() << " has no longest count";
    }
  }
}

TEST_F(Descriptors, EnumsStartUnspecifiedAndKeepTheirPrefix) {
  for (const auto* file : *files_) {
    for (int e = 0; e < file->enum_type_count(); ++e) {
      const pb::EnumDescriptor& type = *file->enum_type(e);
      // Spelled as the query parameter of the contract is.
      if (type.full_name() == "aplus.requests.v1.OrderBy") continue;
      if (type.full_name() == "aplus.api.v1.Transfer")
        continue;  // JSON is what a method is that says nothing
      EXPECT_TRUE(type.value(0)->name().ends_with("_UNSPECIFIED")) << type.full_name();
      const std::string prefix = type.value(0)->name().substr(0, type.value(0)->name().find("UNSPECIFIED"));
      for (int v = 0; v < type.value_count(); ++v) {
        EXPECT_TRUE(type.value(v)->name().starts_with(prefix)) << type.value(v)->full_name();
      }
    }
  }
}

TEST_F(Descriptors, EveryMethodAndServiceSaysWhatItDoes) {
  for (const auto* file : *files_) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        pb::SourceLocation where;
        const auto& method = *file->service(s)->method(m);
        ASSERT_TRUE(method.GetSourceLocation(&where)) << method.full_name();
        EXPECT_FALSE(where.leading_comments.empty()) << method.full_name() << " has no comment";
      }
    }
  }
}

}  // namespace
}  // namespace aplus
