#include "gateway/transcode/json_value.h"

#include <limits>

#include "gateway/transcode/scalar_text.h"

namespace aplus::transcode {
namespace json_value {

using What = JsonToken::What;

constexpr std::string_view kFine{};

struct CodeRow {
  std::string_view code;
  std::string_view detail;
};

constexpr CodeRow kCodes[] = {
    {"syntax", "Ce n’est pas du JSON valable."},
    {"utf8", "Le texte n’est pas de l’UTF-8 valable."},
    {"null_character", "Le caractère U+0000 n’est pas accepté."},
    {"control_character", "Un caractère de commande doit être écrit sous forme échappée."},
    {"surrogate", "Un demi-caractère (surrogate) n’est pas accepté."},
    {"duplicate", "Ce champ est donné deux fois."},
    {"unknown", "Ce champ n’est pas connu ici."},
    {"oneof", "Un seul de ces champs peut être donné."},
    {"type", "Ce n’est pas une valeur du type attendu."},
    {"range", "Ce nombre est hors des limites."},
    {"format", "Cette valeur n’a pas la forme attendue."},
    {"enum", "Cette valeur ne fait pas partie de la liste."},
    {"too_deep", "Trop de niveaux imbriqués."},
    {"too_many_values", "Trop de valeurs."},
};

// A number, or a number in quotes.
bool IsNumeric(const JsonToken& token) { return token.what == What::kNumber || token.what == What::kString; }

// In quotes an integer is plain digits.
bool IsIntegral(const JsonToken& token) {
  return token.what == What::kNumber ||
         (token.what == What::kString && token.text.find_first_of(".eE") == std::string_view::npos);
}

template <class Narrow>
std::string_view ReadSigned(const JsonToken& token, std::int64_t& value) {
  if (!IsIntegral(token)) return "type";
  const auto parsed = ParseSigned(token.text);
  if (!parsed) return IsJsonNumber(token.text) ? "range" : "type";
  if (*parsed < std::numeric_limits<Narrow>::min() || *parsed > std::numeric_limits<Narrow>::max())
    return "range";
  value = *parsed;
  return kFine;
}

template <class Narrow>
std::string_view ReadUnsigned(const JsonToken& token, std::uint64_t& value) {
  if (!IsIntegral(token)) return "type";
  const auto parsed = ParseUnsigned(token.text);
  if (!parsed) return IsJsonNumber(token.text) ? "range" : "type";
  if (*parsed > std::numeric_limits<Narrow>::max()) return "range";
  value = *parsed;
  return kFine;
}

std::string_view ReadReal(const JsonToken& token, bool single, double& value) {
  if (!IsNumeric(token)) return "type";
  const auto parsed = ParseReal(token.text, single);
  if (!parsed) return IsJsonNumber(token.text) ? "range" : "type";
  value = *parsed;
  return kFine;
}

std::string_view ReadEnum(const EnumPlan& plan, const JsonToken& token, std::int64_t& value) {
  if (token.what == What::kString) {
    const auto found = plan.values.find(std::string(token.text));
    if (found == plan.values.end()) return "enum";
    value = found->second;
    return kFine;
  }
  if (const auto problem = ReadSigned<std::int32_t>(token, value); !problem.empty()) return problem;
  // Open enums are for readers of newer writers; what a client sends must mean something here.
  return plan.NameOf(static_cast<std::int32_t>(value)).empty() ? "enum" : kFine;
}

std::string_view AppendVarint(const FieldPlan& field, const JsonToken& token, WireWriter& wire) {
  std::int64_t number = 0;
  std::uint64_t natural = 0;
  std::string_view problem;
  switch (field.kind) {
    case Kind::kBool:
      if (token.what != What::kTrue && token.what != What::kFalse) return "type";
      natural = token.what == What::kTrue ? 1 : 0;
      break;
    case Kind::kInt32:
      problem = ReadSigned<std::int32_t>(token, number);
      natural = static_cast<std::uint64_t>(number);
      break;
    case Kind::kSint32:
      problem = ReadSigned<std::int32_t>(token, number);
      natural = ZigZag(number);
      break;
    case Kind::kInt64:
      problem = ReadSigned<std::int64_t>(token, number);
      natural = static_cast<std::uint64_t>(number);
      break;
    case Kind::kSint64:
      problem = ReadSigned<std::int64_t>(token, number);
      natural = ZigZag(number);
      break;
    case Kind::kUint32:
      problem = ReadUnsigned<std::uint32_t>(token, natural);
      break;
    case Kind::kUint64:
      problem = ReadUnsigned<std::uint64_t>(token, natural);
      break;
    case Kind::kEnum:
      problem = ReadEnum(*field.enumeration, token, number);
      natural = static_cast<std::uint64_t>(number);
      break;
    default:
      return "type";
  }
  if (problem.empty()) wire.Varint(natural);
  return problem;
}

std::string_view AppendFixed(const FieldPlan& field, const JsonToken& token, WireWriter& wire) {
  std::int64_t number = 0;
  std::uint64_t natural = 0;
  double real = 0;
  std::string_view problem;
  switch (field.kind) {
    case Kind::kFixed32:
      problem = ReadUnsigned<std::uint32_t>(token, natural);
      wire.Fixed32(static_cast<std::uint32_t>(natural));
      return problem;
    case Kind::kSfixed32:
      problem = ReadSigned<std::int32_t>(token, number);
      wire.Fixed32(static_cast<std::uint32_t>(number));
      return problem;
    case Kind::kFixed64:
      problem = ReadUnsigned<std::uint64_t>(token, natural);
      wire.Fixed64(natural);
      return problem;
    case Kind::kSfixed64:
      problem = ReadSigned<std::int64_t>(token, number);
      wire.Fixed64(static_cast<std::uint64_t>(number));
      return problem;
    case Kind::kFloat:
      problem = ReadReal(token, true, real);
      wire.Fixed32(std::bit_cast<std::uint32_t>(static_cast<float>(real)));
      return problem;
    case Kind::kDouble:
      problem = ReadReal(token, false, real);
      wire.Fixed64(std::bit_cast<std::uint64_t>(real));
      return problem;
    default:
      return "type";
  }
}

void AppendSecondsAndNanos(const SecondsAndNanos& value, WireWriter& wire) {
  wire.Tag(1, WireType::kVarint);
  wire.Varint(static_cast<std::uint64_t>(value.seconds));
  wire.Tag(2, WireType::kVarint);
  wire.Varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(value.nanos)));
}

