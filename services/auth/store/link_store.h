// Asking for a login link. No account is looked up here: what is written, and how long it takes, is the same
// for every address (P10, ASVS 6.3.8).
#pragma once

#include <optional>
#include <string>

#include "libs/audit/audit_trail.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/login_link.h"
#include "services/auth/store/credentials.h"

namespace aplus::auth {

// Who asks, in the form in which it is kept.
struct LinkRequest {
  std::string email_key;
  Sha256Digest binding_hash{};
  Sha256Digest address_mac{};
  std::string asked_from;
  std::string return_to;
  // The identity that using the link will link with the account (P12).
  std::optional<std::string> provider_issuer = {}, provider_subject = {};
};

struct AskedLink {
  Time asked_at;
  Time expires_at;  // of a link that would be sent now
};

// Io thread only; references must outlive it.
class LinkStore {
 public:
  LinkStore(Database& database, EventWriter& events, AuditTrail& trail, LinkRules rules, const Clock& clock,
            Random& random)
      : database_(database), events_(events), trail_(trail), rules_(rules), clock_(clock), random_(random) {}

  // Stores the request with its event and audit line.
  Task<Result<AskedLink>> Ask(LinkRequest request, AuditEntry line, Deadline deadline);

  // Deletes at most 1 000 requests older than a day, their links and codes with them; answers how many.
  Task<Result<std::int64_t>> DeleteOld(Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<AskedLink>> AskIn(Transaction& tx, LinkRequest request, AuditEntry line);

  Database& database_;
  EventWriter& events_;
  AuditTrail& trail_;
  LinkRules rules_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
