#include "gateway/openapi/document.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "aplus/api/v1/options.pb.h"
#include "gateway/openapi/json_out.h"
#include "gateway/openapi/schema.h"
#include "google/api/annotations.pb.h"
#include "libs/base/reason.h"

namespace aplus::openapi {
namespace document {

namespace pb = google::protobuf;
using api::v1::Rule;

struct Operation {
  std::string verb;  // lower case, as OpenAPI wants it
  std::string path;  // with JSON names
  std::string body;
  std::vector<const pb::FieldDescriptor*> path_fields;
  const pb::MethodDescriptor* method = nullptr;
  int binding = 0;
};

bool Takes(const google::api::HttpRule& http, Operation& operation, std::string& pattern) {
  switch (http.pattern_case()) {
    case google::api::HttpRule::kGet:
      operation.verb = "get", pattern = http.get();
      return true;
    case google::api::HttpRule::kPost:
      operation.verb = "post", pattern = http.post();
      return true;
    case google::api::HttpRule::kPut:
      operation.verb = "put", pattern = http.put();
      return true;
    case google::api::HttpRule::kPatch:
      operation.verb = "patch", pattern = http.patch();
      return true;
    case google::api::HttpRule::kDelete:
      operation.verb = "delete", pattern = http.delete_();
      return true;
    default:
      return false;
  }
}

// "/v1/requests/{request_id}:close" -> "/v1/requests/{requestId}:close".
void ReadPattern(const std::string& pattern, Operation& operation) {
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('{', at);
    operation.path += pattern.substr(at, open - at);
    if (open == std::string::npos) return;
    const std::size_t close = pattern.find('}', open);
    const std::string name = pattern.substr(open + 1, close - open - 1);
    const auto* field =
        operation.method->input_type()->FindFieldByName(name.substr(0, name.find_first_of("=.")));
    operation.path += fmt::format("{{{}}}", field == nullptr ? name : field->json_name());
    if (field != nullptr) operation.path_fields.push_back(field);
    at = close + 1;
  }
}

std::vector<Operation> Operations(const pb::DescriptorPool& pool, const pb::FileDescriptorSet& files) {
  std::vector<Operation> operations;
  for (const auto& file : files.file()) {
    if (!file.package().starts_with("aplus.")) continue;
    const auto& descriptor = *pool.FindFileByName(file.name());
    for (int s = 0; s < descriptor.service_count(); ++s) {
      for (int m = 0; m < descriptor.service(s)->method_count(); ++m) {
        const auto& method = *descriptor.service(s)->method(m);
        if (!method.options().HasExtension(google::api::http)) continue;
        const auto& http = method.options().GetExtension(google::api::http);
        std::vector<google::api::HttpRule> bindings(http.additional_bindings().begin(),
                                                    http.additional_bindings().end());
        bindings.insert(bindings.begin(), http);
        int number = 0;
        for (const auto& binding : bindings) {
          Operation operation;
          operation.method = &method;
          operation.body = binding.body();
          operation.binding = number++;
          std::string pattern;
          if (!Takes(binding, operation, pattern)) continue;
          ReadPattern(pattern, operation);
          operations.push_back(std::move(operation));
        }
      }
    }
  }
  return operations;
}

class Writer {
 public:
  explicit Writer(JsonOut& out) : out_(out), schemas_(out) {}

  void Document(const std::vector<Operation>& operations) {
    out_.BeginObject();
    out_.Member("openapi", "3.1.0");
    Info();
    out_.BeginObject("paths");
    std::map<std::string, std::vector<const Operation*>> by_path;
    for (const Operation& operation : operations) by_path[operation.path].push_back(&operation);
    for (const auto& [path, list] : by_path) {
      out_.BeginObject(path);
      for (const Operation* operation : list) WriteOperation(*operation);
      out_.EndObject();
    }
    OwnPath();
    out_.EndObject();
    Components();
    out_.EndObject();
  }

