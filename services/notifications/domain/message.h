// The mail as it goes over the wire: headers, a text part and a simple HTML part, neutral in look, no
// pictures, no tracking (P70). Pure; the same input gives the same bytes, so that a repeated mail is the same
// mail (P73).
#pragma once

#include <string>
#include <string_view>

#include "libs/base/time.h"
#include "services/notifications/domain/wording.h"

namespace aplus::notifications {

struct Envelope {
  std::string from_name;
  std::string from_address;
  std::string to;          // a plain address (IsPlainAddress)
  std::string message_id;  // without angle brackets
  Time date{};
  // Where a digest can be turned off; empty: no such header.
  std::string unsubscribe_url;
};

// Only ASCII, CRLF line ends, every line at most 998 characters. Not yet dot-stuffed.
std::string Compose(const Site& site, const Envelope& envelope, const Wording& wording);

// The two parts before their transfer encoding, for tests and reading.
std::string PlainText(const Site& site, const Wording& wording);
std::string HtmlText(const Site& site, const Wording& wording);

// "Tue, 12 May 2026 15:00:00 +0000" (RFC 5322).
std::string MailDate(Time time);

}  // namespace aplus::notifications
