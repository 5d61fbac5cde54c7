// What the mails say, in French (P70), without any personal data (P71): the number of a request,
// organisations by their short names, the kind of event, a link. No layout here: message.h makes text and
// HTML of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/secret.h"
#include "libs/base/time.h"
#include "services/notifications/domain/kind.h"

namespace aplus::notifications {

// Where the platform is found and how it calls itself.
struct Site {
  std::string public_url;    // without a slash at its end
  std::string service_name;  // "aplus"
};

// One thing to tell.
struct Notice {
  Kind kind = Kind::kMessage;
  std::string request_id;    // of the link; empty: the link goes to the home page
  std::string number;        // public number of the request; may be empty
  std::string organisation;  // short name; may be empty
};

// What a mail consists of before it has a layout. Plain text everywhere; layouts escape.
struct Wording {
  std::string subject;
  std::vector<std::string> paragraphs;
  // Label and value: « Demande » « n° 4711 ».
  std::vector<std::pair<std::string, std::string>> facts;
  std::string button;  // what the link does
  std::string link;
  std::vector<std::string> notes;  // after the link, smaller
  bool list_unsubscribe = false;
};

// A mail about one thing.
Wording Tell(const Site& site, const Notice& notice);

// A mail about several, grouped by request in the order of their first notice (P72). Not empty.
Wording TellTogether(const Site& site, bool only_late, const std::vector<Notice>& notices);

// What a login mail holds (P10). Token and code are wiped with it.
struct LoginLink {
  SecretString token;
  SecretString code;  // empty: this account logs in by the link only
  Time asked_at{};
  Time expires_at{};
  std::string asked_from;  // browser and approximate network, as auth describes them; not trusted
};

// The text holds the token: whoever gets it wipes it after use.
Wording TellLogin(const Site& site, const LoginLink& login);

// What somebody gets who asked with an address that has no account here, while colleagues have one.
Wording TellNoAccount(const Site& site, Time asked_at, const std::string& asked_from);

// "14 h 32" and "12 mai 2026" in Paris.
std::string HourInParis(Time time);
std::string DayInParis(Time time);

}  // namespace aplus::notifications
