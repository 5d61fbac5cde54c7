// Who an address is: compared without case (P1).
#pragma once

#include <string>
#include <string_view>

namespace aplus::auth {

// The form under which accounts are found and are unique: letters A–Z in lower case, nothing else changed
// (folding accents would make two people of one).
std::string EmailKey(std::string_view address);

}  // namespace aplus::auth
