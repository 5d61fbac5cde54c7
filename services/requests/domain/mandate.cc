#include "services/requests/domain/mandate.h"

#include <utility>

namespace aplus::requests {
namespace mandate {

Error Incomplete(std::string path, std::string code, std::string detail) {
  Error error;
  error.reason = Reason::kMandateIncomplete;
  error.violations.push_back({std::move(path), std::move(code), std::move(detail)});
  return error;
}

}  // namespace mandate

Result<void> CheckMandate(const Mandate& mandate, const Citizen& citizen, std::chrono::local_days today) {
  if (!mandate.given_on.ok() || std::chrono::local_days(mandate.given_on) > today) {
    return Fail(mandate::Incomplete("mandate.givenOn", "future",
                                    "La date de l’accord de l’usager ne peut pas être dans le futur."));
  }
  if (mandate.kind != MandateKind::kPaper && citizen.phone.empty()) {
    return Fail(mandate::Incomplete("citizen.phone", "required",
                                    "Un mandat par SMS ou par téléphone demande le numéro de l’usager."));
  }
  return {};
}

}  // namespace aplus::requests
