#include "libs/events/event.h"

#include <algorithm>

namespace aplus {

bool Reaches(const events::v1::Audience& audience, const UserId& user, std::span<const GroupId> groups,
             bool instructor_side) {
  if (audience.lane() != events::v1::LANE_ALL &&
      !(audience.lane() == events::v1::LANE_INSTRUCTORS && instructor_side)) {
    return false;
  }
  const std::string id = user.ToString();
  if (!user.IsNil() &&
      std::find(audience.user_ids().begin(), audience.user_ids().end(), id) != audience.user_ids().end()) {
    return true;
  }
  return std::any_of(groups.begin(), groups.end(), [&](const GroupId& group) {
    return std::find(audience.group_ids().begin(), audience.group_ids().end(), group.ToString()) !=
           audience.group_ids().end();
  });
}

}  // namespace aplus
