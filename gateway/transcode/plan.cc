#include "gateway/transcode/plan.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <bit>

#include "aplus/api/v1/options.pb.h"

namespace aplus::transcode {
namespace plan_detail {

namespace pb = google::protobuf;

constexpr std::uint16_t kFree = 0xffff;
constexpr std::uint32_t kDenseNumbers = 256;

std::uint32_t HashName(std::string_view name) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash ^ hash >> 15;
}

tl::unexpected<Error> Refuse(std::string_view what, std::string_view why) {
  return Fail(Reason::kInternal, fmt::format("{}: {}", what, why));
}

Kind KindOf(pb::FieldDescriptor::Type type) {
  switch (type) {
    case pb::FieldDescriptor::TYPE_BOOL:
      return Kind::kBool;
    case pb::FieldDescriptor::TYPE_INT32:
      return Kind::kInt32;
    case pb::FieldDescriptor::TYPE_SINT32:
      return Kind::kSint32;
    case pb::FieldDescriptor::TYPE_UINT32:
      return Kind::kUint32;
    case pb::FieldDescriptor::TYPE_INT64:
      return Kind::kInt64;
    case pb::FieldDescriptor::TYPE_SINT64:
      return Kind::kSint64;
    case pb::FieldDescriptor::TYPE_UINT64:
      return Kind::kUint64;
    case pb::FieldDescriptor::TYPE_FIXED32:
      return Kind::kFixed32;
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return Kind::kSfixed32;
    case pb::FieldDescriptor::TYPE_FLOAT:
      return Kind::kFloat;
    case pb::FieldDescriptor::TYPE_FIXED64:
      return Kind::kFixed64;
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return Kind::kSfixed64;
    case pb::FieldDescriptor::TYPE_DOUBLE:
      return Kind::kDouble;
    case pb::FieldDescriptor::TYPE_ENUM:
      return Kind::kEnum;
    case pb::FieldDescriptor::TYPE_STRING:
      return Kind::kString;
    case pb::FieldDescriptor::TYPE_BYTES:
      return Kind::kBytes;
    case pb::FieldDescriptor::TYPE_MESSAGE:
    case pb::FieldDescriptor::TYPE_GROUP:
      return Kind::kMessage;
  }
  return Kind::kMessage;
}

WellKnown WellKnownOf(const pb::Descriptor& type) {
  switch (type.well_known_type()) {
    case pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return WellKnown::kTimestamp;
    case pb::Descriptor::WELLKNOWNTYPE_DURATION:
      return WellKnown::kDuration;
    case pb::Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return WellKnown::kFieldMask;
    case pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_BYTESVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return WellKnown::kWrapper;
    default:
      return WellKnown::kNone;
  }
}

bool HasNoPlan(const pb::Descriptor& type) {
  switch (type.well_known_type()) {
    case pb::Descriptor::WELLKNOWNTYPE_ANY:
    case pb::Descriptor::WELLKNOWNTYPE_VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_LISTVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_STRUCT:
      return true;
    default:
      return type.file()->syntax() != pb::FileDescriptor::SYNTAX_PROTO3;
  }
}

// Absent fields are shown with their default (as grpc-gateway and most clients expect), so that a reader
// needs no table of defaults; fields that know whether they are present are left out.
std::string AbsentText(const FieldPlan& field) {
  if (field.shape == Shape::kRepeated) return "[]";
  if (field.shape == Shape::kMap) return "{}";
  if (field.presence) return {};
  switch (field.kind) {
    case Kind::kBool:
      return "false";
    case Kind::kInt64:
    case Kind::kSint64:
    case Kind::kUint64:
    case Kind::kFixed64:
    case Kind::kSfixed64:
      return "\"0\"";
    case Kind::kString:
    case Kind::kBytes:
      return "\"\"";
    case Kind::kEnum:
      return fmt::format("\"{}\"", field.enumeration->NameOf(0));
    case Kind::kMessage:
      return {};
    default:
      return "0";
  }
}

void Index(MessagePlan& plan) {
  std::sort(plan.fields.begin(), plan.fields.end(),
            [](const FieldPlan& a, const FieldPlan& b) { return a.number < b.number; });
  const std::size_t slots = std::bit_ceil(plan.fields.size() * 2 + 1);
  plan.by_name.assign(slots, kFree);
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    if (plan.fields[i].edge != Edge::kNone) continue;
    std::size_t slot = HashName(plan.fields[i].name) & (slots - 1);
    while (plan.by_name[slot] != kFree) slot = (slot + 1) & (slots - 1);
    plan.by_name[slot] = static_cast<std::uint16_t>(i);
  }
  if (plan.fields.empty() || plan.fields.back().number >= kDenseNumbers) return;
  plan.by_number.assign(plan.fields.back().number + 1, kFree);
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    plan.by_number[plan.fields[i].number] = static_cast<std::uint16_t>(i);
  }
}

}  // namespace plan_detail

std::string_view EnumPlan::NameOf(std::int32_t value) const {
  const auto found =
      std::lower_bound(names.begin(), names.end(), value,
                       [](const auto& row, std::int32_t wanted) { return row.first < wanted; });
  if (found == names.end() || found->first != value) return {};
  return found->second;
}

