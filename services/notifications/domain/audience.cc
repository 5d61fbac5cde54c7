#include "services/notifications/domain/audience.h"

#include <algorithm>

namespace aplus::notifications {
namespace audience {

std::vector<UserId> Join(std::vector<UserId> a, const std::vector<UserId>& b) {
  for (const UserId& user : b) {
    if (std::find(a.begin(), a.end(), user) == a.end()) a.push_back(user);
  }
  return a;
}

// Whoever acted knows already.
std::vector<UserId> Actor(const RequestFacts& request) {
  if (request.actor.IsNil()) return {};
  return {request.actor};
}

std::vector<UserId> Less(std::vector<UserId> users, const std::vector<UserId>& out) {
  std::erase_if(users,
                [&](const UserId& user) { return std::find(out.begin(), out.end(), user) != out.end(); });
  return users;
}

// The helper side, less who acted.
Circle Helpers(Kind kind, const RequestFacts& request) {
  return {.kind = kind,
          .users = Less(request.helpers, Actor(request)),
          .groups = {},
          .managers = {},
          .except = {}};
}

// Instructors of the groups and their mailboxes. Who is on both sides counts as helper side and is told as
// such, or not at all; experts likewise (P28).
Circle Instructors(Kind kind, const RequestFacts& request, std::vector<GroupId> groups) {
  return {.kind = kind,
          .users = {},
          .groups = std::move(groups),
          .managers = {},
          .except = Join(Join(Actor(request), request.helpers), request.experts)};
}

Circle Experts(Kind kind, const RequestFacts& request) {
  return {.kind = kind,
          .users = Less(request.experts, Actor(request)),
          .groups = {},
          .managers = {},
          .except = {}};
}

Circle Administrators(Kind kind) {
  Circle circle{.kind = kind, .users = {}, .groups = {}, .except = {}};
  circle.administrators = true;
  return circle;
}

Subject About(const RequestFacts& request, const GroupId& from) {
  return {.request = request.id,
          .number = request.number,
          .from = from,
          .instructors_only = request.instructors_only};
}

Kind KindOf(ClosedBecause because) {
  switch (because) {
    case ClosedBecause::kRevoked:
      return Kind::kRevoked;
    case ClosedBecause::kInactive:
      return Kind::kClosedInactive;
    case ClosedBecause::kUnanswered:
      return Kind::kClosedUnanswered;
    case ClosedBecause::kSolved:
    case ClosedBecause::kWithdrawn:
      break;
  }
  return Kind::kClosed;
}

struct Rules {
  template <class T>
  Announcement operator()(const T&) const {
    return {};
  }

  Announcement operator()(const RequestOpened& it) const {
    Circle invited = Helpers(Kind::kHelperInvited, it.request);
    invited.users = Less(std::move(invited.users), {it.request.creator});
    return {About(it.request, it.request.creator_group),
            {std::move(invited), Instructors(Kind::kNewRequest, it.request, it.request.groups)}};
  }

  // P28: a message between instructors reaches instructors, nobody else learns that it exists.
  Announcement operator()(const MessageWritten& it) const {
    Announcement announcement{About(it.request, it.request.actor_group), {}};
    announcement.subject.instructors_only = it.instructors_only;
    if (!it.instructors_only) {
      announcement.circles.push_back(Helpers(Kind::kMessage, it.request));
      announcement.circles.push_back(Experts(Kind::kMessage, it.request));
    }
    announcement.circles.push_back(Instructors(Kind::kMessage, it.request, it.request.groups));
    return announcement;
  }

  Announcement operator()(const ChargeTaken& it) const {
    return {About(it.request, it.request.actor_group), {Helpers(Kind::kTakenInCharge, it.request)}};
  }

  Announcement operator()(const GroupDeclined& it) const {
    return {About(it.request, it.request.actor_group),
            {Helpers(it.nobody_left ? Kind::kNobodyLeft : Kind::kDeclined, it.request)}};
  }

  Announcement operator()(const Processed& it) const {
    return {About(it.request, it.request.actor_group),
            {Helpers(Kind::kProcessed, it.request), Experts(Kind::kProcessed, it.request)}};
  }

  Announcement operator()(const Closed& it) const {
    // Withdrawn before anybody opened it: what is still queued goes with the erasure, nothing is added.
    if (it.because == ClosedBecause::kWithdrawn) return {};
    const Kind kind = KindOf(it.because);
    return {About(it.request, it.request.actor_group),
            {Helpers(kind, it.request), Instructors(kind, it.request, it.request.groups)}};
  }

  Announcement operator()(const Reopened& it) const {
    return {
        About(it.request, it.request.actor_group),
        {Helpers(Kind::kReopened, it.request), Instructors(Kind::kReopened, it.request, it.request.groups)}};
  }

  Announcement operator()(const GroupsInvited& it) const {
    return {About(it.request, it.request.creator_group),
            {Instructors(Kind::kGroupInvited, it.request, it.groups)}};
  }