 private:
  void Info() {
    out_.BeginObject("info");
    out_.Member("title", "Administration+ (aplus)");
    out_.Member("version", "1");
    out_.Member(
        "description",
        "JSON is proto3 JSON: lowerCamelCase names, 64-bit integers as strings, RFC 3339 times, enum values "
        "by "
        "name. Unknown and repeated members are refused. Unsafe calls send `X-Aplus: 1` and, with a body, "
        "`Content-Type: application/json`. Errors are RFC 9457 problem documents: `code` is stable, `title` "
        "and `detail` are French.");
    out_.EndObject();
    out_.BeginArray("servers");
    out_.BeginElement();
    out_.Member("url", "/");
    out_.EndObject();
    out_.EndArray();
  }

  void WriteOperation(const Operation& operation) {
    const auto& method = *operation.method;
    const Rule& rule = method.options().GetExtension(api::v1::rule);
    out_.BeginObject(operation.verb);
    const std::string suffix = operation.binding == 0 ? "" : fmt::format("_{}", operation.binding + 1);
    out_.Member("operationId", fmt::format("{}_{}{}", method.service()->name(), method.name(), suffix));
    out_.BeginArray("tags");
    out_.Element(method.service()->name());
    out_.EndArray();
    const std::string comment = Comment(method);
    const std::size_t stop = comment.find(". ");
    if (!comment.empty()) out_.Member("summary", comment.substr(0, stop));
    if (stop != std::string::npos) out_.Member("description", comment);
    out_.BeginArray("security");
    if (rule.caller() != api::v1::CALLER_PUBLIC) {
      out_.BeginElement();
      out_.BeginArray("session");
      out_.EndArray();
      out_.EndObject();
    }
    out_.EndArray();
    Parameters(operation, rule);
    RequestBody(operation, rule);
    Responses(operation, rule);
    out_.EndObject();
  }

  void Parameter(std::string_view name, std::string_view in, bool required,
                 const pb::FieldDescriptor& field) {
    out_.BeginElement();
    out_.Member("name", name);
    out_.Member("in", in);
    if (required) out_.Member("required", true);
    out_.BeginObject("schema");
    schemas_.Field(field);
    out_.EndObject();
    out_.EndObject();
  }

  void Header(std::string_view name, bool required, std::string_view description,
              std::string_view format = {}) {
    out_.BeginElement();
    out_.Member("name", name);
    out_.Member("in", "header");
    if (required) out_.Member("required", true);
    out_.Member("description", description);
    out_.BeginObject("schema");
    out_.Member("type", "string");
    if (!format.empty()) out_.Member("format", format);
    if (name == "X-Aplus") out_.Member("const", "1");
    out_.EndObject();
    out_.EndObject();
  }

  void Parameters(const Operation& operation, const Rule& rule) {
    out_.BeginArray("parameters");
    for (const auto* field : operation.path_fields) Parameter(field->json_name(), "path", true, *field);
    const auto& input = *operation.method->input_type();
    if (operation.body != "*") {
      for (int i = 0; i < input.field_count(); ++i) {
        const auto& field = *input.field(i);
        const bool bound = field.name() == operation.body ||
                           std::find(operation.path_fields.begin(), operation.path_fields.end(), &field) !=
                               operation.path_fields.end();
        if (!bound && !IsEdgeField(field) && !field.is_map()) Query("", field);
      }
    }
    if (operation.verb != "get")
      Header("X-Aplus", true, "Shows that the call comes from a page of this site.");
    if (rule.repeat() == api::v1::REPEAT_KEY_REQUIRED || rule.repeat() == api::v1::REPEAT_KEY_ACCEPTED) {
      Header("Idempotency-Key", rule.repeat() == api::v1::REPEAT_KEY_REQUIRED,
             "The same key again within 24 hours gives the first answer again.", "uuid");
    }
    if (rule.takes_version())
      Header("If-Match", false, "The version last seen, in quotes; a stale one answers 412.");
    for (int i = 0; i < input.field_count(); ++i) EdgeHeader(*input.field(i));
    out_.EndArray();
  }

  // Nested messages give dotted names; lists of messages have no place in a URL.
  void Query(const std::string& prefix, const pb::FieldDescriptor& field) {
    const bool message = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
                         field.message_type()->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
    if (!message) {
      const bool required = field.options().GetExtension(api::v1::field).required();
      return Parameter(prefix + field.json_name(), "query", required, field);
    }
    if (field.is_repeated()) return;
    for (int i = 0; i < field.message_type()->field_count(); ++i) {
      Query(prefix + field.json_name() + ".", *field.message_type()->field(i));
    }
  }

