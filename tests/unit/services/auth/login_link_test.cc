#include "services/auth/domain/login_link.h"

#include <gtest/gtest.h>

#include <optional>

#include "services/auth/domain/email_address.h"

namespace aplus::auth {
namespace {

struct LinkCase {
  const char* name;
  LinkFacts facts;
  std::optional<Reason> refusal;
};

TEST(LoginLink, P10_used_expired_and_unknown_links_explain_themselves) {
  const LinkCase cases[] = {
      {"unknown", {}, Reason::kLinkUnknown},
      {"good", {.found = true, .same_browser = true}, std::nullopt},
      {"elsewhere", {.found = true}, Reason::kWrongBrowser},
      {"used", {.found = true, .consumed = true, .same_browser = true}, Reason::kLinkUsed},
      {"used, elsewhere", {.found = true, .consumed = true}, Reason::kLinkUsed},
      {"used, and expired since", {.found = true, .consumed = true, .expired = true}, Reason::kLinkUsed},
      {"expired", {.found = true, .expired = true, .same_browser = true}, Reason::kLinkExpired},
      {"expired, elsewhere", {.found = true, .expired = true}, Reason::kLinkExpired},
      {"ended by a newer one", {.found = true, .ended = true, .same_browser = true}, Reason::kLinkExpired},
      {"dead", {.found = true, .dead = true, .same_browser = true}, Reason::kLinkExpired},
  };
  for (const LinkCase& c : cases) EXPECT_EQ(WhyRefused(c.facts), c.refusal) << c.name;
}

TEST(EmailAddress, P1_case_makes_no_second_person_and_accents_do) {
  EXPECT_EQ(EmailKey("Camille.MOREAU@FS95.Test"), "camille.moreau@fs95.test");
  EXPECT_NE(EmailKey("rené@fs95.test"), EmailKey("rene@fs95.test"));
}

}  // namespace
}  // namespace aplus::auth
