#include "services/requests/acts/telling.h"

#include "libs/rpc/timestamp.h"

namespace aplus::requests {
void FillRef(const Case& on, const Doer& doer, events::v1::RequestRef& ref) {
  const RequestRow& row = on.row;
  ref.set_request_id(row.id.ToString());
  ref.set_number(row.number);
  ref.set_area_id(row.area_id);
  ref.set_state(static_cast<v1::RequestState>(row.state));
  ref.set_creator_user_id(row.creator.ToString());
  ref.set_creator_group_id(row.creator_group.ToString());
  for (const ParticipantRow& person : on.people) {
    if (person.kind == ParticipantKind::kExpert) {
      ref.add_expert_user_ids(person.user.ToString());
    } else {
      ref.add_helper_user_ids(person.user.ToString());
    }
  }
  for (const AddressedRow& addressed : on.groups) {
    if (addressed.state != GroupState::kDeclined) ref.add_group_ids(addressed.group.ToString());
  }
  if (doer.user && !doer.user->IsNil()) ref.set_actor_user_id(doer.user->ToString());
  if (doer.group) ref.set_actor_group_id(doer.group->ToString());
  SetTime(row.created_at, *ref.mutable_created_at());
}

EventAudience AudienceOf(const Case& on, Lane lane) {
  EventAudience audience;
  audience.lane = lane == Lane::kAll ? EventLane::kAll : EventLane::kInstructors;
  for (const AddressedRow& addressed : on.groups) audience.groups.push_back(addressed.group);
  if (lane == Lane::kAll) {
    for (const ParticipantRow& person : on.people) audience.users.push_back(person.user);
  }
  return audience;
}

}  // namespace aplus::requests
