// Percent-encoding (RFC 3986), and forms (application/x-www-form-urlencoded) as bodies and as queries.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aplus {

// Only unreserved characters stay as they are.
std::string PercentEncode(std::string_view text);

// "a=1&b=x%20y", in the order given.
std::string FormEncode(std::span<const std::pair<std::string_view, std::string_view>> fields);

}  // namespace aplus
