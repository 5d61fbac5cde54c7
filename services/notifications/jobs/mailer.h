// Sends what is queued (P73): two lanes, each with an SMTP connection of its own that several mails share, so
// that a login link waits for no other mail. The order of one mail is the point:
//
//   connection stands → addresses (for a login: token minted) → MAIL, RCPT accepted
//     → COMMIT "sending" → DATA, text → final dot → reply → COMMIT "sent"
//
// Before the first COMMIT the process may be cancelled or die and the mail is certainly not sent; from there
// to the second one it is not cancelled, and death there is found by Recover and counted.
#pragma once

#include <boost/asio/ssl.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/runtime/blocking.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/metrics.h"
#include "services/notifications/domain/message.h"
#include "services/notifications/domain/retry.h"
#include "services/notifications/jobs/directory.h"
#include "services/notifications/smtp/session.h"
#include "services/notifications/store/mail_store.h"

namespace aplus::notifications {

struct MailerOptions {
  smtp::Relay relay;
  Site site;
  std::string from_address;
  std::string from_name;
  // Where refusals that come later go: "bounce@x" makes the sender "bounce+<mail>@x" (VERP). Empty:
  // from_address.
  std::string bounce_address;
  RetrySchedule login = RetrySchedule::ForLogin();
  RetrySchedule others = RetrySchedule::ForOthers();
  Duration poll = std::chrono::seconds(1);
  // How long a claim holds; after it, another process may take the mail.
  Duration lease = std::chrono::seconds(60);
  // What is not settled so long after its COMMIT "sending" belongs to a dead process. Longer than the three
  // steps from DATA to the reply may take together.
  Duration sending_limit = std::chrono::seconds(120);
  int batch = 20;
  // A connection without work is kept for so long, and serves so many mails.
  Duration idle_limit = std::chrono::seconds(5);
  int mails_per_connection = 100;
  // Pause after the relay could not be reached, doubled up to the second.
  Duration relay_pause = std::chrono::seconds(1);
  Duration relay_pause_most = std::chrono::seconds(5);
};

// Io thread only; references must outlive it.
class Mailer {
 public:
  Mailer(MailerOptions options, MailStore& store, Directory& directory, BlockingPool& pool, Executor executor,
         const Clock& clock, Random& random, Metrics& metrics);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  void Start();
  // What is being sent is finished; what was only claimed is given back.
  Task<> Stop();

  // New mails may be due.
  void Kick();

  // One mail to somebody who has no account, at once, on a connection of its own and past the queue:
  // kUnavailable when it did not leave, and the caller tries again. `id`: the same for the same mail.
  Task<Result<void>> SendOutside(std::string to, Wording wording, std::string id, Time at);

 private:
  struct Lane;
  struct Delivery;

  Task<> Run(Lane* lane);
  // A round: claims and sends at most a batch; answers how many were claimed.
  Task<Result<int>> SendDue(Lane& lane);
  Task<Result<void>> FindAddresses(std::vector<ClaimedMail> mails,
                                   std::map<RecipientId, std::string>& addresses);
  // A connection that stands, or the relay's problem.
  Task<smtp::Sent<>> Connect(Lane& lane);
  Task<> RelayFailed(Lane& lane, smtp::Problem problem, std::vector<ClaimedMail> mails);

  // Everything up to MAIL and RCPT accepted; false: settled already, or not to be sent.
  Task<bool> Prepare(Lane& lane, Delivery& delivery);
  Task<bool> Write(Lane& lane, Delivery& delivery);
  Task<bool> WriteLogin(Lane& lane, Delivery& delivery);
  Task<bool> Offer(Lane& lane, Delivery& delivery);
  // From COMMIT to COMMIT; not cancellable.
  Task<> Deliver(Lane* lane, Delivery* delivery);
  Task<> Settle(Lane& lane, Delivery& delivery, MailState from, MailStep step, LastWord word,
                bool relay_fault = false);

  const RetrySchedule& ScheduleOf(const ClaimedMail& mail) const;
  Envelope EnvelopeOf(const ClaimedMail& mail, const std::string& to) const;
  std::string SenderOf(const ClaimedMail& mail) const;
  void Count(const ClaimedMail& mail, std::string_view outcome);

  MailerOptions options_;
  MailStore& store_;
  Directory& directory_;
  BlockingPool& pool_;
  Executor executor_;
  const Clock& clock_;
  Random& random_;
  Metrics& metrics_;
  Histogram& lag_login_;
  Histogram& lag_others_;
  Counter& ambiguous_;
  Counter& relay_failures_;
  boost::asio::ssl::context tls_;
  TaskScope scope_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  bool stopping_ = false;
  // Whether the relay was unreachable the last time; mails that waited for it wake when it is back. True at
  // first: an earlier process may have left some.
  bool relay_was_down_ = true;
};

}  // namespace aplus::notifications
