// Content-Disposition (RFC 6266), read and written: how a file's name travels with its bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aplus::files {

// The name in the value of a request's header: filename* (RFC 8187, UTF-8 or ISO-8859-1) where it is there
// and well formed, else filename. As UTF-8, not yet cleaned. nullopt: no name, or not of the header's form.
std::optional<std::string> NameInDisposition(std::string_view value);

enum class Disposition { kAttachment, kInline };

// `attachment; filename="releve.pdf"; filename*=UTF-8''relev%C3%A9.pdf`: the first for old clients, in ASCII.
// `name` is a clean one (file_name.h). The value holds visible ASCII only.
std::string WriteDisposition(Disposition disposition, std::string_view name);

}  // namespace aplus::files
