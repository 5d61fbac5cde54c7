#include "libs/rpc/validation.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>
#include <re2/re2.h>

#include <algorithm>

#include "aplus/api/v1/options.pb.h"
#include "libs/base/text.h"
#include "libs/rpc/formats.h"

namespace aplus {

// What Apply does to one message type: a flat list of the fields that have something to check.
struct MessageRules::Plan {
  struct FieldPlan {
    const google::protobuf::FieldDescriptor* field = nullptr;
    api::v1::Field rule;
    std::unique_ptr<re2::RE2> pattern;
    const Plan* nested = nullptr;  // of a message field
  };
  std::vector<FieldPlan> fields;
};

namespace validation {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Plan = MessageRules::Plan;
using FieldPlan = Plan::FieldPlan;

// Of text without a length of its own: ids, cursors, search words.
constexpr int kDefaultMaxLength = 2048;
constexpr std::size_t kMaxViolations = 50;
constexpr int kMaxDepth = 32;

bool IsText(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING; }
bool IsBytes(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_BYTES; }
bool IsMessage(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }
bool IsMoment(const FieldDescriptor& field) {
  return IsMessage(field) && field.message_type() == google::protobuf::Timestamp::descriptor();
}
bool IsInteger(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

// ---- compiling ----

void CheckDeclaration(const FieldPlan& plan, std::vector<std::string>& problems) {
  const FieldDescriptor& field = *plan.field;
  const api::v1::Field& rule = plan.rule;
  const auto problem = [&](std::string_view what) {
    problems.push_back(field.full_name() + " " + std::string(what));
  };
  if (field.is_map()) problem("is a map, which requests may not hold");
  if (!IsText(field) && (rule.min_length() != 0 || rule.max_length() != 0))
    problem("has a length but is no text");
  if ((!IsText(field) || IsBytes(field)) &&
      (!rule.pattern().empty() || rule.format() != api::v1::FORMAT_UNSPECIFIED)) {
    problem("has a pattern or a format but is no text");
  }
  if (!IsInteger(field) && (rule.min() != 0 || rule.max() != 0)) problem("has a range but is no integer");
  if (!field.is_repeated() && rule.max_items() != 0) problem("has max_items but is not repeated");
  if (rule.min_length() < 0 || rule.max_length() < 0 || rule.max_items() < 0) problem("has a negative limit");
  if (rule.max_length() != 0 && rule.min_length() > rule.max_length())
    problem("has min_length above max_length");
  if (rule.max() != 0 && rule.min() > rule.max()) problem("has min above max");
  if (!api::v1::Format_IsValid(rule.format())) problem("has an unknown format");
  if (plan.pattern && !plan.pattern->ok())
    problem("has a pattern that does not compile: " + plan.pattern->error());
}

// ---- applying ----

class Check {
 public:
  explicit Check(bool later) : later_(later) {}

  void Walk(const Plan& plan, Message& message, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return;  // the parser has refused it already
    for (const FieldPlan& field : plan.fields) {
      if (violations_.size() >= kMaxViolations) return;
      if (field.field->is_repeated()) {
        Repeated(field, message, prefix, depth);
      } else {
        Single(field, message, prefix, depth);
      }
    }
  }

  Result<void> Finish() {
    if (violations_.empty()) return {};
    Error error;
    error.reason = Reason::kInvalidArgument;
    error.violations = std::move(violations_);
    return Fail(std::move(error));
  }

 private:
  static std::string Path(const FieldPlan& plan, const std::string& prefix) {
    return prefix.empty() ? plan.field->json_name() : prefix + "." + plan.field->json_name();
  }
  void Violate(std::string path, std::string_view code, std::string detail) {
    violations_.push_back({std::move(path), std::string(code), std::move(detail)});
  }
  void Missing(const FieldPlan& plan, const std::string& prefix) {
    if (!later_) Violate(Path(plan, prefix), "required", "Cette information est obligatoire.");
  }

  void Single(const FieldPlan& plan, Message& message, const std::string& prefix, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* field = plan.field;
    if (IsMessage(*field)) {
      if (!reflection.HasField(message, field)) {
        if (plan.rule.required()) Missing(plan, prefix);
      } else if (IsMoment(*field)) {
        Moment(reflection.GetMessage(message, field), [&] { return Path(plan, prefix); });
      } else if (plan.nested != nullptr) {
        Walk(*plan.nested, *reflection.MutableMessage(&message, field), Path(plan, prefix), depth + 1);
      }
      return;
    }
    // proto3 without presence: zero, false, empty and UNSPECIFIED mean absent.
    if (field->has_presence() ? !reflection.HasField(message, field) : IsZero(reflection, message, field)) {
      if (plan.rule.required()) Missing(plan, prefix);
      return;
    }
    if (IsText(*field)) {
      std::string scratch;
      const std::string& text = reflection.GetStringReference(message, field, &scratch);
      std::string changed;
      bool empty = text.empty();
      if (Text(plan, text, changed, [&] { return Path(plan, prefix); })) {
        empty = changed.empty();
        reflection.SetString(&message, field, std::move(changed));
      }
      // Said to be there and empty: not the same as absent where something must be.
      if (empty && (plan.rule.required() || plan.rule.min_length() > 0)) Missing(plan, prefix);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      if (field->enum_type()->FindValueByNumber(reflection.GetEnumValue(message, field)) == nullptr) {
        Violate(Path(plan, prefix), "unknown_value", "Valeur inconnue.");
      }
    } else if (IsInteger(*field)) {
      Integer(plan, IntegerValue(reflection, message, field), [&] { return Path(plan, prefix); });
    }
  }

  void Repeated(const FieldPlan& plan, Message& message, const std::string& prefix, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* field = plan.field;
    const int size = reflection.FieldSize(message, field);
    if (size == 0) {
      if (plan.rule.required()) Missing(plan, prefix);
      return;
    }
    if (plan.rule.max_items() != 0 && size > plan.rule.max_items()) {
      Violate(Path(plan, prefix), "too_many", fmt::format("{} éléments au plus.", plan.rule.max_items()));
      return;
    }
    for (int i = 0; i < size && violations_.size() < kMaxViolations; ++i) {
      const auto path = [&] { return fmt::format("{}[{}]", Path(plan, prefix), i); };
      if (IsMoment(*field)) {
        Moment(reflection.GetRepeatedMessage(message, field, i), path);
      } else if (IsMessage(*field)) {
        if (plan.nested == nullptr) return;
        Walk(*plan.nested, *reflection.MutableRepeatedMessage(&message, field, i), path(), depth + 1);
      } else if (IsText(*field)) {
        std::string scratch;
        const std::string& text = reflection.GetRepeatedStringReference(message, field, i, &scratch);
        std::string changed;
        if (text.empty()) {
          Violate(path(), "required", "Cette information est obligatoire.");
        } else if (Text(plan, text, changed, path)) {
          if (changed.empty()) Violate(path(), "required", "Cette information est obligatoire.");
          reflection.SetRepeatedString(&message, field, i, std::move(changed));
        }
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const int value = reflection.GetRepeatedEnumValue(message, field, i);
        if (value == 0 || field->enum_type()->FindValueByNumber(value) == nullptr) {
          Violate(path(), "unknown_value", "Valeur inconnue.");
        }
      } else if (IsInteger(*field)) {
        Integer(plan, RepeatedIntegerValue(reflection, message, field, i), path);
      }
    }
  }

  // True when the text has another normal form, which is then in `changed`. Checks are on the normal form.
  template <class PathOf>
  bool Text(const FieldPlan& plan, const std::string& given, std::string& changed, const PathOf& path) {
    if (IsBytes(*plan.field)) {
      Length(plan, given.size(), path);
      return false;
    }
    const api::v1::Field& rule = plan.rule;
    const bool plain = IsPlain(given);
    std::optional<std::string> normal;
    if (!plain && !rule.secret()) {
      normal = NormaliseText(given);
      if (!normal) {
        Violate(path(), "format", "Texte mal encodé.");
        return false;
      }
      // Any format is on one line; a break in it is refused, not glued over.
      if (rule.format() != api::v1::FORMAT_UNSPECIFIED) {
        if (normal->find('\n') != std::string::npos) {
          Violate(path(), "format", "Une seule ligne.");
          return false;
        }
        normal = NormaliseLine(*normal);
      } else if (normal->find_first_not_of(" \n\t") == std::string::npos) {
        normal->clear();  // white space alone is nothing
      }
    }
    const std::string& text = normal ? *normal : given;
    if (!text.empty()) {
      Length(plan, plain ? text.size() : CountCharacters(text).value_or(text.size()), path);
      if (plan.pattern && !re2::RE2::FullMatch(text, *plan.pattern)) {
        Violate(path(), "pattern", "La forme attendue n’est pas respectée.");
      }
      if (rule.format() != api::v1::FORMAT_UNSPECIFIED) {
        if (FormatResult result = CheckFormat(rule.format(), text); !result.ok) {
          Violate(path(), "format", std::string(result.detail));
        } else if (std::string canonical = CanonicalForm(rule.format(), text); canonical != text) {
          changed = std::move(canonical);
          return true;
        }
      }
    }
    if (!normal || *normal == given) return false;
    changed = *std::move(normal);
    return true;
  }

  // Printable ASCII, words separated by single spaces: its own normal form, one byte a character.
  static bool IsPlain(std::string_view text) {
    char before = ' ';
    for (char c : text) {
      if (c < 0x20 || c > 0x7e || (c == ' ' && before == ' ')) return false;
      before = c;
    }
    return before != ' ';
  }

  template <class PathOf>
  void Length(const FieldPlan& plan, std::size_t length, const PathOf& path) {
    const bool limited = plan.rule.max_length() != 0;
    // Bytes have no limit but the message's.
    if (!limited && IsBytes(*plan.field)) return;
    const int most = limited ? plan.rule.max_length() : kDefaultMaxLength;
    if (length > static_cast<std::size_t>(most)) {
      Violate(path(), "too_long", fmt::format("{} caractères au plus.", most));
    } else if (length < static_cast<std::size_t>(plan.rule.min_length())) {
      Violate(path(), "too_short", fmt::format("{} caractères au moins.", plan.rule.min_length()));
    }
  }

  template <class PathOf>
  void Integer(const FieldPlan& plan, std::int64_t value, const PathOf& path) {
    const api::v1::Field& rule = plan.rule;
    if (rule.min() == 0 && rule.max() == 0) return;
    if (value < rule.min() || (rule.max() != 0 && value > rule.max())) {
      Violate(path(), "out_of_range",
              rule.max() == 0 ? fmt::format("{} au moins.", rule.min())
                              : fmt::format("Entre {} et {}.", rule.min(), rule.max()));
    }
  }

  // What RFC 3339 can write. JSON cannot say anything else, the wire can, and arithmetic would overflow.
  template <class PathOf>
  void Moment(const Message& message, const PathOf& path) {
    using google::protobuf::util::TimeUtil;
    constexpr std::int32_t kNanosPerSecond = 1'000'000'000;
    const auto& at = static_cast<const google::protobuf::Timestamp&>(message);
    if (at.seconds() < TimeUtil::kTimestampMinSeconds || at.seconds() > TimeUtil::kTimestampMaxSeconds ||
        at.nanos() < 0 || at.nanos() >= kNanosPerSecond) {
      Violate(path(), "out_of_range", "Un moment entre les années 1 et 9999.");
    }
  }

  static bool IsZero(const Reflection& reflection, const Message& message, const FieldDescriptor* field) {
    return !reflection.HasField(message, field);
  }
  static std::int64_t IntegerValue(const Reflection& reflection, const Message& message,
                                   const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.GetInt32(message, field);
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.GetInt64(message, field);
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.GetUInt32(message, field);
      default:
        return Clamp(reflection.GetUInt64(message, field));
    }
  }
  static std::int64_t RepeatedIntegerValue(const Reflection& reflection, const Message& message,
                                           const FieldDescriptor* field, int i) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.GetRepeatedInt32(message, field, i);
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.GetRepeatedInt64(message, field, i);
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.GetRepeatedUInt32(message, field, i);
      default:
        return Clamp(reflection.GetRepeatedUInt64(message, field, i));
    }
  }
  static std::int64_t Clamp(std::uint64_t value) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
  }

  const bool later_;
  std::vector<Error::Violation> violations_;
};

}  // namespace validation

