// Drafts, and the request that one becomes (P20–P25).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/requests/acts/running.h"
#include "services/requests/domain/citizen.h"
#include "services/requests/domain/mandate.h"
#include "services/requests/store/draft_rows.h"
#include "services/requests/store/file_rows.h"

namespace aplus::requests {

struct NewRequest {
  std::optional<RequestId> draft;
  GroupId group{};
  std::string area;
  std::vector<GroupId> recipients;
  std::vector<UserId> helpers;
  std::string subject, description;
  Citizen citizen;
  Mandate mandate;
  std::vector<FileId> files;
  std::string signed_by;
};

// Everything is checked before anything is written, but for the key of the new request.
Task<Result<Acted>> CreateRequest(const Workshop& shop, const Asker& asker, const NewRequest& request);

// Acted.id is the draft's.
Task<Result<Acted>> CreateDraft(const Workshop& shop, const Asker& asker, std::optional<GroupId> group);

struct ReadDraft {
  DraftRow row;
  std::string body;  // as it was put; empty for a fresh one
  std::vector<FileRow> files;
  std::vector<std::pair<FileId, std::string>> names;
};
Task<Result<ReadDraft>> GetDraft(const Workshop& shop, const Asker& asker, RequestId id);
Task<Result<std::vector<ReadDraft>>> ListDrafts(const Workshop& shop, const Asker& asker);

// Replaces what is written in it. Answers when.
Task<Result<Time>> PutDraft(const Workshop& shop, const Asker& asker, RequestId id, std::string body);

// The draft, its files and its key are erased at once (by the erasure worker).
Task<Result<void>> DeleteDraft(const Workshop& shop, const Asker& asker, RequestId id);

}  // namespace aplus::requests
