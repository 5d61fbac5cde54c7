#include "gateway/transcode/wire_to_json.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <bit>

#include "gateway/transcode/json_text.h"
#include "gateway/transcode/scalar_text.h"
#include "gateway/transcode/wire_order.h"

namespace aplus::transcode {
namespace wire_to_json {

// Writing stops at the first of these; kDisorder asks for a second try on bytes put in order.
enum class Outcome : std::uint8_t { kDone, kDisorder, kBad };

class Writer {
 public:
  Writer(JsonBuffer& out, std::vector<EdgeValue>* edges) : out_(&out), edges_(edges) {}

  Outcome Object(const MessagePlan& plan, std::string_view wire, int depth) {
    if (depth <= 0) return Bad("too deep");
    WireReader reader(wire);
    out_->Append('{');
    const FieldPlan* const begin = plan.fields.data();
    const FieldPlan* const end = begin + plan.fields.size();
    const FieldPlan* next = begin;  // first field that has not been written
    std::uint64_t oneofs = 0;
    std::uint32_t tag = 0;
    bool have_tag = false;
    while (have_tag || !reader.AtEnd()) {
      if (!have_tag && !reader.ReadTag(tag)) return Bad("bad tag");
      have_tag = false;
      const FieldPlan* field = next != end && next->number == tag >> 3 ? next : plan.FindNumber(tag >> 3);
      if (field == nullptr) {
        if (!reader.Skip(tag)) return Bad("bad length");
        continue;
      }
      if (field < next) return Outcome::kDisorder;
      if (!field->AcceptsWireType(static_cast<WireType>(tag & 7))) return Bad("wrong wire type");
      for (; next != field; ++next) Absent(*next);
      ++next;
      if (field->oneof >= 0) {
        const std::uint64_t choice = std::uint64_t{1} << field->oneof;
        if ((oneofs & choice) != 0) return Outcome::kDisorder;
        oneofs |= choice;
      }
      const Outcome outcome = Field(*field, reader, tag, have_tag, depth);
      if (outcome != Outcome::kDone) return outcome;
    }
    for (; next != end; ++next) Absent(*next);
    out_->Append('}');
    return Outcome::kDone;
  }

  std::string_view problem() const { return problem_; }

 private:
  Outcome Bad(std::string_view problem) {
    problem_ = problem;
    return Outcome::kBad;
  }

  void Key(const FieldPlan& field) {
    if (out_->back() != '{') out_->Append(',');
    out_->Append(field.key);
  }

  void Absent(const FieldPlan& field) {
    if (field.absent.empty() || field.edge != Edge::kNone) return;
    Key(field);
    out_->Append(field.absent);
  }

  Outcome TakeEdge(const FieldPlan& field, WireReader& reader) {
    if (field.kind != Kind::kString) {
      std::uint64_t ignored;
      return reader.ReadVarint(ignored) ? Outcome::kDone : Bad("bad varint");
    }
    std::string_view text;
    if (!reader.ReadBytes(text)) return Bad("bad length");
    if (edges_ != nullptr) edges_->push_back({field.edge, text});
    return Outcome::kDone;
  }

  Outcome Field(const FieldPlan& field, WireReader& reader, std::uint32_t& tag, bool& have_tag, int depth) {
    if (field.edge != Edge::kNone) return TakeEdge(field, reader);
    switch (field.shape) {
      case Shape::kSingular:
        Key(field);
        return Value(field, reader, depth);
      case Shape::kRepeated:
        return Repeated(field, reader, tag, have_tag, depth);
      case Shape::kMap:
        return Map(field, reader, tag, have_tag, depth);
    }
    return Bad("no such shape");
  }

  // Calls `element` for each element of a repeated field or map; stops at the first tag of another field and
  // hands it back.
  template <class Element>
  Outcome Run(const FieldPlan& field, WireReader& reader, std::uint32_t& tag, bool& have_tag,
              Element element) {
    while (true) {
      if (!field.AcceptsWireType(static_cast<WireType>(tag & 7))) return Bad("wrong wire type");
      if (const Outcome outcome = element(); outcome != Outcome::kDone) return outcome;
      if (reader.AtEnd()) return Outcome::kDone;
      if (!reader.ReadTag(tag)) return Bad("bad tag");
      if (tag >> 3 != field.number) {
        have_tag = true;
        return Outcome::kDone;
      }
    }
  }

