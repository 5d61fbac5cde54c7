#include "services/notifications/jobs/expander.h"

#include <algorithm>
#include <concepts>
#include <map>
#include <set>

#include "services/notifications/store/delivery_store.h"

namespace aplus::notifications {
namespace expander {

NewMail To(Kind kind, RecipientKind recipient_kind, RecipientId recipient) {
  NewMail mail;
  mail.kind = kind;
  mail.recipient_kind = recipient_kind;
  mail.recipient = recipient;
  return mail;
}

Kind KindOf(ExcludedBecause because) {
  switch (because) {
    case ExcludedBecause::kSharing:
      return Kind::kExcludedSharing;
    case ExcludedBecause::kMission:
      return Kind::kExcludedMission;
    case ExcludedBecause::kSecrecy:
      return Kind::kExcludedSecrecy;
    case ExcludedBecause::kConduct:
      return Kind::kExcludedConduct;
    case ExcludedBecause::kTerms:
      break;
  }
  return Kind::kExcludedTerms;
}

Kind KindOf(AccountNews news) {
  switch (news) {
    case AccountNews::kEntered:
      return Kind::kAccountEntered;
    case AccountNews::kSecondFactorSet:
      return Kind::kSecondFactorSet;
    case AccountNews::kSecondFactorDropped:
      return Kind::kSecondFactorDropped;
    case AccountNews::kRecoveryCodeUsed:
      return Kind::kRecoveryCodeUsed;
    case AccountNews::kCodesGuessed:
      return Kind::kCodesGuessed;
    case AccountNews::kProConnectLinked:
      return Kind::kProConnectLinked;
  }
  return Kind::kAccountEntered;
}

// The request that the occurrence is about, as it stood after it.
const RequestFacts* FactsIn(const Occurrence& occurrence) {
  return std::visit(
      [](const auto& it) -> const RequestFacts* {
        if constexpr (requires {
                        { it.request } -> std::same_as<const RequestFacts&>;
                      }) {
          return &it.request;
        } else {
          return nullptr;
        }
      },
      occurrence);
}

// What a group is asked to look at: nobody there to look is an alarm (P75).
bool AsksTheGroup(Kind kind) {
  return kind == Kind::kNewRequest || kind == Kind::kGroupInvited || kind == Kind::kMessage ||
         kind == Kind::kReopened || kind == Kind::kLateSoon || kind == Kind::kLate;
}

bool NeedsZone(Departure departure) {
  return departure == Departure::kTwiceADay || departure == Departure::kDaily ||
         departure == Departure::kLate || departure == Departure::kTogether;
}

}  // namespace expander

Task<Result<void>> Expander::Expand(Transaction& tx, EventId event, Time at, Occurrence occurrence) {
  const MailSubject bare{
      .event = event, .at = at, .request = {}, .number = {}, .organisation = {}, .instructors_only = false};
  if (const auto* login = std::get_if<LoginAsked>(&occurrence)) {
    Queue(tx, bare,
          {expander::To(Kind::kLogin, RecipientKind::kLoginRequest, As<RecipientId>(login->login_request))});
  } else if (const auto* opened = std::get_if<AccountOpened>(&occurrence)) {
    Queue(tx, bare, {expander::To(Kind::kWelcome, RecipientKind::kPerson, As<RecipientId>(opened->user))});
  } else if (const auto* excluded = std::get_if<Excluded>(&occurrence)) {
    Queue(tx, bare,
          {expander::To(expander::KindOf(excluded->because), RecipientKind::kPerson,
                        As<RecipientId>(excluded->user))});
  } else if (const auto* idle = std::get_if<Idle>(&occurrence)) {
    Queue(tx, bare,
          {expander::To(Kind::kInactivityWarning, RecipientKind::kPerson, As<RecipientId>(idle->user))});
  } else if (const auto* given = std::get_if<EmailGiven>(&occurrence)) {
    Queue(tx, bare,
          {expander::To(Kind::kEmailChanged, RecipientKind::kPerson, As<RecipientId>(given->user))});
  } else if (const auto* touched = std::get_if<AccountTouched>(&occurrence)) {
    Queue(tx, bare,
          {expander::To(expander::KindOf(touched->news), RecipientKind::kPerson,
                        As<RecipientId>(touched->user))});
  } else if (const auto* left = std::get_if<MemberLeft>(&occurrence)) {
    MailStore::DropForGroup(tx, left->user, left->group);
    NoticeStore::DropForGroup(tx, left->user, left->group);
  } else if (const auto* erased = std::get_if<Erased>(&occurrence)) {
    MailStore::ForgetRequest(tx, erased->request);
    NoticeStore::ForgetRequest(tx, erased->request);
    DeliveryStore::ForgetRequest(tx, erased->request);
  } else if (std::holds_alternative<TermsNew>(occurrence)) {
    co_return co_await TellEverybody(tx, bare);
  } else {
    if (const auto* closed = std::get_if<AccountClosed>(&occurrence)) {
      MailStore::DropForUser(tx, closed->user, event);
      if (closed->idle) {
        Queue(tx, bare,
              {expander::To(Kind::kAccountIdle, RecipientKind::kPerson, As<RecipientId>(closed->user))});
      }
    }
    if (const auto* created = std::get_if<RequestOpened>(&occurrence)) {
      NoticeStore::RememberNumber(tx, created->request.id, created->request.number);
    }
    if (const RequestFacts* facts = expander::FactsIn(occurrence); facts && !facts->helpers.empty()) {
      NoticeStore::RememberHelpers(tx, facts->id, facts->helpers);
    }
    Announcement announcement = Announce(occurrence);
    if (!announcement.circles.empty()) co_return co_await Tell(tx, event, at, std::move(announcement));
  }
  co_return Result<void>();
}

Task<Result<void>> Expander::Tell(Transaction& tx, EventId event, Time at, Announcement announcement) {
  CO_TRY(const Gathered gathered, co_await Audience(std::move(announcement.circles)));
  const auto& audience = gathered.told;
  MailSubject subject{.event = event,
                      .at = at,
                      .request = announcement.subject.request,
                      .number = announcement.subject.number,
                      .organisation = {},
                      .instructors_only = announcement.subject.instructors_only};
  // A message between instructors raises nothing that others hear of (P28).
  if (!gathered.empty.empty() && !subject.request.IsNil() && !subject.instructors_only) {
    DeliveryStore::NoteUnreached(tx, subject.request, gathered.empty);
  }
  CO_TRY(subject.organisation, co_await directory_.OrganisationOf(announcement.subject.from));
  if (subject.number.empty() && !subject.request.IsNil()) {
    CO_TRY(subject.number, co_await NoticeStore::NumberOf(tx, subject.request));
    // A draft: nothing to link to yet.
    if (subject.number.empty()) subject.request = RequestId{};
  }
  std::vector<NewNotice> notices;
  for (const auto& [kind, reached] : audience) {
    if (reached.kind != RecipientKind::kPerson || !Describe(kind).listed) continue;
    notices.push_back({kind, As<UserId>(reached.id), reached.via_group});
  }
  CO_TRY(const std::vector<NewMail> mails, co_await MailsFor(tx, audience));
  notices_.Add(tx, subject, notices);
  Queue(tx, subject, mails);
  co_return Result<void>();
}

Task<Result<std::vector<Reached>>> Expander::Find(const Circle& circle) {
  if (circle.administrators) return directory_.Administrators();
  if (!circle.managers.empty()) return directory_.Managers(circle.managers);
  return directory_.Resolve(circle.users, circle.groups);
}

// Everybody once, in the first circle that holds him.
Task<Result<Expander::Gathered>> Expander::Audience(std::vector<Circle> circles) {
  Gathered gathered;
  std::set<RecipientId> told;
  for (const Circle& circle : circles) {
    CO_TRY(std::vector<Reached> found, co_await Find(circle));
    if (expander::AsksTheGroup(circle.kind)) {
      for (const GroupId& group : circle.groups) {
        const bool somebody = std::any_of(found.begin(), found.end(), [&](const Reached& reached) {
          return reached.via_group == group ||
                 (reached.kind == RecipientKind::kMailbox && As<GroupId>(reached.id) == group);
        });
        if (!somebody) gathered.empty.push_back(group);
      }
    }
    for (Reached& reached : found) {
      if (reached.kind == RecipientKind::kPerson) {
        const auto user = As<UserId>(reached.id);
        if (std::find(circle.except.begin(), circle.except.end(), user) != circle.except.end()) continue;
      }
      if (told.insert(reached.id).second) gathered.told.emplace_back(circle.kind, std::move(reached));
    }
  }
  co_return gathered;
}

Task<Result<void>> Expander::TellEverybody(Transaction& tx, MailSubject subject) {
  UserId after;
  for (;;) {
    CO_TRY(const std::vector<UserId> users, co_await directory_.ActivePeople(after));
    if (users.empty()) co_return Result<void>();
    std::vector<NewMail> mails;
    mails.reserve(users.size());
    for (const UserId& user : users) {
      mails.push_back(expander::To(Kind::kTermsPublished, RecipientKind::kPerson, As<RecipientId>(user)));
    }
    Queue(tx, subject, mails);
    after = users.back();
  }
}

Task<Result<std::vector<NewMail>>> Expander::MailsFor(Transaction& tx,
                                                      std::vector<std::pair<Kind, Reached>> audience) {
  std::vector<UserId> users;
  for (const auto& [kind, reached] : audience) {
    if (reached.kind == RecipientKind::kPerson) users.push_back(As<UserId>(reached.id));
  }
  std::map<UserId, Frequency> chosen;
  if (!users.empty()) {
    CO_TRY(const auto frequencies, co_await NoticeStore::Frequencies(tx, users));
    for (const UserFrequency& row : frequencies) chosen[row.user] = row.frequency;
  }
  // Who chose nothing hears as the group wants through which he is reached.
  std::set<GroupId> through;
  for (const auto& [kind, reached] : audience) {
    if (reached.kind == RecipientKind::kPerson && !reached.via_group.IsNil())
      through.insert(reached.via_group);
  }
  std::map<GroupId, Frequency> defaults;
  if (!through.empty()) {
    CO_TRY(const auto rows, co_await NoticeStore::Defaults(tx, {through.begin(), through.end()}));
    for (const GroupFrequency& row : rows) defaults[row.group] = row.frequency;
  }
  std::vector<NewMail> mails;
  for (const auto& [kind, reached] : audience) {
    NewMail mail = expander::To(kind, reached.kind, reached.id);
    mail.via_group = reached.via_group;
    if (reached.kind == RecipientKind::kMailbox) {
      mail.departure = DepartureToMailbox(kind);
    } else {
      const auto user = As<UserId>(reached.id);
      const auto frequency = chosen.find(user);
      const auto of_group = defaults.find(reached.via_group);
      mail.departure = DepartureOf(kind, frequency != chosen.end()    ? frequency->second
                                         : of_group != defaults.end() ? of_group->second
                                                                      : Frequency::kEach);
      if (expander::NeedsZone(mail.departure)) {
        CO_TRY(mail.zone, co_await directory_.ZoneOf(user));
      }
    }
    mails.push_back(std::move(mail));
  }
  co_return mails;
}

void Expander::Queue(Transaction& tx, const MailSubject& subject, const std::vector<NewMail>& mails) {
  mails_.Queue(tx, subject, mails, hours_);
  tx.AfterCommit(queued_);
}

}  // namespace aplus::notifications
