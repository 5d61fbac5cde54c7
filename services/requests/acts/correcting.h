// Correcting what is known of the citizen (P21): by the helper side, alone or along with a message. The new
// value is shown, the old one kept.
#pragma once

#include <string>
#include <vector>

#include "services/requests/acts/case.h"
#include "services/requests/acts/directory.h"
#include "services/requests/acts/running.h"
#include "services/requests/acts/telling.h"
#include "services/requests/domain/citizen.h"

namespace aplus::requests {

struct Correction {
  RequestId request{};
  CitizenPatch citizen;
  std::string signed_by;
};
Task<Result<Acted>> CorrectCitizen(const Workshop& shop, const Asker& asker, const Correction& correction);

// For acts that correct along the way: right, and identifiers that somebody addressed may ask for (P22).
Result<void> CheckCorrection(const Case& on, const Asker& asker, const CitizenPatch& citizen);

struct CorrectionBy {
  const CitizenPatch& citizen;
  Doer doer;
  const std::string& signed_by;
};
// Keeps the old value, seals the new one, makes it found by its new name. False: it says nothing new.
// kMandateIncomplete: it would take away the number on which the mandate rests (P23). The caller saves the
// case.
Task<Result<bool>> ApplyCorrection(Transaction& tx, const Workshop& shop, Case& on, CorrectionBy by,
                                   const FieldCipher& cipher);

// What was known before each correction, newest first, without identifiers that the asker is not entitled to.
struct OldCitizen {
  std::int32_t version = 0;
  Citizen citizen;
  Time replaced_at{};
  std::optional<UserId> actor;
  std::optional<GroupId> actor_group;
  std::string signed_by;
};
struct CitizenVersions {
  std::vector<OldCitizen> versions;
  Cards cards;
};
Task<Result<CitizenVersions>> ReadCitizenVersions(const Workshop& shop, const Asker& asker, RequestId id);

}  // namespace aplus::requests
