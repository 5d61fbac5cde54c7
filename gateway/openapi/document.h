// The OpenAPI 3.1 description of the HTTP API, made from the protos and their comments. It is checked in as
// gateway/openapi.json and a contract test keeps it true.
#pragma once

#include <string>

#include "libs/base/result.h"

namespace google::protobuf {
class FileDescriptorSet;
}

namespace aplus::openapi {

// Of every method of package aplus that has a route. kInternal with a diagnostic when the set does not build.
Result<std::string> Describe(const google::protobuf::FileDescriptorSet& files);

}  // namespace aplus::openapi
