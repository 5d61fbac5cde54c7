// The demonstration groups and people of data/demo (data/README.md), as the generator of requests needs them.
// Blocks: for commands, not for serving.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/identity/principal.h"
#include "services/requests/domain/citizen.h"

namespace aplus::requests {

struct DemoGroup {
  GroupId id;
  std::string organisation;
  std::vector<std::string> areas;
  Identifiers entitled = 0;  // P22
  // Who acts in its name: helpers or instructors with an account of their own.
  std::vector<std::shared_ptr<const Principal>> actors;
};

struct DemoPeople {
  std::vector<DemoGroup> helpers;      // groups of the helper side, each with at least one actor
  std::vector<DemoGroup> instructors;  // likewise
  // By organisation: the subjects that its themes suggest.
  std::map<std::string, std::vector<std::string>> subjects;
};

// `folder` holds reference/ and demo/. kInvalidArgument, whose diagnostic names the file, when one cannot be
// read or nobody is left to act.
Result<DemoPeople> ReadDemoPeople(const std::string& folder);

}  // namespace aplus::requests