std::string_view AppendFieldMask(std::string_view text, WireWriter& wire) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const auto path = SnakePath(text.substr(0, comma));
    if (!path) return "format";
    wire.Bytes(1, *path);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return "format";
  }
  return kFine;
}

std::string_view AppendWellKnown(const FieldPlan& field, const JsonToken& token, WireWriter& wire) {
  const std::size_t start = wire.Begin(field.number);
  const MessagePlan& plan = *field.message;
  if (plan.well_known == WellKnown::kWrapper) {
    const auto problem = AppendValue(plan.fields.front(), token, Tagging::kTagged, wire.out());
    if (problem.empty()) wire.End(start);
    return problem;
  }
  if (token.what != What::kString) return "type";
  if (plan.well_known == WellKnown::kFieldMask) {
    if (const auto problem = AppendFieldMask(token.text, wire); !problem.empty()) return problem;
  } else {
    const auto value =
        plan.well_known == WellKnown::kTimestamp ? ParseTimestamp(token.text) : ParseDuration(token.text);
    if (!value) return "format";
    AppendSecondsAndNanos(*value, wire);
  }
  wire.End(start);
  return kFine;
}

}  // namespace json_value

std::string_view AppendValue(const FieldPlan& field, const JsonToken& token, Tagging tagging,
                             std::string& out) {
  using namespace json_value;
  WireWriter wire(out);
  if (field.kind == Kind::kMessage) {
    return field.message->well_known == WellKnown::kNone ? "type" : AppendWellKnown(field, token, wire);
  }
  const WireType type = field.ElementWireType();
  if (type == WireType::kLength) {
    if (token.what != What::kString) return "type";
    if (field.kind == Kind::kString) {
      wire.Bytes(field.number, token.text);
      return kFine;
    }
    const std::size_t start = wire.Begin(field.number);
    if (!DecodeBase64(token.text, out)) return "format";
    wire.End(start);
    return kFine;
  }
  if (tagging == Tagging::kTagged) wire.Tag(field.number, type);
  return type == WireType::kVarint ? AppendVarint(field, token, wire) : AppendFixed(field, token, wire);
}

Error MalformedValue(std::string path, std::string_view code) {
  Error error;
  error.reason = Reason::kMalformed;
  std::string_view detail = "Cette valeur n’est pas acceptée.";
  for (const auto& row : json_value::kCodes) {
    if (row.code == code) detail = row.detail;
  }
  error.violations.push_back({std::move(path), std::string(code), std::string(detail)});
  return error;
}

}  // namespace aplus::transcode
