#include "gateway/transcode/json_to_wire.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <array>

#include "gateway/transcode/json_scanner.h"
#include "gateway/transcode/json_value.h"

namespace aplus::transcode {
namespace json_to_wire {

constexpr std::size_t kShownKey = 64;  // bytes of a client's own key that an error repeats

class Reader {
 public:
  Reader(std::string_view json, const JsonLimits& limits, std::string& out)
      : scan_(json), limits_(limits), out_(out), wire_(out) {}

  bool WholeMessage(const MessagePlan& plan, const ExcludedFields& excluded) {
    return CountNode() && Object(plan, &excluded) && (scan_.AtEnd() || Refuse("syntax"));
  }

  bool WholeField(const FieldPlan& field) { return FieldValue(field) && (scan_.AtEnd() || Refuse("syntax")); }

  Error TakeError() { return std::move(error_); }
  bool Refuse(std::string_view code) { return RefuseAt(Path(), code); }

 private:
  // A step of the path to the present value: a field's name, a map's key or a position.
  struct Step {
    std::string_view name;
    std::string map_key;
    std::size_t index = 0;
    enum class What : std::uint8_t { kName, kMapKey, kIndex } what = What::kName;
  };

  std::string Path() const {
    std::string path;
    for (const Step& step : path_) {
      switch (step.what) {
        case Step::What::kIndex:
          path += fmt::format("[{}]", step.index);
          break;
        case Step::What::kMapKey:
          path += fmt::format("[\"{}\"]", ShownPart(step.map_key));
          break;
        case Step::What::kName:
          if (!path.empty()) path += '.';
          path += step.name;
      }
    }
    return path;
  }

  // Cut at a character's start, so that what an error repeats stays UTF-8.
  static std::string_view ShownPart(std::string_view key) {
    if (key.size() <= kShownKey) return key;
    std::size_t size = kShownKey;
    while (size > 0 && (static_cast<std::uint8_t>(key[size]) & 0xc0) == 0x80) --size;
    return key.substr(0, size);
  }

  bool RefuseAt(std::string path, std::string_view code) {
    if (error_.violations.empty()) error_ = MalformedValue(std::move(path), code);
    return false;
  }

  bool RefuseKey(std::string_view key, std::string_view code) {
    std::string path = Path();
    if (!path.empty()) path += '.';
    path += ShownPart(key);
    return RefuseAt(std::move(path), code);
  }

  bool RefuseFault() {
    switch (scan_.fault()) {
      case JsonFault::kNullCharacter:
        return Refuse("null_character");
      case JsonFault::kSurrogate:
        return Refuse("surrogate");
      case JsonFault::kControl:
        return Refuse("control_character");
      default:
        return Refuse("syntax");
    }
  }

  bool CountNode() { return ++nodes_ <= limits_.nodes || Refuse("too_many_values"); }

  bool Enter(char open) {
    if (scan_.Peek() != open) return Refuse(IsValueStart(scan_.Peek()) ? "type" : "syntax");
    scan_.Take(open);
    return ++depth_ <= limits_.depth || Refuse("too_deep");
  }

  static bool IsValueStart(char c) {
    return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' ||
           c == 'n';
  }

  // Runs `member` for each element up to `close`, commas and limits included.
  template <class Member>
  bool Elements(char open, char close, Member member) {
    if (!Enter(open)) return false;
    if (scan_.Peek() == close) {
      --depth_;
      return scan_.Take(close);
    }
    for (std::size_t count = 0;; ++count) {
      if (count == limits_.members) return Refuse("too_many_values");
      if (!member(count)) return false;
      const char next = scan_.Peek();
      if (next != ',' && next != close) return Refuse("syntax");
      scan_.Take(next);
      if (next == close) break;
    }
    --depth_;
    return true;
  }

  bool Object(const MessagePlan& plan, const ExcludedFields* excluded) {
    std::array<std::uint64_t, kMaxFields / 64> seen{};
    std::uint64_t oneofs = 0;
    return Elements('{', '}', [&](std::size_t) {
      std::string_view key;
      if (!scan_.ReadString(scratch_, key)) return RefuseFault();
      const FieldPlan* field = plan.FindName(key);
      if (field == nullptr || IsExcluded(excluded, field)) return RefuseKey(key, "unknown");
      const auto index = static_cast<std::size_t>(field - plan.fields.data());
      const std::uint64_t bit = std::uint64_t{1} << index % 64;
      if ((seen[index / 64] & bit) != 0) return RefuseKey(key, "duplicate");
      seen[index / 64] |= bit;
      if (!scan_.Take(':')) return RefuseFault();
      path_.push_back({.name = field->name, .map_key = {}});
      if (field->oneof >= 0 && scan_.Peek() != 'n') {
        const std::uint64_t choice = std::uint64_t{1} << field->oneof;
        if ((oneofs & choice) != 0) return Refuse("oneof");
        oneofs |= choice;
      }
      if (!FieldValue(*field)) return false;
      path_.pop_back();
      return true;
    });
  }

