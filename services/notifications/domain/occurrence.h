// What happened elsewhere, as far as notifying goes: the events of auth, requests and files without their
// wire form. Ids, codes and times only, as in the events themselves (P82).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus::notifications {

using LoginRequestId = Id<struct LoginRequestTag>;

// The request an event is about, as it stands after it.
struct RequestFacts {
  RequestId id;
  std::string number;
  UserId creator;
  GroupId creator_group;
  std::vector<UserId> helpers;  // the creator and the invited helpers
  std::vector<GroupId> groups;  // addressed, not declined
  std::vector<UserId> experts;
  UserId actor;         // nil: the system
  GroupId actor_group;  // nil: none
  // The event is between instructors: nobody else learns that it happened (P28).
  bool instructors_only = false;
};

struct LoginAsked {
  LoginRequestId login_request;
};
struct AccountOpened {
  UserId user;
};
// Something about the security of an account.
enum class AccountNews : std::uint8_t {
  kEntered,
  kSecondFactorSet,
  kSecondFactorDropped,
  kRecoveryCodeUsed,
  kCodesGuessed,
  kProConnectLinked,
};
struct AccountTouched {
  UserId user;
  AccountNews news = AccountNews::kEntered;
};
struct AccountClosed {
  UserId user;
  bool left = false;  // a leaver, of whom administrators are told (P5)
  bool idle = false;  // by the system, nobody having used it: the person is told (P6)
};
// A new version of the terms of use: everybody is told (P7).
struct TermsNew {};
struct MemberTaken {
  UserId user;
  GroupId group;
  UserId actor;
};
struct Idle {
  UserId user;
};
enum class ExcludedBecause : std::uint8_t { kSharing, kMission, kSecrecy, kConduct, kTerms };
struct Excluded {
  UserId user;
  ExcludedBecause because = ExcludedBecause::kTerms;
};
struct EmailGiven {
  UserId user;
};
struct MemberLeft {
  UserId user;
  GroupId group;
};
struct RequestOpened {
  RequestFacts request;
};
struct MessageWritten {
  RequestFacts request;
  bool instructors_only = false;
};
struct ChargeTaken {
  RequestFacts request;
};
struct GroupDeclined {
  RequestFacts request;
  bool nobody_left = false;
};
struct Processed {
  RequestFacts request;
};
enum class ClosedBecause : std::uint8_t { kSolved, kRevoked, kWithdrawn, kInactive, kUnanswered };
struct Closed {
  RequestFacts request;
  ClosedBecause because = ClosedBecause::kSolved;
};
struct Reopened {
  RequestFacts request;
};
struct GroupsInvited {
  RequestFacts request;
  std::vector<GroupId> groups;
};
struct HelpersInvited {
  RequestFacts request;
  std::vector<UserId> users;
};
struct ExpertsInvited {
  RequestFacts request;
  std::vector<UserId> users;
};
struct LateSoon {
  RequestFacts request;
  std::vector<GroupId> waiting;  // groups that have not answered
};
struct Late {
  RequestFacts request;
  std::vector<GroupId> waiting;
};
struct OwnerGone {
  RequestFacts request;
};
struct MisuseSaid {
  RequestFacts request;
};
struct EndAnnounced {
  RequestFacts request;
  bool processed = false;
};
struct Raised {
  RequestFacts request;
  std::vector<GroupId> waiting;
};
struct Reminded {
  RequestFacts request;  // id and number only
  UserId user;
  bool unread = false;  // else: processed, to be closed
};
struct FileExpiring {
  RequestFacts request;
  std::vector<GroupId> groups;  // nobody of which has downloaded it
  std::vector<UserId> users;
};
// Nobody of a group could be reached about the request (P75).
struct Unreached {
  RequestFacts request;  // id, number and helpers only
  GroupId group;
};
struct FileRejected {
  RequestId request;
  std::vector<UserId> uploader;
};
struct Erased {
  RequestId request;
};
// Nothing that anybody is told of.
struct Irrelevant {};

using Occurrence =
    std::variant<Irrelevant, LoginAsked, AccountOpened, AccountTouched, AccountClosed, TermsNew, MemberLeft,
                 MemberTaken, Idle, Excluded, EmailGiven, OwnerGone, MisuseSaid, RequestOpened,
                 MessageWritten, ChargeTaken, GroupDeclined, Processed, Closed, Reopened, GroupsInvited,
                 HelpersInvited, ExpertsInvited, LateSoon, Late, EndAnnounced, Raised, Reminded, FileExpiring,
                 Unreached, FileRejected, Erased>;

}  // namespace aplus::notifications
