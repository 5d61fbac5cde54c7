// Files as requests know them: whose, on which message, in which state. Names are contents.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct FileRow {
  FileId id{};
  RequestId request{};  // or the draft's
  UserId uploader{};
  std::optional<GroupId> uploader_group{};
  std::optional<Lane> lane{};  // none: not sent yet
  std::optional<MessageId> entry{};
  FileState state = FileState::kReceiving;
  std::int64_t size = 0;
  std::string type{};
  Time uploaded_at{};
  Time readable_until{};
};

inline constexpr Statement<Affected, FileId, RequestId, UserId, std::optional<GroupId>, std::string, Time,
                           Time>
    kInsertFile{"insert_file", R"sql(
  INSERT INTO file (id, request_id, uploader_id, uploader_group, state, type, uploaded_at, readable_until)
  VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
      ON CONFLICT (id) DO NOTHING
)sql"};

inline constexpr Statement<FileRow, FileId> kReadFile{"read_file", R"sql(
  SELECT id, request_id, uploader_id, uploader_group, lane, entry_id, state, size, type, uploaded_at, readable_until
    FROM file
   WHERE id = $1                                -- file_pkey
)sql"};

inline constexpr Statement<FileRow, RequestId> kFilesOfRequest{"files_of_request", R"sql(
  SELECT id, request_id, uploader_id, uploader_group, lane, entry_id, state, size, type, uploaded_at, readable_until
    FROM file
   WHERE request_id = $1                        -- file_request
   ORDER BY uploaded_at, id
)sql"};

struct FileOfEntry {
  MessageId entry{};
  FileId file{};
};

inline constexpr Statement<FileOfEntry, std::vector<MessageId>> kFilesOfEntries{"files_of_entries", R"sql(
  SELECT entry_id, id
    FROM file
   WHERE entry_id = ANY ($1)                    -- file_entry
   ORDER BY uploaded_at, id
)sql"};

// Sends files along: only the uploader's own that no message carries yet. The caller compares the count.
inline constexpr Statement<Affected, std::vector<FileId>, RequestId, UserId, Lane, std::optional<MessageId>>
    kAttachFiles{"attach_files", R"sql(
  UPDATE file
     SET lane = $4, entry_id = $5
   WHERE id = ANY ($1)                          -- file_pkey
     AND request_id = $2 AND uploader_id = $3 AND lane IS NULL
     AND state IN (2, 3)
)sql"};

// Of these, those that I may send and that are still being received, for all we have been told.
inline constexpr Statement<FileId, std::vector<FileId>, RequestId, UserId> kFilesReceiving{"files_receiving",
                                                                                           R"sql(
  SELECT id
    FROM file
   WHERE id = ANY ($1)                          -- file_pkey
     AND request_id = $2 AND uploader_id = $3 AND lane IS NULL
     AND state = 1
)sql"};

struct FileTotals {
  std::int64_t unsent = 0;
  std::int64_t bytes = 0;
};

// Rejected files take no place.
inline constexpr Statement<FileTotals, RequestId, UserId> kFileTotals{"file_totals", R"sql(
  SELECT count(*) FILTER (WHERE lane IS NULL AND uploader_id = $2),
         coalesce(sum(size), 0)::bigint
    FROM file
   WHERE request_id = $1                        -- file_request
     AND state < 4
)sql"};

// A file never leaves rejected or erased.
inline constexpr Statement<Affected, FileId, FileState, std::int64_t, std::string> kSaveFileState{
    "save_file_state", R"sql(
  UPDATE file
     SET state = $2,
         size = CASE WHEN $3 > 0 THEN $3 ELSE size END,
         type = CASE WHEN $4 <> '' THEN $4 ELSE type END
   WHERE id = $1                                -- file_pkey
     AND state < 4 AND state <> $2
)sql"};

// In whose name: an addressed group's, or the creator's group.
inline constexpr Statement<Affected, FileId, UserId, std::optional<GroupId>, Time> kNoteDownload{
    "note_download",
    R"sql(
  INSERT INTO file_download (file_id, user_id, group_id, first_at, last_at)
  VALUES ($1, $2, $3, $4, $4)
      ON CONFLICT (file_id, user_id) DO UPDATE SET last_at = EXCLUDED.last_at
)sql"};

inline constexpr Statement<FileId, std::vector<FileId>, UserId> kDownloadedByMe{"downloaded_by_me", R"sql(
  SELECT file_id
    FROM file_download
   WHERE file_id = ANY ($1) AND user_id = $2    -- file_download_pkey
)sql"};

// Who has a file, in whose name, since when (P33).
struct DownloadRow {
  FileId file{};
  UserId user{};
  std::optional<GroupId> group{};
  Time first_at{};
};

inline constexpr Statement<DownloadRow, std::vector<FileId>> kDownloads{"downloads", R"sql(
  SELECT d.file_id, d.user_id, d.group_id, d.first_at
    FROM file_download AS d
   WHERE d.file_id = ANY ($1)                   -- file_download_pkey
   ORDER BY d.first_at, d.user_id
)sql"};

// Names, sealed.
struct FileNameRow {
  FileId file{};
  Bytes name{};
};

inline constexpr Statement<FileNameRow, RequestId> kFileNames{"file_names", R"sql(
  SELECT file_id, name
    FROM file_content
   WHERE request_id = $1                        -- file_content_request
)sql",
                                                              Touches::kContents};

inline constexpr Statement<FileNameRow, FileId> kFileName{"file_name", R"sql(
  SELECT file_id, name
    FROM file_content
   WHERE file_id = $1                           -- file_content_pkey
)sql",
                                                          Touches::kContents};

inline constexpr Statement<Affected, FileId, RequestId, Bytes> kInsertFileName{"insert_file_name", R"sql(
  INSERT INTO file_content (file_id, request_id, name)
  VALUES ($1, $2, $3)
      ON CONFLICT (file_id) DO NOTHING
)sql",
                                                                               Touches::kContents};

}  // namespace aplus::requests
