#include "services/auth/domain/email_address.h"

#include <algorithm>

namespace aplus::auth {

std::string EmailKey(std::string_view address) {
  std::string key(address);
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return key;
}

}  // namespace aplus::auth
