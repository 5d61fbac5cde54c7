// The methods of aplus as flat rows, compiled once at start-up from what the protos declare
// (aplus.api.v1.rule and field, google.api.http). Whatever a method lacks is found here, by name, before a
// port is opened.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <google/protobuf/descriptor.h>

#include <bitset>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aplus/api/v1/options.pb.h"
#include "libs/base/reason.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/rpc/validation.h"

namespace aplus {

enum class StreamKind : std::uint8_t { kUnary, kServerStream, kClientStream };

// One method. Lives as long as its table; immutable.
struct Method {
  std::string path;        // "/aplus.requests.v1.Requests/CreateRequest": what travels
  std::string name;        // "aplus.requests.v1.Requests.CreateRequest"
  std::string service;     // "aplus.requests.v1.Requests"
  std::string short_name;  // "CreateRequest"
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  StreamKind kind = StreamKind::kUnary;

  api::v1::Rule rule;
  Duration deadline{};                                             // of the rule, default applied
  std::bitset<static_cast<std::size_t>(Reason::kCount_)> reasons;  // declared, without those of the chain
  // Route of the HTTP edge; verb empty for methods between services.
  std::string http_verb;  // "GET", "POST" …
  std::string http_path;  // "/v1/requests/{id}:close"
  std::string http_body;  // "*", a field's name, or empty

  // What the request's fields must keep to.
  std::shared_ptr<const MessageRules> request_rules;
  std::size_t index = 0;  // 0 … table.size()-1, for arrays beside the table

  bool IsForServices() const { return rule.caller() == api::v1::CALLER_SERVICE; }
  // May be sent again after a failure of which nobody knows whether it took effect.
  bool IsRepeatable(bool has_key) const {
    return rule.repeat() == api::v1::REPEAT_SAFE || rule.repeat() == api::v1::REPEAT_IDEMPOTENT ||
           (has_key &&
            (rule.repeat() == api::v1::REPEAT_KEY_REQUIRED || rule.repeat() == api::v1::REPEAT_KEY_ACCEPTED));
  }
};

// Reasons that the chain answers for every method, so that no rule needs to name them.
bool IsChainReason(Reason reason);

class MethodTable {
 public:
  // Compiles every method of the named services ("aplus.requests.v1.Requests"). Error kInternal whose
  // diagnostic names each method or field that is wrong, one a line; also when a service is not in the pool.
  static Result<MethodTable> Compile(const google::protobuf::DescriptorPool& pool,
                                     std::span<const std::string> services);
  // Every service of protos/aplus that is linked into this program: what its clients may call.
  static Result<MethodTable> CompileLinked();

  // By path, as gRPC gives it. nullptr when unknown.
  const Method* Find(std::string_view path) const;
  // By full name with dots. nullptr when unknown.
  const Method* FindByName(std::string_view name) const;

  std::size_t size() const { return methods_.size(); }
  auto begin() const { return methods_.begin(); }
  auto end() const { return methods_.end(); }

 private:
  std::vector<std::unique_ptr<const Method>> methods_;
  absl::flat_hash_map<std::string_view, const Method*> by_path_;
  absl::flat_hash_map<std::string_view, const Method*> by_name_;
};

}  // namespace aplus
