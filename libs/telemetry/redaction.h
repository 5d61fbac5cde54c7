// What may stand in a log line. Diagnostics are English sentences of ours, but they sometimes quote a library
// or the system, and those quote their input.
#pragma once

#include <string>
#include <string_view>

namespace aplus::log {

inline constexpr std::string_view kRedacted = "[redacted]";

// At most 128 letters, digits and _ - . : / * + , : identifiers of code, methods, addresses of ours. No run
// of 24 or more with digits and both cases, which is what tokens look like.
bool LooksLikeCode(std::string_view text);

// At most 500 bytes, invalid UTF-8 and control characters replaced, and every word blacked out that holds an
// @, six digits or more (telephone, NIR, tax and file numbers; separators do not hide them), or 24 characters
// and more of base64 or hexadecimal.
std::string Redact(std::string_view text);

}  // namespace aplus::log