  Outcome Repeated(const FieldPlan& field, WireReader& reader, std::uint32_t& tag, bool& have_tag,
                   int depth) {
    Key(field);
    out_->Append('[');
    const Outcome outcome = Run(field, reader, tag, have_tag, [&] {
      if (static_cast<WireType>(tag & 7) == WireType::kLength && IsScalar(field.kind))
        return Packed(field, reader);
      Separate();
      return Value(field, reader, depth);
    });
    out_->Append(']');
    return outcome;
  }

  Outcome Map(const FieldPlan& field, WireReader& reader, std::uint32_t& tag, bool& have_tag, int depth) {
    Key(field);
    out_->Append('{');
    absl::flat_hash_set<std::string> keys;
    const Outcome outcome =
        Run(field, reader, tag, have_tag, [&] { return Entry(field, reader, depth - 1, keys); });
    out_->Append('}');
    return outcome;
  }

  void Separate() {
    const char last = out_->back();
    if (last != '[' && last != '{') out_->Append(',');
  }

  Outcome Packed(const FieldPlan& field, WireReader& reader) {
    std::string_view bytes;
    if (!reader.ReadBytes(bytes)) return Bad("bad length");
    WireReader elements(bytes);
    while (!elements.AtEnd()) {
      Separate();
      if (const Outcome outcome = Scalar(field, elements); outcome != Outcome::kDone) return outcome;
    }
    return Outcome::kDone;
  }

  Outcome Entry(const FieldPlan& field, WireReader& reader, int depth,
                absl::flat_hash_set<std::string>& keys) {
    if (depth <= 0) return Bad("too deep");
    std::string_view bytes;
    if (!reader.ReadBytes(bytes)) return Bad("bad length");
    WireReader entry(bytes);
    std::uint32_t tag = 0;
    if (!NextTag(entry, tag)) return Bad("bad tag");
    Separate();
    const std::size_t start = out_->size();
    if (const Outcome outcome = EntryKey(field.message->fields[0], entry, tag); outcome != Outcome::kDone) {
      return outcome;
    }
    if (!keys.emplace(out_->view().substr(start)).second) return Bad("a map key twice");
    out_->Append(':');
    if (const Outcome outcome = EntryValue(field.message->fields[1], entry, tag, depth);
        outcome != Outcome::kDone) {
      return outcome;
    }
    // Anything more is a repeated or an unknown field: rare enough to be put in order first.
    return tag == 0 ? Outcome::kDone : Outcome::kDisorder;
  }

  // 0 at the end.
  static bool NextTag(WireReader& reader, std::uint32_t& tag) {
    tag = 0;
    return reader.AtEnd() || reader.ReadTag(tag);
  }

  Outcome EntryKey(const FieldPlan& field, WireReader& entry, std::uint32_t& tag) {
    if (tag >> 3 != 1) {
      out_->Append(field.kind == Kind::kString ? "\"\"" : field.kind == Kind::kBool ? "\"false\"" : "\"0\"");
      return Outcome::kDone;
    }
    if (!field.AcceptsWireType(static_cast<WireType>(tag & 7))) return Bad("wrong wire type");
    const bool quoted = field.kind == Kind::kString || field.absent == "\"0\"";
    if (!quoted) out_->Append('"');
    const Outcome outcome = Value(field, entry, 1);
    if (!quoted) out_->Append('"');
    if (outcome != Outcome::kDone) return outcome;
    return NextTag(entry, tag) ? Outcome::kDone : Bad("bad tag");
  }

  Outcome EntryValue(const FieldPlan& field, WireReader& entry, std::uint32_t& tag, int depth) {
    if (tag >> 3 == 2) {
      if (!field.AcceptsWireType(static_cast<WireType>(tag & 7))) return Bad("wrong wire type");
      if (const Outcome outcome = Value(field, entry, depth); outcome != Outcome::kDone) return outcome;
      return NextTag(entry, tag) ? Outcome::kDone : Bad("bad tag");
    }
    if (field.kind == Kind::kMessage) return MessageValue(*field.message, {}, depth - 1);
    out_->Append(field.absent);
    return Outcome::kDone;
  }

