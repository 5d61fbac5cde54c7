// A login link and its code, and what becomes of them (P10, SECURITY 2.2).
#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/reason.h"
#include "libs/base/time.h"

namespace aplus::auth {

struct LinkRules {
  Duration lifetime = std::chrono::minutes(30);  // of a link, from its sending
  int live_per_account = 3;                      // one more ends the oldest
  int code_tries = 5;                            // wrong ones, then the login request is dead, its link too
  // Requests from one browser within `browser_window` that may cause a mail.
  int per_browser = 5;
  Duration browser_window = std::chrono::minutes(10);
  // A mail that could not leave within this time does not leave any more: the browser forgets after an hour
  // who asked, and a link that cannot be used would only puzzle.
  Duration wait_at_most = std::chrono::minutes(30);
  // "No account here" mails (SECURITY 2.2): one address, and all together.
  Duration no_account_pause = std::chrono::hours(24);
  int no_account_per_hour = 100;
};

// What the database says of a link at the moment it is tried.
struct LinkFacts {
  bool found = false;
  bool consumed = false;
  bool ended = false;  // by a newer one, or the account was deactivated
  bool expired = false;
  bool dead = false;          // too many wrong codes
  bool same_browser = false;  // the binding cookie is the one of whoever asked
};

// Why the link opens nothing; nullopt: it does. What the reader can do something about comes first: a used or
// expired link is not better in another browser.
std::optional<Reason> WhyRefused(const LinkFacts& facts);

}  // namespace aplus::auth