WireType FieldPlan::ElementWireType() const {
  switch (kind) {
    case Kind::kFixed32:
    case Kind::kSfixed32:
    case Kind::kFloat:
      return WireType::kFixed32;
    case Kind::kFixed64:
    case Kind::kSfixed64:
    case Kind::kDouble:
      return WireType::kFixed64;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMessage:
      return WireType::kLength;
    default:
      return WireType::kVarint;
  }
}

bool FieldPlan::AcceptsWireType(WireType type) const {
  if (type == ElementWireType()) return true;
  return type == WireType::kLength && shape == Shape::kRepeated && IsScalar(kind);
}

const FieldPlan* MessagePlan::FindName(std::string_view json_name) const {
  const std::size_t mask = by_name.size() - 1;
  for (std::size_t slot = plan_detail::HashName(json_name) & mask;; slot = (slot + 1) & mask) {
    const std::uint16_t index = by_name[slot];
    if (index == plan_detail::kFree) return nullptr;
    if (fields[index].name == json_name) return &fields[index];
  }
}

const FieldPlan* MessagePlan::FindNumber(std::uint32_t number) const {
  if (!by_number.empty()) {
    if (number >= by_number.size() || by_number[number] == plan_detail::kFree) return nullptr;
    return &fields[by_number[number]];
  }
  const auto found =
      std::lower_bound(fields.begin(), fields.end(), number,
                       [](const FieldPlan& field, std::uint32_t wanted) { return field.number < wanted; });
  return found != fields.end() && found->number == number ? &*found : nullptr;
}

Result<const MessagePlan*> PlanSet::Compile(const google::protobuf::Descriptor& type) {
  if (const auto found = by_type_.find(type.full_name()); found != by_type_.end()) return found->second;
  if (plan_detail::HasNoPlan(type)) return plan_detail::Refuse(type.full_name(), "has no JSON form here");
  // Entered before it is filled, so that a type may hold itself.
  MessagePlan& plan = messages_.emplace_back();
  by_type_.emplace(type.full_name(), &plan);
  plan.full_name = type.full_name();
  plan.well_known = plan_detail::WellKnownOf(type);
  TRY_VOID(Fill(type, plan));
  return &plan;
}

Result<void> PlanSet::Fill(const google::protobuf::Descriptor& type, MessagePlan& plan) {
  if (type.field_count() > static_cast<int>(kMaxFields) || type.real_oneof_decl_count() > kMaxOneofs) {
    return plan_detail::Refuse(type.full_name(), "too many fields");
  }
  for (int i = 0; i < type.field_count(); ++i) {
    TRY(FieldPlan field, CompileField(*type.field(i)));
    plan.fields.push_back(std::move(field));
  }
  plan_detail::Index(plan);
  return {};
}

Result<FieldPlan> PlanSet::CompileField(const google::protobuf::FieldDescriptor& field) {
  FieldPlan plan;
  plan.number = static_cast<std::uint32_t>(field.number());
  plan.kind = plan_detail::KindOf(field.type());
  plan.shape = field.is_map() ? Shape::kMap : field.is_repeated() ? Shape::kRepeated : Shape::kSingular;
  plan.packed = field.is_packed();
  plan.presence = field.has_presence();
  if (field.real_containing_oneof() != nullptr) {
    plan.oneof = static_cast<std::int16_t>(field.real_containing_oneof()->index());
  }
  plan.name = field.json_name();
  plan.key = fmt::format("\"{}\":", plan.name);
  plan.edge = static_cast<Edge>(field.options().GetExtension(aplus::api::v1::field).edge());
  if (plan.edge != Edge::kNone) {
    const bool fits = plan.kind == Kind::kString || plan.kind == Kind::kInt64;
    if (plan.shape != Shape::kSingular || !fits) {
      return plan_detail::Refuse(field.full_name(), "an edge field is one string or int64");
    }
  }
  if (field.enum_type() != nullptr) {
    if (field.enum_type()->full_name() == "google.protobuf.NullValue") {
      return plan_detail::Refuse(field.full_name(), "NullValue has no JSON form here");
    }
    plan.enumeration = CompileEnum(*field.enum_type());
  }
  if (field.message_type() != nullptr) {
    TRY(plan.message, Compile(*field.message_type()));
  }
  plan.absent = plan_detail::AbsentText(plan);
  return plan;
}

const EnumPlan* PlanSet::CompileEnum(const google::protobuf::EnumDescriptor& type) {
  if (const auto found = by_enum_.find(type.full_name()); found != by_enum_.end()) return found->second;
  EnumPlan& plan = enums_.emplace_back();
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    plan.values.emplace(value.name(), value.number());
    const bool alias = std::any_of(plan.names.begin(), plan.names.end(),
                                   [&](const auto& row) { return row.first == value.number(); });
    if (!alias) plan.names.emplace_back(value.number(), value.name());
  }
  std::sort(plan.names.begin(), plan.names.end());
  by_enum_.emplace(type.full_name(), &plan);
  return &plan;
}

}  // namespace aplus::transcode
