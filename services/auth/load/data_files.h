// The JSON files of data/reference and data/demo (data/README.md says what stands in them), read and checked
// whole before anything is written. Blocks: for commands, not for serving.
#pragma once

#include <string>
#include <vector>

#include "libs/base/result.h"
#include "services/auth/store/reference_store.h"

namespace aplus::auth {

// areas.json, organisations.json, themes.json of the folder. Error kInvalidArgument whose diagnostic names
// file, row and field.
Result<ReferenceData> ReadReferenceFiles(const std::string& folder);

// groups.json, users.json. Likewise; an administrator with memberships is refused (P2).
Result<DemoData> ReadDemoFiles(const std::string& folder);

}  // namespace aplus::auth
