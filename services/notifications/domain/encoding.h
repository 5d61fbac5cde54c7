// How text becomes mail: headers (RFC 5322, RFC 2047), bodies (RFC 2045), HTML. Whatever comes in, nothing
// that goes out can end a header, a part or an attribute early. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace aplus::notifications {

// "Name: value" CRLF, folded below 78 characters where it can be. Control characters (CR, LF and NUL first)
// in the value become spaces; what is not printable ASCII is written in encoded words; bytes that are not
// UTF-8 become U+FFFD.
std::string Header(std::string_view name, std::string_view value);

// The same for values that are structured tokens of ours (addresses, Message-IDs, URLs in angle brackets) and
// must not be encoded: characters outside printable ASCII are left out.
std::string TokenHeader(std::string_view name, std::string_view value);

// A display name for "name <address>": encoded words, or a quoted string.
std::string DisplayName(std::string_view name);

// Lines of at most 76 characters, CRLF line ends, pure ASCII, no trailing blanks. "\n" in the text is a line
// end.
std::string QuotedPrintable(std::string_view text);

// & < > " ' escaped: safe as text and inside double-quoted attributes.
std::string EscapeHtml(std::string_view text);

// An address that can stand in MAIL FROM, RCPT TO and To without quoting: dot-atom @ domain, ASCII, at most
// 254 characters. Anything else (spaces, angle brackets, line breaks, quoted locals, literals) is refused.
bool IsPlainAddress(std::string_view address);

// Text that a stranger may have chosen (the browser that asked for a login link), made harmless in a mail:
// one line, at most 80 characters, nothing that a mail program would turn into a link.
std::string HarmlessLine(std::string_view text);

}  // namespace aplus::notifications