  static bool IsExcluded(const ExcludedFields* excluded, const FieldPlan* field) {
    if (excluded == nullptr) return false;
    for (const FieldPlan* other : *excluded) {
      if (other == field) return true;
    }
    return false;
  }

  bool FieldValue(const FieldPlan& field) {
    if (!CountNode()) return false;
    if (scan_.Peek() == 'n') return scan_.ReadWord("null") || RefuseFault();
    switch (field.shape) {
      case Shape::kSingular:
        return Value(field);
      case Shape::kRepeated:
        return Repeated(field);
      case Shape::kMap:
        return Map(field);
    }
    return false;
  }

  bool Repeated(const FieldPlan& field) {
    const std::size_t start = field.packed ? wire_.Begin(field.number) : 0;
    const bool read = Elements('[', ']', [&](std::size_t index) {
      path_.push_back({.name = {}, .map_key = {}, .index = index, .what = Step::What::kIndex});
      if (!CountNode()) return false;
      if (!(field.packed ? Scalar(field, Tagging::kBare) : Value(field))) return false;
      path_.pop_back();
      return true;
    });
    if (read && field.packed) wire_.End(start);
    return read;
  }

  bool Map(const FieldPlan& field) {
    const FieldPlan& key_field = *field.message->FindNumber(1);
    const FieldPlan& value_field = *field.message->FindNumber(2);
    absl::flat_hash_set<std::string> keys;
    return Elements('{', '}', [&](std::size_t) {
      std::string_view key;
      if (!scan_.ReadString(scratch_, key)) return RefuseFault();
      path_.push_back({.name = {}, .map_key = std::string(key), .index = 0, .what = Step::What::kMapKey});
      const std::size_t start = wire_.Begin(field.number);
      const JsonToken token{key_field.kind == Kind::kBool ? WordToken(key) : JsonToken::What::kString, key};
      if (const auto problem = AppendValue(key_field, token, Tagging::kTagged, out_); !problem.empty()) {
        return Refuse(problem);
      }
      // Two spellings of one number are one key: what is compared is the wire form.
      if (!keys.insert(out_.substr(start)).second) return Refuse("duplicate");
      if (!scan_.Take(':')) return RefuseFault();
      if (!CountNode() || !Value(value_field)) return false;
      wire_.End(start);
      path_.pop_back();
      return true;
    });
  }

  static JsonToken::What WordToken(std::string_view key) {
    if (key == "true") return JsonToken::What::kTrue;
    return key == "false" ? JsonToken::What::kFalse : JsonToken::What::kString;
  }

  // One value with its tag; null is none.
  bool Value(const FieldPlan& field) {
    if (field.kind != Kind::kMessage || field.message->well_known != WellKnown::kNone) {
      return Scalar(field, Tagging::kTagged);
    }
    const std::size_t start = wire_.Begin(field.number);
    if (!Object(*field.message, nullptr)) return false;
    wire_.End(start);
    return true;
  }

  bool Scalar(const FieldPlan& field, Tagging tagging) {
    JsonToken token;
    const char first = scan_.Peek();
    bool read = false;
    if (first == '"') {
      token.what = JsonToken::What::kString;
      read = scan_.ReadString(scratch_, token.text);
    } else if (first == 't') {
      token.what = JsonToken::What::kTrue;
      read = scan_.ReadWord("true");
    } else if (first == 'f') {
      token.what = JsonToken::What::kFalse;
      read = scan_.ReadWord("false");
    } else if (first == '-' || (first >= '0' && first <= '9')) {
      token.what = JsonToken::What::kNumber;
      read = scan_.ReadNumber(token.text);
    } else {
      return Refuse(IsValueStart(first) ? "type" : "syntax");
    }
    if (!read) return RefuseFault();
    const std::string_view problem = AppendValue(field, token, tagging, out_);
    return problem.empty() || Refuse(problem);
  }

  JsonScanner scan_;
  JsonLimits limits_;
  std::string& out_;
  WireWriter wire_;
  std::string scratch_;
  std::vector<Step> path_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  Error error_;
};

}  // namespace json_to_wire

Result<void> JsonToWire(const MessagePlan& plan, std::string_view json, const ExcludedFields& excluded,
                        std::string& out, const JsonLimits& limits) {
  json_to_wire::Reader reader(json, limits, out);
  if (!simdjson::validate_utf8(json.data(), json.size())) {
    reader.Refuse("utf8");
    return Fail(reader.TakeError());
  }
  if (!reader.WholeMessage(plan, excluded)) return Fail(reader.TakeError());
  return {};
}

Result<void> JsonToWireField(const FieldPlan& field, std::string_view json, std::string& out,
                             const JsonLimits& limits) {
  json_to_wire::Reader reader(json, limits, out);
  if (!simdjson::validate_utf8(json.data(), json.size())) {
    reader.Refuse("utf8");
    return Fail(reader.TakeError());
  }
  if (!reader.WholeField(field)) return Fail(reader.TakeError());
  return {};
}

}  // namespace aplus::transcode
