#include "libs/crypto/openssl.h"

#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace aplus::openssl {

void Require(bool ok, const char* what) {
  if (ok) return;
  char reason[256] = "";
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL: ") + what + ": " + reason);
}

}  // namespace aplus::openssl
