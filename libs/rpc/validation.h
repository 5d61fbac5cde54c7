// Field rules (aplus.api.v1.field), compiled per message type and applied to every request before its
// handler: text is normalised (NFC, bidirectional and other control characters removed) and put back, then
// required, lengths in characters, pattern, range, number of items and format are checked, and that moments
// are such as RFC 3339 can write. Handlers see only values that passed, in their normal form.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"

namespace aplus {

// The compiled rules of one message type and of those within it. Immutable; any thread.
class MessageRules {
 public:
  // Problems of the declarations themselves (a pattern that does not compile, a length on a number) are
  // appended to `problems`, each naming its field; the rules are then not to be used.
  static std::shared_ptr<const MessageRules> Compile(const google::protobuf::Descriptor& type,
                                                     std::vector<std::string>& problems);
  ~MessageRules();

  // Normalises and checks. Error kInvalidArgument with every violation (at most 50), paths as in JSON:
  // "citizen.nir", "recipientGroupIds[2]".
  // `later`: a client stream's second and later messages, whose head fields are absent: `required` is not
  // asked.
  Result<void> Apply(google::protobuf::Message& message, bool later = false) const;

  struct Plan;

 private:
  MessageRules();
  // One plan per message type reachable; the first is the root's.
  std::vector<std::unique_ptr<Plan>> plans_;
};

}  // namespace aplus
