// Errors as RFC 9457 problem documents: a French sentence for people, a stable code for programs, nothing of
// our insides.
#pragma once

#include <string>
#include <string_view>

#include "gateway/http/response.h"
#include "libs/base/result.h"

namespace aplus::gateway {

// The answer for an error. `request_id` becomes the instance, so that people can name what happened to them.
Response Problem(const Error& error, std::string_view request_id);

// What the check of a head refuses has no Reason of ours: status, code and title directly.
Response HeadProblem(int status, std::string_view request_id);

}  // namespace aplus::gateway