  Outcome Value(const FieldPlan& field, WireReader& reader, int depth) {
    if (IsScalar(field.kind)) return Scalar(field, reader);
    std::string_view bytes;
    if (!reader.ReadBytes(bytes)) return Bad("bad length");
    switch (field.kind) {
      case Kind::kString:
        return AppendJsonString(bytes, *out_) ? Outcome::kDone : Bad("not UTF-8");
      case Kind::kBytes: {
        const std::size_t size = EncodedBase64Size(bytes.size());
        char* room = out_->Room(size + 2);
        room[0] = '"';
        EncodeBase64(bytes, room + 1);
        room[size + 1] = '"';
        out_->Advance(size + 2);
        return Outcome::kDone;
      }
      default:
        return MessageValue(*field.message, bytes, depth - 1);
    }
  }

  Outcome MessageValue(const MessagePlan& plan, std::string_view bytes, int depth) {
    if (depth <= 0) return Bad("too deep");
    switch (plan.well_known) {
      case WellKnown::kNone:
        return Object(plan, bytes, depth);
      case WellKnown::kTimestamp:
      case WellKnown::kDuration:
        return TimeValue(plan.well_known, bytes);
      case WellKnown::kFieldMask:
        return FieldMaskValue(bytes);
      case WellKnown::kWrapper:
        return WrapperValue(plan.fields.front(), bytes);
    }
    return Bad("no such form");
  }

  Outcome TimeValue(WellKnown form, std::string_view bytes) {
    WireReader reader(bytes);
    SecondsAndNanos value;
    while (!reader.AtEnd()) {
      std::uint32_t tag;
      std::uint64_t number = 0;
      if (!reader.ReadTag(tag)) return Bad("bad tag");
      const bool known = tag >> 3 == 1 || tag >> 3 == 2;
      if (known && static_cast<WireType>(tag & 7) != WireType::kVarint) return Bad("wrong wire type");
      if (!(known ? reader.ReadVarint(number) : reader.Skip(tag))) return Bad("bad varint");
      if (tag >> 3 == 1) value.seconds = static_cast<std::int64_t>(number);
      if (tag >> 3 == 2) value.nanos = static_cast<std::int32_t>(number);
    }
    const auto text = form == WellKnown::kTimestamp ? FormatTimestamp(value) : FormatDuration(value);
    if (!text) return Bad("time out of range");
    out_->Append('"');
    out_->Append(*text);
    out_->Append('"');
    return Outcome::kDone;
  }

  Outcome FieldMaskValue(std::string_view bytes) {
    WireReader reader(bytes);
    out_->Append('"');
    bool first = true;
    while (!reader.AtEnd()) {
      std::uint32_t tag;
      std::string_view path;
      if (!reader.ReadTag(tag)) return Bad("bad tag");
      if (tag >> 3 != 1) {
        if (!reader.Skip(tag)) return Bad("bad length");
        continue;
      }
      if (static_cast<WireType>(tag & 7) != WireType::kLength || !reader.ReadBytes(path))
        return Bad("bad path");
      const auto camel = CamelPath(path);
      if (!camel) return Bad("a path without JSON form");
      if (!first) out_->Append(',');
      first = false;
      out_->Append(*camel);
    }
    out_->Append('"');
    return Outcome::kDone;
  }

  Outcome WrapperValue(const FieldPlan& inner, std::string_view bytes) {
    WireReader reader(bytes);
    const std::size_t start = out_->size();
    while (!reader.AtEnd()) {
      std::uint32_t tag;
      if (!reader.ReadTag(tag)) return Bad("bad tag");
      if (tag >> 3 != 1) {
        if (!reader.Skip(tag)) return Bad("bad length");
        continue;
      }
      if (!inner.AcceptsWireType(static_cast<WireType>(tag & 7))) return Bad("wrong wire type");
      out_->CutTo(start);
      if (const Outcome outcome = Value(inner, reader, 1); outcome != Outcome::kDone) return outcome;
    }
    if (out_->size() == start) out_->Append(inner.absent);
    return Outcome::kDone;
  }

