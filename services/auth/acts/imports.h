// Many accounts at once (P4): a table is looked at, applied, undone. Only its author sees it.
#pragma once

#include <string>
#include <vector>

#include "services/auth/acts/office.h"
#include "services/auth/store/import_rows.h"

namespace aplus::auth {

struct ImportNow {
  ImportHead head;
  std::vector<OutcomeCount> figures;
};

// kInvalidArgument names what is wrong with the table as a whole; wrong rows are outcomes.
Task<Result<ImportNow>> PreviewImport(const Office& office, const Asker& asker, GroupId group,
                                      const ImportTable& table);
Task<Result<ImportNow>> GetImport(const Office& office, const Asker& asker, ImportId table_id);
// At most `limit` after a line; `only`: kNone for all.
Task<Result<std::vector<ImportedRow>>> ListImportRows(const Office& office, const Asker& asker,
                                                      ImportId table_id, RowOutcome only, std::int32_t after,
                                                      int limit);
// In one transaction; again is no error.
Task<Result<ImportNow>> ApplyImport(const Office& office, const Asker& asker, ImportId table_id);
Task<Result<ImportNow>> UndoImport(const Office& office, const Asker& asker, ImportId table_id);

}  // namespace aplus::auth
