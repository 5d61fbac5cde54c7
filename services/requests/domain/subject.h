// Texts that leave the circle of a request's participants, or stand in lists, hold no personal data: the
// subject (P20), the comment on usefulness (P31).
#pragma once

#include <string>

#include "libs/base/result.h"
#include "services/requests/domain/citizen.h"

namespace aplus::requests {

// kInvalidArgument about "subject", saying what to leave out: the citizen's name, a number of seven digits or
// more (every identifier of P21 has as many, a telephone number too), an e-mail address. A word is a word: a
// citizen called Petit makes no « petit problème » impossible unless the name is written as a name.
Result<void> CheckSubject(const std::string& subject, const Citizen& citizen);

// Likewise, about "comment".
Result<void> CheckComment(const std::string& comment, const Citizen& citizen);

}  // namespace aplus::requests
