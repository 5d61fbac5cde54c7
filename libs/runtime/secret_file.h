// Files read whole at start-up.
#pragma once

#include <string>

#include "libs/base/secret.h"

namespace aplus {

// The file's contents without one trailing line break. ConfigError when the file cannot be read, is empty, is
// no regular file, or when group or others may read or write it: a secret that others could read is no
// secret, and refusing to start is how somebody finds out (T-CFG-01). On Kubernetes use defaultMode 0400
// without fsGroup.
SecretString ReadSecretFile(const std::string& path);

// ConfigError when it cannot be read or is larger than 1 MiB.
std::string ReadWholeFile(const std::string& path);

}  // namespace aplus
