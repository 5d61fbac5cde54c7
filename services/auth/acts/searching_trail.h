// Searching the audit trail (A14) is itself written down, before anything is shown.
#pragma once

#include <optional>

#include "services/auth/acts/office.h"

namespace aplus::auth {

// Decides, and leaves the line of the search or of its refusal. `object`: what or whom the search is about.
Task<Result<void>> NoteTrailSearch(const Office& office, const Asker& asker, std::optional<UuidBytes> object);

}  // namespace aplus::auth
