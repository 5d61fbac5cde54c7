// Plans: what a message type looks like in JSON and on the wire, compiled once from its descriptor so that a
// call needs no reflection. Plans hold no pointer into descriptors: the pool may be dropped afterwards.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/transcode/wire.h"
#include "libs/base/result.h"

namespace google::protobuf {
class Descriptor;
class EnumDescriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace aplus::transcode {

enum class Kind : std::uint8_t {
  kBool,
  kInt32,
  kSint32,
  kUint32,
  kInt64,
  kSint64,
  kUint64,
  kFixed32,
  kSfixed32,
  kFloat,
  kFixed64,
  kSfixed64,
  kDouble,
  kEnum,
  kString,
  kBytes,
  kMessage,
};

enum class Shape : std::uint8_t { kSingular, kRepeated, kMap };

// Messages of protobuf's own with a JSON form of their own.
enum class WellKnown : std::uint8_t { kNone, kTimestamp, kDuration, kFieldMask, kWrapper };

// Where a field travels other than in JSON, path or query: aplus.api.v1.Edge, the same numbers.
enum class Edge : std::uint8_t {
  kNone = 0,
  kSessionCookie = 1,
  kBindingCookie = 2,
  kContentType = 3,
  kContentDisposition = 4,
  kContentLength = 5,
  kRange = 6,
  kIfRange = 7,
  kLastEventId = 8,
  kClientAddress = 9,
  kUserAgent = 10,
};

struct MessagePlan;

struct EnumPlan {
  // Sorted by value; the first name declared for a value is the one that is written.
  std::vector<std::pair<std::int32_t, std::string>> names;
  std::unordered_map<std::string, std::int32_t> values;
  // Of google.protobuf.NullValue nothing is left here: such fields are refused when compiling.

  // Empty: no such value.
  std::string_view NameOf(std::int32_t value) const;
};

struct FieldPlan {
  std::uint32_t number = 0;
  Kind kind = Kind::kString;
  Shape shape = Shape::kSingular;
  bool packed = false;    // how a repeated scalar is written; both forms are read
  bool presence = false;  // absent is different from the default: `optional`, messages, members of a oneof
  std::int16_t oneof = -1;
  Edge edge = Edge::kNone;
  std::string name;                      // lowerCamelCase
  std::string key;                       // "name": as it stands in JSON
  std::string absent;                    // what JSON shows for an absent field; empty: nothing
  const MessagePlan* message = nullptr;  // of kMessage; for maps the entry type
  const EnumPlan* enumeration = nullptr;

  WireType ElementWireType() const;
  // A repeated scalar comes packed or not, whichever way it is declared.
  bool AcceptsWireType(WireType type) const;
};

struct MessagePlan {
  std::string full_name;
  WellKnown well_known = WellKnown::kNone;
  std::vector<FieldPlan> fields;  // by number

  // nullptr: no such field. Fields with an edge are found by number only.
  const FieldPlan* FindName(std::string_view json_name) const;
  const FieldPlan* FindNumber(std::uint32_t number) const;

  // Filled by PlanSet.
  std::vector<std::uint16_t> by_name;    // open addressing, 0xffff: free
  std::vector<std::uint16_t> by_number;  // dense up to the largest number where that is small
};

// Fields of one message and oneofs of one message that a plan can hold; start-up refuses more.
constexpr std::size_t kMaxFields = 512;
constexpr int kMaxOneofs = 64;

// True for kinds whose repeated form may be packed.
constexpr bool IsScalar(Kind kind) { return kind < Kind::kString; }

// Owns plans. Compile while starting, read from any thread afterwards.
class PlanSet {
 public:
  PlanSet() = default;
  PlanSet(const PlanSet&) = delete;
  PlanSet& operator=(const PlanSet&) = delete;

  // The same pointer for the same type, valid as long as the set. Refuses (kInternal, with the reason as
  // diagnostic) what has no plan: proto2, groups, google.protobuf.Any, Struct, Value, and edge fields that
  // are not singular strings or 64-bit integers.
  Result<const MessagePlan*> Compile(const google::protobuf::Descriptor& type);

 private:
  Result<void> Fill(const google::protobuf::Descriptor& type, MessagePlan& plan);
  Result<FieldPlan> CompileField(const google::protobuf::FieldDescriptor& field);
  const EnumPlan* CompileEnum(const google::protobuf::EnumDescriptor& type);

  std::deque<MessagePlan> messages_;
  std::deque<EnumPlan> enums_;
  std::unordered_map<std::string, MessagePlan*> by_type_;
  std::unordered_map<std::string, const EnumPlan*> by_enum_;
};

}  // namespace aplus::transcode
