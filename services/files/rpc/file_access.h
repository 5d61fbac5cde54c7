// What files asks of requests (aplus.requests.v1.FileAccess), without proto types: rights are decided there,
// with the user's own token, and a file's name lives there among the request's contents.
#pragma once

#include <string>

#include "libs/base/id.h"
#include "libs/base/result.h"
#include "libs/rpc/call.h"
#include "libs/runtime/task.h"
#include "services/files/domain/state.h"

namespace aplus {
class Channel;
}

namespace aplus::files {

class FileAccess {
 public:
  // The channel outlives this.
  explicit FileAccess(Channel& requests) : requests_(requests) {}

  // The caller may add this file to the draft or request: its row and sealed name stand when this returns.
  Task<Result<void>> Register(const Call& call, FileId file, RequestId request, std::string name,
                              std::string type);

  struct Allowed {
    std::string name;
  };
  // Audited there, allowed or refused.
  Task<Result<Allowed>> AuthorizeDownload(const Call& call, FileId file);
  Task<Result<void>> AuthorizeDelete(const Call& call, FileId file);

  // For the service itself. Requests that does not know the file (any more) has nothing to be told: no error.
  Task<Result<void>> Record(FileId file, FileState state, std::int64_t size, std::string type,
                            Duration limit);

 private:
  Channel& requests_;
};

}  // namespace aplus::files
