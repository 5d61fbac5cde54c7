// What operators ask about a key ring before an old version goes: how much is still sealed under it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/keyring.h"

namespace aplus {

// One JSON object for each version that is there or that something is sealed under, oldest first:
//   {"service":"requests","key":"kek","version":1,"present":true,"active":false,"sealed":12}
// `sealed` counts by version. No key is in it.
std::vector<std::string> KeyStatus(std::string_view service, std::string_view key, const Keyring& keyring,
                                   const std::map<Keyring::Version, std::int64_t>& sealed);

// For keys that have no versions, only an id: {"service":"auth","key":"identity","id":"dev-1","active":true}
std::string KeyStatus(std::string_view service, std::string_view key, std::string_view id);

}  // namespace aplus