MessageRules::MessageRules() = default;
MessageRules::~MessageRules() = default;

std::shared_ptr<const MessageRules> MessageRules::Compile(const google::protobuf::Descriptor& type,
                                                          std::vector<std::string>& problems) {
  auto rules = std::shared_ptr<MessageRules>(new MessageRules);
  // Types may hold one another, so plans are made first and filled afterwards.
  absl::flat_hash_map<const google::protobuf::Descriptor*, Plan*> plans;
  std::vector<const google::protobuf::Descriptor*> to_fill;
  const auto plan_of = [&](const google::protobuf::Descriptor* of) {
    auto [entry, is_new] = plans.try_emplace(of, nullptr);
    if (is_new) {
      rules->plans_.push_back(std::make_unique<Plan>());
      entry->second = rules->plans_.back().get();
      to_fill.push_back(of);
    }
    return entry->second;
  };
  plan_of(&type);
  while (!to_fill.empty()) {
    const google::protobuf::Descriptor* filling = to_fill.back();
    to_fill.pop_back();
    Plan* plan = plans[filling];
    for (int i = 0; i < filling->field_count(); ++i) {
      Plan::FieldPlan field;
      field.field = filling->field(i);
      field.rule = field.field->options().GetExtension(api::v1::field);
      if (!field.rule.pattern().empty()) {
        field.pattern = std::make_unique<re2::RE2>(field.rule.pattern(), re2::RE2::Quiet);
      }
      validation::CheckDeclaration(field, problems);
      const bool of_google = validation::IsMessage(*field.field) &&
                             field.field->message_type()->file()->package() == "google.protobuf";
      if (validation::IsMessage(*field.field) && !of_google)
        field.nested = plan_of(field.field->message_type());
      const bool has_something = field.nested != nullptr || field.rule.required() ||
                                 field.rule.max_items() != 0 || validation::IsText(*field.field) ||
                                 validation::IsInteger(*field.field) || validation::IsMoment(*field.field) ||
                                 field.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM;
      if (has_something) plan->fields.push_back(std::move(field));
    }
  }
  return rules;
}

Result<void> MessageRules::Apply(google::protobuf::Message& message, bool later) const {
  validation::Check check(later);
  check.Walk(*plans_.front(), message, "", 0);
  return check.Finish();
}

}  // namespace aplus