  Announcement operator()(const HelpersInvited& it) const {
    Circle invited{.kind = Kind::kHelperInvited,
                   .users = Less(it.users, Actor(it.request)),
                   .groups = {},
                   .managers = {},
                   .except = {}};
    return {About(it.request, it.request.creator_group), {std::move(invited)}};
  }

  Announcement operator()(const ExpertsInvited& it) const {
    Circle invited{.kind = Kind::kExpertInvited,
                   .users = Less(it.users, Actor(it.request)),
                   .groups = {},
                   .managers = {},
                   .except = {}};
    return {About(it.request, it.request.creator_group), {std::move(invited)}};
  }

  // P42: before the limit only the groups that have not answered.
  Announcement operator()(const LateSoon& it) const {
    return {About(it.request, it.request.creator_group),
            {Instructors(Kind::kLateSoon, it.request, it.waiting)}};
  }

  // P42: at the limit they, the helper and the experts.
  Announcement operator()(const Late& it) const {
    return {About(it.request, it.request.creator_group),
            {Helpers(Kind::kLate, it.request), Experts(Kind::kLate, it.request),
             Instructors(Kind::kLate, it.request, it.waiting)}};
  }

  // P5: everybody on the request; the heir and the experts who come in are told by their invitations too.
  Announcement operator()(const OwnerGone& it) const {
    return {About(it.request, it.request.creator_group),
            {Helpers(Kind::kHandedOver, it.request), Experts(Kind::kHandedOver, it.request),
             Instructors(Kind::kHandedOver, it.request, it.request.groups)}};
  }

  // P4: the person and the managers, less who did it.
  Announcement operator()(const MemberTaken& it) const {
    Circle person{.kind = Kind::kTakenOut, .users = Less({it.user}, {it.actor}), .groups = {}, .except = {}};
    Circle managers{.kind = Kind::kMemberTakenOut,
                    .users = {},
                    .groups = {},
                    .managers = {it.group},
                    .except = {it.actor}};
    return {{.request = {}, .number = {}, .from = it.group, .instructors_only = false},
            {std::move(person), std::move(managers)}};
  }

  // P5: administrators are told of leavers.
  Announcement operator()(const AccountClosed& it) const {
    if (!it.left) return {};
    return {{}, {Administrators(Kind::kLeaver)}};
  }

  // The request's number is all that an administrator may know of it (P34); there is nothing to open.
  Announcement operator()(const MisuseSaid& it) const {
    return {{.request = {}, .number = it.request.number, .from = {}, .instructors_only = false},
            {Administrators(Kind::kMisuseReported)}};
  }

  // P35: whoever can still close or answer it.
  Announcement operator()(const EndAnnounced& it) const {
    const Kind kind = it.processed ? Kind::kEndAnnounced : Kind::kEndUnanswered;
    Announcement announcement{About(it.request, it.request.creator_group), {Helpers(kind, it.request)}};
    if (!it.processed) announcement.circles.push_back(Instructors(kind, it.request, it.request.groups));
    return announcement;
  }

  // P35: not the instructors, who know since the limit; those who look after them.
  Announcement operator()(const Raised& it) const {
    Circle managers{.kind = Kind::kRaised,
                    .users = {},
                    .groups = {},
                    .managers = it.waiting,
                    .except = it.request.experts};
    return {About(it.request, it.request.creator_group),
            {Experts(Kind::kRaised, it.request), std::move(managers)}};
  }

  Announcement operator()(const Reminded& it) const {
    const Kind kind = it.unread ? Kind::kUnread : Kind::kToBeClosed;
    Circle one{.kind = kind, .users = {it.user}, .groups = {}, .managers = {}, .except = {}};
    return {About(it.request, {}), {std::move(one)}};
  }

  Announcement operator()(const FileExpiring& it) const {
    Circle helpers{
        .kind = Kind::kFileExpiring, .users = it.users, .groups = {}, .managers = {}, .except = {}};
    return {About(it.request, {}),
            {std::move(helpers), Instructors(Kind::kFileExpiring, it.request, it.groups)}};
  }

  // P75: who can put it right, and who can turn to somebody else.
  Announcement operator()(const Unreached& it) const {
    Circle managers{
        .kind = Kind::kGroupUnreached, .users = {}, .groups = {}, .managers = {it.group}, .except = {}};
    return {About(it.request, it.group), {Helpers(Kind::kUnreached, it.request), std::move(managers)}};
  }

  Announcement operator()(const FileRejected& it) const {
    Circle uploader{
        .kind = Kind::kFileRejected, .users = it.uploader, .groups = {}, .managers = {}, .except = {}};
    return {{.request = it.request, .number = {}, .from = {}, .instructors_only = false},
            {std::move(uploader)}};
  }
};

}  // namespace audience

Announcement Announce(const Occurrence& occurrence) {
  Announcement announcement = std::visit(audience::Rules{}, occurrence);
  std::erase_if(announcement.circles, [](const Circle& circle) {
    return circle.users.empty() && circle.groups.empty() && circle.managers.empty() && !circle.administrators;
  });
  return announcement;
}

}  // namespace aplus::notifications
