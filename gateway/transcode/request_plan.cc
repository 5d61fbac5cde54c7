#include "gateway/transcode/request_plan.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "gateway/transcode/json_value.h"
#include "gateway/transcode/scalar_text.h"

namespace aplus::transcode {
namespace request_plan {

constexpr std::size_t kMaxQueryParts = 100;

tl::unexpected<Error> Malformed(std::string_view path, std::string_view code) {
  return Fail(MalformedValue(std::string(path), code));
}

const FieldPlan* FindProtoName(const MessagePlan& message, std::string_view name) {
  // Plans keep JSON names; the default one is the proto name in camel case.
  std::string camel;
  bool raise = false;
  for (const char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    camel.push_back(raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    raise = false;
  }
  return message.FindName(camel);
}

// Whether text in a URL can stand for the field.
bool IsTextual(const FieldPlan& field) {
  return field.kind != Kind::kMessage || field.message->well_known != WellKnown::kNone;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A URL has only text: numbers, booleans and enum numbers are told by the field's type.
JsonToken TokenFor(const FieldPlan& field, std::string_view text) {
  const bool wrapper = field.kind == Kind::kMessage && field.message->well_known == WellKnown::kWrapper;
  const Kind kind = wrapper ? field.message->fields.front().kind : field.kind;
  if (kind == Kind::kBool) {
    if (text == "true" || text == "1") return {JsonToken::What::kTrue, text};
    if (text == "false" || text == "0") return {JsonToken::What::kFalse, text};
  }
  if (kind == Kind::kEnum && IsJsonNumber(text)) return {JsonToken::What::kNumber, text};
  return {JsonToken::What::kString, text};
}

std::string_view AppendText(const FieldPath& path, std::string_view text, std::string& wire) {
  WireWriter writer(wire);
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) starts.push_back(writer.Begin(path[i]->number));
  const auto problem = AppendValue(*path.back(), TokenFor(*path.back(), text), Tagging::kTagged, wire);
  if (!problem.empty()) return problem;
  for (auto start = starts.rbegin(); start != starts.rend(); ++start) writer.End(*start);
  return {};
}

}  // namespace request_plan

bool DecodeUrlPart(std::string_view text, bool query, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = request_plan::HexValue(text[i + 1]);
      const int low = request_plan::HexValue(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && query) {
      c = ' ';
    }
    if (c == '\0') return false;
    out.push_back(c);
  }
  return simdjson::validate_utf8(out.data(), out.size());
}

Result<RequestPlan> RequestPlan::Compile(const MessagePlan& message, std::string_view body,
                                         std::span<const std::string> variables) {
  RequestPlan plan;
  plan.message_ = &message;
  plan.whole_body_ = body == "*";
  if (!body.empty() && !plan.whole_body_) {
    plan.body_field_ = request_plan::FindProtoName(message, body);
    if (plan.body_field_ == nullptr) {
      return Fail(Reason::kInternal, fmt::format("{} has no field {}", message.full_name, body));
    }
  }
  for (const std::string& variable : variables) {
    FieldPath path;
    const MessagePlan* inside = &message;
    for (std::string_view rest = variable; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('.'));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      const FieldPlan* field = inside == nullptr ? nullptr : request_plan::FindProtoName(*inside, name);
      if (field == nullptr || field->shape != Shape::kSingular) {
        return Fail(Reason::kInternal, fmt::format("{} has no field {}", message.full_name, variable));
      }
      path.push_back(field);
      inside = field->message;
    }
    if (!request_plan::IsTextual(*path.back())) {
      return Fail(Reason::kInternal, fmt::format("{} cannot stand in a path", variable));
    }
    if (path.size() == 1) plan.bound_by_path_.push_back(path.front());
    plan.variables_.push_back(std::move(path));
  }
  for (const FieldPlan& field : message.fields) {
    if (field.edge != Edge::kNone) plan.edges_.push_back(&field);
  }
  return plan;
}

Result<void> RequestPlan::AppendBody(std::string_view json, std::string& wire) const {
  if (whole_body_) return JsonToWire(*message_, json, bound_by_path_, wire);
  return JsonToWireField(*body_field_, json, wire);
}

Result<void> RequestPlan::AppendPath(std::span<const std::string_view> captures, std::string& wire) const {
  std::string text;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const FieldPath& path = variables_[i];
    const std::string& name = path.back()->name;
    if (!DecodeUrlPart(captures[i], false, text)) return request_plan::Malformed(name, "format");
    const auto problem = request_plan::AppendText(path, text, wire);
    if (!problem.empty()) return request_plan::Malformed(name, problem);
  }
  return {};
}

Result<FieldPath> RequestPlan::FindQuery(std::string_view key) const {
  FieldPath path;
  const MessagePlan* inside = whole_body_ ? nullptr : message_;
  for (std::string_view rest = key;;) {
    const std::string_view name = rest.substr(0, rest.find('.'));
    const FieldPlan* field = inside == nullptr ? nullptr : inside->FindName(name);
    if (field == nullptr || field->shape == Shape::kMap) return request_plan::Malformed(key, "unknown");
    path.push_back(field);
    if (name.size() == rest.size()) break;
    // Only singular messages without a form of their own have something inside.
    const bool opens = field->shape == Shape::kSingular && !request_plan::IsTextual(*field);
    inside = opens ? field->message : nullptr;
    rest.remove_prefix(name.size() + 1);
  }
  const bool taken = path.front() == body_field_ || std::find(bound_by_path_.begin(), bound_by_path_.end(),
                                                              path.front()) != bound_by_path_.end();
  if (taken || !request_plan::IsTextual(*path.back())) return request_plan::Malformed(key, "unknown");
  return path;
}

Result<void> RequestPlan::AppendQuery(std::string_view query, std::string& wire) const {
  std::vector<std::string> seen;
  std::string key;
  std::string value;
  for (std::size_t count = 0; !query.empty(); ++count) {
    if (count == request_plan::kMaxQueryParts) return request_plan::Malformed({}, "too_many_values");
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string_view raw_value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    if (!DecodeUrlPart(part.substr(0, equals), true, key)) return request_plan::Malformed({}, "format");
    key.resize(std::min<std::size_t>(key.size(), 200));
    if (!DecodeUrlPart(raw_value, true, value)) return request_plan::Malformed(key, "format");
    TRY(const FieldPath path, FindQuery(key));
    const FieldPlan& field = *path.back();
    if (field.shape == Shape::kSingular) {
      if (std::find(seen.begin(), seen.end(), key) != seen.end())
        return request_plan::Malformed(key, "duplicate");
      seen.push_back(key);
    }
    // A form sends its empty inputs too: an empty value of anything but a text is none.
    if (value.empty() && (field.kind != Kind::kString || field.shape == Shape::kRepeated)) continue;
    const auto problem = request_plan::AppendText(path, value, wire);
    if (!problem.empty()) return request_plan::Malformed(key, problem);
  }
  return {};
}

void RequestPlan::AppendEdge(const FieldPlan& field, std::string_view text, std::string& wire) {
  WireWriter writer(wire);
  if (field.kind == Kind::kString) return writer.Bytes(field.number, text);
  const auto number = ParseUnsigned(text);
  if (!number) return;
  writer.Tag(field.number, WireType::kVarint);
  writer.Varint(*number);
}

}  // namespace aplus::transcode
