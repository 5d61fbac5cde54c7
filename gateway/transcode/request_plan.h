// How one HTTP request becomes the wire bytes of one message: body, path, query and what the edge itself adds
// are appended as fields, in this order, so that none of them can be overridden by the ones before.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/plan.h"
#include "libs/base/result.h"

namespace aplus::transcode {

// From the message's field down to a scalar.
using FieldPath = std::vector<const FieldPlan*>;

class RequestPlan {
 public:
  // `body`: "*", a field's name or empty; `variables`: field paths by proto names. Bytes of a body that is no
  // JSON (an upload) are the caller's business. kInternal with a diagnostic when they do not fit the message.
  static Result<RequestPlan> Compile(const MessagePlan& message, std::string_view body,
                                     std::span<const std::string> variables);

  bool has_body() const { return whole_body_ || body_field_ != nullptr; }
  // The one field that the body fills; nullptr when it fills the whole message, or none.
  const FieldPlan* body_field() const { return body_field_; }
  // Top-level fields that the edge fills.
  const std::vector<const FieldPlan*>& edges() const { return edges_; }
  const MessagePlan& message() const { return *message_; }

  // Each appends to `wire`. Errors: kMalformed with one violation; `wire` then holds rubbish past its old
  // end.
  Result<void> AppendBody(std::string_view json, std::string& wire) const;
  // Captures as Router gives them.
  Result<void> AppendPath(std::span<const std::string_view> captures, std::string& wire) const;
  // Everything after the question mark. Fields of the body, of the path and of the edge are unknown here; so
  // is everything when the body is the whole message.
  Result<void> AppendQuery(std::string_view query, std::string& wire) const;
  // Nothing happens when an int64 edge gets text that is no number.
  static void AppendEdge(const FieldPlan& field, std::string_view text, std::string& wire);

 private:
  Result<FieldPath> FindQuery(std::string_view key) const;

  const MessagePlan* message_ = nullptr;
  bool whole_body_ = false;
  const FieldPlan* body_field_ = nullptr;
  std::vector<FieldPath> variables_;
  ExcludedFields bound_by_path_;
  std::vector<const FieldPlan*> edges_;
};

// Percent-decoding of a path segment or query part; in queries "+" is a space. False: broken escape, U+0000
// or not UTF-8.
bool DecodeUrlPart(std::string_view text, bool query, std::string& out);

}  // namespace aplus::transcode
