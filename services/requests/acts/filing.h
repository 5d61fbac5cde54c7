// Files as far as requests decide about them: who may add, read, delete one; what became of it (P36, P50,
// P63).
#pragma once

#include <string>

#include "services/requests/acts/case.h"
#include "services/requests/acts/running.h"
#include "services/requests/store/file_rows.h"

namespace aplus::requests {

struct NewFile {
  FileId id{};
  RequestId request{};  // or a draft of the asker's
  std::string name, type;
};
// Its row and sealed name are there before its first byte is stored. Answers until when it can be read. The
// same call again answers the same.
Task<Result<Time>> RegisterFile(const Workshop& shop, const Asker& asker, const NewFile& file);

enum class FileAct { kDownload, kDelete };

struct AllowedFile {
  RequestId request{};
  std::string name, type;
  std::int64_t size = 0;
};
// One audit line each time; the first download of a person is a line of the history too.
Task<Result<AllowedFile>> AuthorizeFile(const Workshop& shop, const Asker& asker, FileId file, FileAct act);

struct FileNews {
  FileId id{};
  FileState state = FileState::kReceiving;
  std::int64_t size = 0;
  std::string type;  // as found in the contents; empty: unchanged
};
// The files service tells. A state that is there already changes nothing; an erased file's name goes with it.
Task<Result<void>> RecordFileState(const Workshop& shop, const Asker& service, const FileNews& news);

}  // namespace aplus::requests
