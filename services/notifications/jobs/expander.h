// Turns what happened into mails and lines of "what is new": who is told (domain/audience.h), who that is at
// this moment (auth), how each wants to hear (P72). Everything is written in the transaction that moves the
// consumer's cursor, under unique keys, so that an event is told once however often it is handled (P73).
#pragma once

#include <functional>
#include <vector>

#include "libs/postgres/transaction.h"
#include "services/notifications/domain/audience.h"
#include "services/notifications/jobs/directory.h"
#include "services/notifications/store/mail_store.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class Expander {
 public:
  // `queued` is called when mails have been committed.
  Expander(Directory& directory, MailStore& mails, NoticeStore& notices, DigestHours hours,
           std::function<void()> queued)
      : directory_(directory),
        mails_(mails),
        notices_(notices),
        hours_(std::move(hours)),
        queued_(std::move(queued)) {}

  // The event's effect, in the transaction given. May be run again after a rollback. kUnavailable: auth is
  // away.
  Task<Result<void>> Expand(Transaction& tx, EventId event, Time at, Occurrence occurrence);

 private:
  Task<Result<void>> Tell(Transaction& tx, EventId event, Time at, Announcement announcement);
  Task<Result<std::vector<Reached>>> Find(const Circle& circle);
  struct Gathered {
    std::vector<std::pair<Kind, Reached>> told;
    std::vector<GroupId> empty;  // groups of which nobody can be told
  };
  Task<Result<Gathered>> Audience(std::vector<Circle> circles);
  Task<Result<void>> TellEverybody(Transaction& tx, MailSubject subject);
  Task<Result<std::vector<NewMail>>> MailsFor(Transaction& tx,
                                              std::vector<std::pair<Kind, Reached>> audience);
  void Queue(Transaction& tx, const MailSubject& subject, const std::vector<NewMail>& mails);

  Directory& directory_;
  MailStore& mails_;
  NoticeStore& notices_;
  DigestHours hours_;
  std::function<void()> queued_;
};

}  // namespace aplus::notifications
