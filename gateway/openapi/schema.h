// Messages and enums of the protos as JSON Schema (the 2020-12 dialect that OpenAPI 3.1 uses), with the rules
// that their fields declare.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/openapi/json_out.h"

namespace google::protobuf {
class Descriptor;
class EnumDescriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace aplus::openapi {

// The comment above a declaration, as one text; empty when there is none.
template <class D>
std::string Comment(const D& declaration);

// The name of a component: full name without our common package ("requests.v1.Citizen").
std::string ComponentName(std::string_view full_name);

class SchemaWriter {
 public:
  explicit SchemaWriter(JsonOut& out) : out_(out) {}

  // Members of the schema of one field's value (an array's or map's for repeated ones), into an open object.
  void Field(const google::protobuf::FieldDescriptor& field);
  // Members of the schema of a message's object without the fields named; `closed`: unknown members are
  // refused.
  void Object(const google::protobuf::Descriptor& type, const std::set<std::string>& without, bool closed);
  // Reference to a message's component, noted to be written.
  void Refer(const google::protobuf::Descriptor& type);
  // All components referred to so far and, through them, below; into an open object.
  void Components();

 private:
  void Value(const google::protobuf::FieldDescriptor& field);
  void Rules(const google::protobuf::FieldDescriptor& field);
  bool WellKnown(const google::protobuf::Descriptor& type);
  void Enum(const google::protobuf::EnumDescriptor& type);

  JsonOut& out_;
  std::vector<const google::protobuf::Descriptor*> messages_;
  std::vector<const google::protobuf::EnumDescriptor*> enums_;
};

// Fields that the edge fills or takes away: they never stand in JSON.
bool IsEdgeField(const google::protobuf::FieldDescriptor& field);

}  // namespace aplus::openapi