  Outcome Scalar(const FieldPlan& field, WireReader& reader) {
    std::uint64_t wide = 0;
    std::uint32_t narrow = 0;
    switch (field.ElementWireType()) {
      case WireType::kVarint:
        if (!reader.ReadVarint(wide)) return Bad("bad varint");
        break;
      case WireType::kFixed64:
        if (!reader.ReadFixed64(wide)) return Bad("bad length");
        break;
      default:
        if (!reader.ReadFixed32(narrow)) return Bad("bad length");
    }
    switch (field.kind) {
      case Kind::kBool:
        out_->Append(wide != 0 ? "true" : "false");
        break;
      case Kind::kInt32:
        AppendInteger(static_cast<std::int32_t>(wide), *out_);
        break;
      case Kind::kSint32:
        AppendInteger(static_cast<std::int32_t>(UnZigZag(static_cast<std::uint32_t>(wide))), *out_);
        break;
      case Kind::kUint32:
        AppendInteger(static_cast<std::uint32_t>(wide), *out_);
        break;
      case Kind::kInt64:
      case Kind::kSfixed64:
        AppendQuotedInteger(static_cast<std::int64_t>(wide), *out_);
        break;
      case Kind::kSint64:
        AppendQuotedInteger(UnZigZag(wide), *out_);
        break;
      case Kind::kUint64:
      case Kind::kFixed64:
        AppendQuotedInteger(wide, *out_);
        break;
      case Kind::kFixed32:
        AppendInteger(narrow, *out_);
        break;
      case Kind::kSfixed32:
        AppendInteger(static_cast<std::int32_t>(narrow), *out_);
        break;
      case Kind::kFloat:
        AppendReal(std::bit_cast<float>(narrow), *out_);
        break;
      case Kind::kDouble:
        AppendReal(std::bit_cast<double>(wide), *out_);
        break;
      case Kind::kEnum:
        EnumValue(*field.enumeration, static_cast<std::int32_t>(wide));
        break;
      default:
        return Bad("not a scalar");
    }
    return Outcome::kDone;
  }

  void EnumValue(const EnumPlan& plan, std::int32_t value) {
    const std::string_view name = plan.NameOf(value);
    if (name.empty()) return AppendInteger(value, *out_);  // of a newer backend
    out_->Append('"');
    out_->Append(name);
    out_->Append('"');
  }

  JsonBuffer* out_;
  std::vector<EdgeValue>* edges_;
  std::string_view problem_;
};

// The last value of each edge, of bytes that PutInOrder has found sound.
void CollectEdges(const MessagePlan& plan, std::string_view wire, std::vector<EdgeValue>& edges) {
  edges.clear();
  WireReader reader(wire);
  std::uint32_t tag;
  while (!reader.AtEnd() && reader.ReadTag(tag)) {
    const FieldPlan* field = plan.FindNumber(tag >> 3);
    std::string_view text;
    if (field == nullptr || field->edge == Edge::kNone || field->kind != Kind::kString) {
      if (!reader.Skip(tag)) return;
      continue;
    }
    if (!reader.ReadBytes(text)) return;
    std::erase_if(edges, [&](const EdgeValue& earlier) { return earlier.edge == field->edge; });
    edges.push_back({field->edge, text});
  }
}

}  // namespace wire_to_json

Result<void> WireToJson(const MessagePlan& plan, std::string_view wire, JsonBuffer& out,
                        std::vector<EdgeValue>* edges, const WireLimits& limits) {
  using namespace wire_to_json;
  const std::size_t start = out.size();
  Writer writer(out, edges);
  Outcome outcome = writer.Object(plan, wire, limits.depth);
  if (outcome == Outcome::kDisorder) {
    out.CutTo(start);
    std::string ordered;
    if (!PutInOrder(plan, wire, limits.depth, ordered)) {
      return Fail(Reason::kInternal, fmt::format("{}: not a message of this type", plan.full_name));
    }
    // The views must lie in the caller's bytes, not in this copy.
    if (edges != nullptr) CollectEdges(plan, wire, *edges);
    writer = Writer(out, nullptr);
    outcome = writer.Object(plan, ordered, limits.depth);
  }
  if (outcome != Outcome::kDone) {
    return Fail(Reason::kInternal, fmt::format("{}: {}", plan.full_name, writer.problem()));
  }
  return {};
}

}  // namespace aplus::transcode
