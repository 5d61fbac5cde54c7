// The public halves of audit keys, as the verifier is given them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/crypto/ed25519.h"

namespace aplus::audit {

using PublicKeys = std::map<std::string, Ed25519PublicKey>;

// Adds "64 hexadecimal digits", under the name that the key gives itself (AuditKeyId), or "ID=digits". Error
// kInternal with a diagnostic.
Result<void> AddPublicKey(PublicKeys& keys, std::string_view text);
// Every file *.pub of `folder`, one key each. An empty folder is an error: it proves nothing. Blocks.
Result<void> AddPublicKeys(PublicKeys& keys, const std::filesystem::path& folder);

}  // namespace aplus::audit