  void EdgeHeader(const pb::FieldDescriptor& field) {
    const auto& rule = field.options().GetExtension(api::v1::field);
    switch (rule.edge()) {
      case api::v1::EDGE_CONTENT_DISPOSITION:
        return Header("Content-Disposition", rule.required(), "attachment; filename*=UTF-8''… (RFC 6266).");
      case api::v1::EDGE_RANGE:
        return Header("Range", false, "One range of bytes.");
      case api::v1::EDGE_IF_RANGE:
        return Header("If-Range", false, "The ETag of the file the range belongs to.");
      case api::v1::EDGE_LAST_EVENT_ID:
        return Header("Last-Event-ID", false, "Resumes after this event.");
      default:
        return;
    }
  }

  void RequestBody(const Operation& operation, const Rule& rule) {
    if (operation.body.empty()) return;
    out_.BeginObject("requestBody");
    out_.Member("required", true);
    out_.BeginObject("content");
    if (rule.transfer() == api::v1::TRANSFER_UPLOAD) {
      out_.BeginObject("application/octet-stream");
      out_.EndObject();
    } else {
      out_.BeginObject("application/json");
      out_.BeginObject("schema");
      if (operation.body == "*") {
        std::set<std::string> bound;
        for (const auto* field : operation.path_fields) bound.insert(field->name());
        schemas_.Object(*operation.method->input_type(), bound, true);
      } else {
        schemas_.Field(*operation.method->input_type()->FindFieldByName(operation.body));
      }
      out_.EndObject();
      out_.EndObject();
    }
    out_.EndObject();
    out_.EndObject();
  }

  void Content(std::string_view type, std::string_view reference) {
    out_.BeginObject("content");
    out_.BeginObject(type);
    if (!reference.empty()) out_.Reference("schema", reference);
    out_.EndObject();
    out_.EndObject();
  }

  void Success(const Operation& operation, const Rule& rule) {
    const int status = rule.success() == 0 ? 200 : rule.success();
    out_.BeginObject(std::to_string(status));
    switch (rule.transfer()) {
      case api::v1::TRANSFER_DOWNLOAD:
        out_.Member("description", "The whole file.");
        Content("application/octet-stream", {});
        out_.EndObject();
        out_.BeginObject("206");
        out_.Member("description", "The range asked for.");
        Content("application/octet-stream", {});
        break;
      case api::v1::TRANSFER_EVENTS:
        out_.Member(
            "description",
            "A stream of events: `id` is the cursor, `event` the kind of thing, `data` a JSON object.");
        Content("text/event-stream", {});
        break;
      default:
        if (status == 204) {
          out_.Member("description", "Done; nothing to say.");
          break;
        }
        out_.Member("description", "Done.");
        out_.BeginObject("content");
        out_.BeginObject("application/json");
        out_.BeginObject("schema");
        schemas_.Refer(*operation.method->output_type());
        out_.EndObject();
        out_.EndObject();
        out_.EndObject();
    }
    out_.EndObject();
  }

  // Every status that the method may answer, with its codes: what the rule declares and what the chain and
  // the gateway answer for everything.
  void Responses(const Operation& operation, const Rule& rule) {
    std::set<std::string> codes = {"malformed", "invalid_argument", "rate_limited",
                                   "timeout",   "unavailable",      "internal"};
    codes.insert(rule.reasons().begin(), rule.reasons().end());
    if (rule.caller() != api::v1::CALLER_PUBLIC) codes.insert("unauthenticated");
    if (rule.caller() == api::v1::CALLER_USER) codes.insert("terms_required");
    if (rule.caller() != api::v1::CALLER_PUBLIC && !rule.before_second_factor())
      codes.insert("second_factor_required");
    if (operation.verb != "get") codes.insert({"csrf", "unsupported_media_type"});
    if (!operation.body.empty()) codes.insert({"too_large", "request_timeout"});
    if (rule.repeat() == api::v1::REPEAT_KEY_REQUIRED) codes.insert("key_required");
    if (rule.repeat() == api::v1::REPEAT_KEY_REQUIRED || rule.repeat() == api::v1::REPEAT_KEY_ACCEPTED) {
      codes.insert({"key_reused", "key_running"});
    }
    if (rule.takes_version()) codes.insert("stale");
    std::map<int, std::vector<std::string>> by_status;
    for (const std::string& code : codes) {
      const auto reason = ReasonFromCode(code);
      if (reason) by_status[aplus::Describe(*reason).http_status].push_back(code);
    }
    out_.BeginObject("responses");
    Success(operation, rule);
    for (const auto& [status, list] : by_status) {
      out_.BeginObject(std::to_string(status));
      out_.Member("description", fmt::format("{}", fmt::join(list, ", ")));
      Content("application/problem+json", "#/components/schemas/Problem");
      out_.EndObject();
    }
    out_.EndObject();
  }

