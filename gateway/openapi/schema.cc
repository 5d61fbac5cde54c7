#include "gateway/openapi/schema.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "aplus/api/v1/options.pb.h"

namespace aplus::openapi {
namespace schema_detail {

namespace pb = google::protobuf;

// Comment lines joined, blank lines kept as paragraphs.
std::string Tidy(const std::string& raw) {
  std::string text;
  std::size_t at = 0;
  bool paragraph = false;
  while (at < raw.size()) {
    const std::size_t end = std::min(raw.find('\n', at), raw.size());
    std::string_view line(raw.data() + at, end - at);
    at = end + 1;
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
    if (line.empty()) {
      paragraph = true;
      continue;
    }
    if (!text.empty()) text += paragraph ? "\n\n" : " ";
    paragraph = false;
    text += line;
  }
  return text;
}

std::string_view FormatName(api::v1::Format format) {
  switch (format) {
    case api::v1::FORMAT_UUID:
      return "uuid";
    case api::v1::FORMAT_EMAIL:
      return "email";
    case api::v1::FORMAT_DATE:
      return "date";
    case api::v1::FORMAT_PHONE:
      return "phone";
    case api::v1::FORMAT_NIR:
      return "nir";
    case api::v1::FORMAT_CAF_NUMBER:
      return "caf-number";
    case api::v1::FORMAT_TAX_NUMBER:
      return "tax-number";
    case api::v1::FORMAT_BIRTH_DATE:
      return "birth-date";
    case api::v1::FORMAT_AREA:
      return "insee-departement";
    case api::v1::FORMAT_SITE_PATH:
      return "site-path";
    case api::v1::FORMAT_LINE:
      return "single-line";
    case api::v1::FORMAT_CURSOR:
      return "cursor";
    default:
      return {};
  }
}

}  // namespace schema_detail

template <class D>
std::string Comment(const D& declaration) {
  google::protobuf::SourceLocation location;
  if (!declaration.GetSourceLocation(&location)) return {};
  const std::string& raw =
      location.leading_comments.empty() ? location.trailing_comments : location.leading_comments;
  return schema_detail::Tidy(raw);
}

template std::string Comment(const google::protobuf::Descriptor&);
template std::string Comment(const google::protobuf::FieldDescriptor&);
template std::string Comment(const google::protobuf::EnumDescriptor&);
template std::string Comment(const google::protobuf::EnumValueDescriptor&);
template std::string Comment(const google::protobuf::MethodDescriptor&);
template std::string Comment(const google::protobuf::ServiceDescriptor&);

std::string ComponentName(std::string_view full_name) {
  constexpr std::string_view kPackage = "aplus.";
  if (full_name.starts_with(kPackage)) full_name.remove_prefix(kPackage.size());
  return std::string(full_name);
}

bool IsEdgeField(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(api::v1::field).edge() != api::v1::EDGE_UNSPECIFIED;
}

void SchemaWriter::Field(const google::protobuf::FieldDescriptor& field) {
  const std::string comment = Comment(field);
  if (!comment.empty()) out_.Member("description", comment);
  if (field.is_map()) {
    out_.Member("type", "object");
    out_.BeginObject("additionalProperties");
    Value(*field.message_type()->map_value());
    out_.EndObject();
  } else if (field.is_repeated()) {
    out_.Member("type", "array");
    const auto& rule = field.options().GetExtension(api::v1::field);
    if (rule.max_items() > 0) out_.Member("maxItems", std::int64_t{rule.max_items()});
    out_.BeginObject("items");
    Value(field);
    Rules(field);
    out_.EndObject();
  } else {
    Value(field);
    Rules(field);
  }
}

void SchemaWriter::Value(const google::protobuf::FieldDescriptor& field) {
  using google::protobuf::FieldDescriptor;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return out_.Member("type", "boolean");
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      out_.Member("type", "integer");
      return out_.Member("format", "int32");
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      out_.Member("type", "string");
      out_.Member("format", "int64");
      return out_.Member("pattern", "^-?[0-9]{1,20}$");
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      out_.Member("type", "number");
      return out_.Member("format", "double");
    case FieldDescriptor::CPPTYPE_ENUM:
      enums_.push_back(field.enum_type());
      return out_.Member("$ref", "#/components/schemas/" + ComponentName(field.enum_type()->full_name()));
    case FieldDescriptor::CPPTYPE_STRING:
      out_.Member("type", "string");
      if (field.type() == FieldDescriptor::TYPE_BYTES) out_.Member("contentEncoding", "base64");
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!WellKnown(*field.message_type())) Refer(*field.message_type());
      return;
  }
}

