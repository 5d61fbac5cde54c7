// What every act works with. Built once by the App; all of it lives on the io thread.
#pragma once

#include "libs/audit/audit_trail.h"
#include "libs/crypto/blind_index.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/requests/acts/directory.h"
#include "services/requests/acts/lists_shown.h"
#include "services/requests/domain/clock.h"
#include "services/requests/domain/neglect.h"
#include "services/requests/store/request_keys.h"

namespace aplus::requests {

// Delays and limits (config "settings"), with the defaults of PRODUCT.md.
struct Rules {
  ClockRules clock;
  NeglectRules neglect;
  Duration remind_every = std::chrono::days(7);      // P43, per person
  Duration unread_after = std::chrono::days(10);     // P43: an answer that is not read
  Duration file_warning = std::chrono::days(3);      // before a file is erased unread (P50)
  Duration file_lifetime = std::chrono::days(14);    // unreadable from then on (P50)
  Duration request_erasure = std::chrono::days(85);  // after closing (P51)
  Duration draft_lifetime = std::chrono::days(7);    // P24
  std::int64_t drafts_per_person = 20;
  std::int64_t files_per_message = 10;  // P60
  std::int64_t bytes_per_request = 100'000'000;
};

struct Workshop {
  Database& database;
  RequestKeys& keys;
  Directory& directory;
  EventWriter& events;
  AuditTrail& trail;
  BlindIndex& index;
  ListsShown& lists_shown;
  const Rules& rules;
  const Clock& clock;
  Random& random;
};

}  // namespace aplus::requests
