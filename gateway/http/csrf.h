// Whether an unsafe call comes from our own pages (SECURITY 2.11): a form or an image of another site cannot
// send X-Aplus without asking first, and nobody is ever told yes (there is no CORS here).
#pragma once

#include "gateway/http/request_head.h"
#include "gateway/http/site.h"
#include "libs/base/result.h"

namespace aplus::gateway {

// What the body of a route has to be.
enum class BodyForm : std::uint8_t {
  kNone,  // no body
  kJson,  // application/json
  kRaw,   // an upload: any type, the contents decide
};

// kCsrf, kUnsupportedMediaType, or kMalformed for a body where none belongs. Safe methods always pass.
Result<void> CheckOrigin(const RequestHead& head, const Site& site, BodyForm form);

}  // namespace aplus::gateway