bool SchemaWriter::WellKnown(const google::protobuf::Descriptor& type) {
  using google::protobuf::Descriptor;
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      out_.Member("type", "string");
      out_.Member("format", "date-time");
      return true;
    case Descriptor::WELLKNOWNTYPE_DURATION:
      out_.Member("type", "string");
      out_.Member("pattern", "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$");
      return true;
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      out_.Member("type", "string");
      return true;
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return false;
    default:
      Value(*type.FindFieldByNumber(1));
      return true;  // wrappers
  }
}

void SchemaWriter::Rules(const google::protobuf::FieldDescriptor& field) {
  const auto& rule = field.options().GetExtension(api::v1::field);
  const std::string_view format = schema_detail::FormatName(rule.format());
  if (!format.empty()) out_.Member("format", format);
  if (rule.min_length() > 0) out_.Member("minLength", std::int64_t{rule.min_length()});
  if (rule.max_length() > 0) out_.Member("maxLength", std::int64_t{rule.max_length()});
  if (!rule.pattern().empty()) out_.Member("pattern", fmt::format("^(?:{})$", rule.pattern()));
  if (rule.min() == 0 && rule.max() == 0) return;
  if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT32 &&
      field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_UINT32) {
    return;  // a string in JSON: its value has no minimum there
  }
  out_.Member("minimum", rule.min());
  out_.Member("maximum", rule.max());
}

void SchemaWriter::Object(const google::protobuf::Descriptor& type, const std::set<std::string>& without,
                          bool closed) {
  const std::string comment = Comment(type);
  if (!comment.empty()) out_.Member("description", comment);
  out_.Member("type", "object");
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    if (!IsEdgeField(field) && without.count(field.name()) == 0) fields.push_back(&field);
  }
  const auto required = [](const auto* field) {
    return field->options().GetExtension(api::v1::field).required();
  };
  if (std::any_of(fields.begin(), fields.end(), required)) {
    out_.BeginArray("required");
    for (const auto* field : fields) {
      if (required(field)) out_.Element(field->json_name());
    }
    out_.EndArray();
  }
  out_.BeginObject("properties");
  for (const auto* field : fields) {
    out_.BeginObject(field->json_name());
    Field(*field);
    out_.EndObject();
  }
  out_.EndObject();
  if (closed) out_.Member("additionalProperties", false);
}

void SchemaWriter::Refer(const google::protobuf::Descriptor& type) {
  messages_.push_back(&type);
  out_.Member("$ref", "#/components/schemas/" + ComponentName(type.full_name()));
}

void SchemaWriter::Enum(const google::protobuf::EnumDescriptor& type) {
  std::string description = Comment(type);
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string comment = Comment(*type.value(i));
    if (!comment.empty()) description += fmt::format("\n\n`{}`: {}", type.value(i)->name(), comment);
  }
  if (!description.empty()) out_.Member("description", description);
  out_.Member("type", "string");
  out_.BeginArray("enum");
  for (int i = 0; i < type.value_count(); ++i) out_.Element(type.value(i)->name());
  out_.EndArray();
}

void SchemaWriter::Components() {
  // Writing one may refer to further ones, which join the end of the list.
  std::set<std::string> written;
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const auto& type = *messages_[i];
    if (!written.insert(type.full_name()).second) continue;
    out_.BeginObject(ComponentName(type.full_name()));
    Object(type, {}, false);
    out_.EndObject();
  }
  for (const auto* type : enums_) {
    if (!written.insert(type->full_name()).second) continue;
    out_.BeginObject(ComponentName(type->full_name()));
    Enum(*type);
    out_.EndObject();
  }
}

}  // namespace aplus::openapi