  // The document describes itself too.
  void OwnPath() {
    out_.BeginObject("/v1/openapi.json");
    out_.BeginObject("get");
    out_.Member("operationId", "OpenApi");
    out_.Member("summary", "This description");
    out_.BeginArray("security");
    out_.EndArray();
    out_.BeginObject("responses");
    out_.BeginObject("200");
    out_.Member("description", "OpenAPI 3.1.");
    Content("application/json", {});
    out_.EndObject();
    out_.EndObject();
    out_.EndObject();
    out_.EndObject();
  }

  void Problem() {
    out_.BeginObject("Problem");
    out_.Member("description", "Why something was refused (RFC 9457).");
    out_.Member("type", "object");
    out_.BeginArray("required");
    for (const char* name : {"type", "title", "status", "detail", "instance", "code", "errors"})
      out_.Element(name);
    out_.EndArray();
    out_.BeginObject("properties");
    const auto text = [&](std::string_view name, std::string_view description) {
      out_.BeginObject(name);
      out_.Member("description", description);
      out_.Member("type", "string");
      out_.EndObject();
    };
    text("type", "urn:aplus:problem: and the code.");
    text("title", "What happened, in French.");
    out_.BeginObject("status");
    out_.Member("type", "integer");
    out_.EndObject();
    text("detail", "More of it, in French.");
    text("instance", "The request's id: name it when you ask for help.");
    out_.BeginObject("code");
    out_.Member("type", "string");
    out_.BeginArray("enum");
    for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::kCount_); ++i) {
      out_.Element(aplus::Describe(static_cast<Reason>(i)).code);
    }
    for (const char* code :
         {"length_required", "target_too_long", "head_too_large", "version_not_supported"}) {
      out_.Element(code);
    }
    out_.EndArray();
    out_.EndObject();
    out_.BeginObject("errors");
    out_.Member("type", "array");
    out_.BeginObject("items");
    out_.Member("type", "object");
    out_.BeginObject("properties");
    text("path", "Where in the body or query: citizen.nir, recipientGroupIds[2].");
    text("code", "Stable.");
    text("detail", "In French.");
    out_.EndObject();
    out_.EndObject();
    out_.EndObject();
    text("state", "The present state, with stale and impossible.");
    text("version", "The present version, likewise.");
    out_.EndObject();
    out_.EndObject();
  }

  void Components() {
    out_.BeginObject("components");
    out_.BeginObject("securitySchemes");
    out_.BeginObject("session");
    out_.Member("type", "apiKey");
    out_.Member("in", "cookie");
    out_.Member("name", "__Host-sid");
    out_.EndObject();
    out_.EndObject();
    out_.BeginObject("schemas");
    Problem();
    schemas_.Components();
    out_.EndObject();
    out_.EndObject();
  }

  JsonOut& out_;
  SchemaWriter schemas_;
};

}  // namespace document

Result<std::string> Describe(const google::protobuf::FileDescriptorSet& files) {
  google::protobuf::DescriptorPool pool;
  for (const auto& file : files.file()) {
    if (pool.BuildFile(file) == nullptr)
      return Fail(Reason::kInternal, fmt::format("{} does not build", file.name()));
  }
  JsonOut out;
  document::Writer(out).Document(document::Operations(pool, files));
  return out.Take();
}

}  // namespace aplus::openapi
