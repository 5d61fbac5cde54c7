// The mandate that a citizen signs (P23), as a PDF to be printed: empty, or with what the author of a draft
// has written in it. The paper stays with the helper; nothing of it comes back here.
#pragma once

#include <string>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/result.h"

namespace aplus::requests {

// What is printed in the form; what is empty becomes a line to write on. Personal data of the citizen: no
// operator<<, no formatter, on purpose.
struct MandateForm {
  std::string first_name = {}, last_name = {}, birth_name = {}, birth_date = {};
  std::string helper_group = {};
  // Names of the organisations that are asked for help.
  std::vector<std::string> organisations = {};
};

// One A4 page with a font of its own, so that any name can be printed. Takes some milliseconds;
// pure but for reading the font. kInternal: the font is not there (fonts-dejavu-core).
Result<std::string> PrintMandate(const MandateForm& form);

}  // namespace aplus::requests
