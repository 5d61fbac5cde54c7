// What managers and administrators see of requests (P34): metadata. Nothing here opens a key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/requests/acts/asker.h"
#include "services/requests/acts/directory.h"
#include "services/requests/acts/listing.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/store/comment_rows.h"
#include "services/requests/store/list_rows.h"
#include "services/requests/store/metadata_rows.h"

namespace aplus::requests {

struct Overseen {
  MetadataRow row;
  std::vector<ListedGroup> groups;
  // Working time until the first answer (P41).
  std::optional<Duration> first_answer;
};

struct OverseenPage {
  std::vector<Overseen> requests;
  std::optional<RequestId> next;  // to go on before; none at the end
  Cards cards;
};

// Managers of a concerned group, administrators and participants. One request.
Task<Result<OverseenPage>> Oversee(const Workshop& shop, const Asker& asker, RequestId id);

struct OverseeQuery {
  std::optional<GroupId> group;
  std::optional<std::string> area;
  std::optional<State> state;
  std::optional<bool> late;
  std::optional<RequestId> before;
  std::int32_t limit = 25;
};
// Of the groups that the asker manages, or all for an administrator; kForbidden: a group that is not his.
Task<Result<OverseenPage>> OverseeGroups(const Workshop& shop, const Asker& asker, const OverseeQuery& query);

struct CommentPage {
  std::vector<CommentRow> comments;
  std::optional<ListPoint> next;  // to go on after; none at the end
};
// For administrators; kForbidden for everybody else.
Task<Result<CommentPage>> ReadComments(const Workshop& shop, const Asker& asker,
                                       std::optional<ListPoint> after, std::int32_t limit);

}  // namespace aplus::requests
