// Opening a request: what one reader gets of it, computed over what he may read (P26, P28). Each reading
// leaves its audit line in the transaction that reads (P90): no audit, no answer.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/requests/acts/case.h"
#include "services/requests/acts/directory.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/domain/citizen.h"
#include "services/requests/store/entry_rows.h"
#include "services/requests/store/file_rows.h"

namespace aplus::requests {

struct OpenedRequest {
  Case on;  // row, people, groups, the asker's lane and relation
  std::vector<Operation> allowed;
  std::string subject, description, signed_by;
  Citizen citizen;  // without the identifiers that the asker is not entitled to (P22)
  std::vector<ShownMark> marks;
  bool opened_by_me = false;
  std::int64_t unread = 0;
  Cards cards;
};
Task<Result<OpenedRequest>> OpenRequest(const Workshop& shop, const Asker& asker, RequestId id);

// What the asker is to a request, and who else takes part; no contents. For what others show of it (P75).
Task<Result<Case>> LookAt(const Workshop& shop, const Asker& asker, RequestId id);

// A page of thread or history: at most `limit` lines after a number of the asker's lane.
struct Page {
  std::int32_t after = 0;
  std::int32_t limit = 25;
};

struct ThreadLine {
  EntryRow row;
  std::string text, signed_by;
  std::vector<FileId> files;
};
struct ThreadPage {
  std::vector<ThreadLine> lines;
  std::optional<std::int32_t> next;  // the number to go on after; none at the end
  Cards cards;
};
Task<Result<ThreadPage>> ReadThread(const Workshop& shop, const Asker& asker, RequestId id, Page page);
// Who did what and when; without words.
Task<Result<ThreadPage>> ReadHistory(const Workshop& shop, const Asker& asker, RequestId id, Page page);

struct ListedFile {
  FileRow row;
  std::string name;  // empty once erased
  bool downloaded_by_me = false;
  std::vector<DownloadRow> downloads;  // by others than its uploader
};
struct FileList {
  std::vector<ListedFile> files;
  Cards cards;
};
// Files that were sent along, as far as the asker reads what carries them.
Task<Result<FileList>> ReadFiles(const Workshop& shop, const Asker& asker, RequestId id);

// Which restricted identifiers the asker sees on a request: all on the helper side, those of his own
// addressed groups' organisations on the other, none as an expert (P22).
Identifiers VisibleIdentifiers(const Case& on);

}  // namespace aplus::requests
