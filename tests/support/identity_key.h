// A key pair for identity tokens.
#pragma once

#include <string>

namespace aplus {

// A fresh Ed25519 pair as PEM.
struct IdentityKey {
  std::string private_pem, public_pem;
};
IdentityKey NewIdentityKey();

}  // namespace aplus
