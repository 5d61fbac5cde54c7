#include "services/notifications/jobs/mailer.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/telemetry/log.h"

namespace aplus::notifications {
namespace mailer {

constexpr log::Key kStep{"step", log::Kind::kCode};
constexpr log::Key kFailure{"failure", log::Kind::kCode};
constexpr log::Key kReply{"reply", log::Kind::kNumber};
constexpr log::Key kMailKind{"kind", log::Kind::kCode};

LastWord WordOf(const smtp::Problem& problem) {
  return {std::string(ToString(problem.step)), std::string(ToString(problem.failure)),
          static_cast<std::int16_t>(problem.code)};
}

// What the problem means for the mail. A mailbox that is full (552 to RCPT, RFC 5321 section 4.5.3.1.10) may
// have room later.
MailStep StepOf(const smtp::Problem& problem) {
  if (problem.Ambiguous()) return MailStep::kLoseDot;
  const bool refused = problem.failure == smtp::Failure::kRefused && !problem.OfRelay();
  if (!refused || (problem.step == smtp::Step::kRecipient && problem.code == 552)) return MailStep::kDefer;
  return MailStep::kRefuse;
}

std::string_view DomainOf(std::string_view address) { return address.substr(address.rfind('@') + 1); }

Error DidNotLeave(const smtp::Problem& problem) {
  Error error;
  error.reason = Reason::kUnavailable;
  error.diagnostic = fmt::format("at {}, code {}", smtp::ToString(problem.step), problem.code);
  return error;
}

}  // namespace mailer

// One connection and what runs on it.
struct Mailer::Lane {
  Lane(bool is_urgent, Executor executor) : urgent(is_urgent), woken(executor) {}

  bool urgent;
  Event woken;
  ClaimId claim{};
  std::unique_ptr<smtp::Session> session;
  int served = 0;  // mails on this connection
  SteadyTime idle_since{};
  Duration pause{};  // after the relay failed
};

struct Mailer::Delivery {
  ClaimedMail mail;
  ClaimId claim;
  std::string address;  // empty: nobody
  std::string message;
  ~Delivery() { Wipe(message); }  // may hold a token
};

Mailer::Mailer(MailerOptions options, MailStore& store, Directory& directory, BlockingPool& pool,
               Executor executor, const Clock& clock, Random& random, Metrics& metrics)
    : options_(std::move(options)),
      store_(store),
      directory_(directory),
      pool_(pool),
      executor_(executor),
      clock_(clock),
      random_(random),
      metrics_(metrics),
      lag_login_(metrics.GetHistogram("aplus_mail_lag_seconds", "From the event to the relay's yes.",
                                      LatencyBuckets(), {{"lane", "login"}})),
      lag_others_(metrics.GetHistogram("aplus_mail_lag_seconds", "From the event to the relay's yes.",
                                       LatencyBuckets(), {{"lane", "others"}})),
      ambiguous_(
          metrics.GetCounter("aplus_mail_ambiguous_total", "Answers to final dots that did not come.")),
      relay_failures_(
          metrics.GetCounter("aplus_mail_relay_failures_total", "Connections to the relay that failed.")),
      tls_(options_.relay.tls == smtp::Tls::kNone
               ? boost::asio::ssl::context(boost::asio::ssl::context::tls_client)
               : smtp::MakeTlsContext(options_.relay.ca_file)),
      scope_(executor) {
  lanes_.push_back(std::make_unique<Lane>(true, executor));
  lanes_.push_back(std::make_unique<Lane>(false, executor));
}

Mailer::~Mailer() = default;

void Mailer::Start() {
  scope_.Spawn("send login mails", Run(lanes_[0].get()));
  scope_.Spawn("send mails", Run(lanes_[1].get()));
}

Task<> Mailer::Stop() {
  stopping_ = true;
  co_await scope_.Stop();
  for (const auto& lane : lanes_) {
    lane->session.reset();
    if (lane->claim.IsNil()) continue;
    if (const auto released = co_await store_.Release(lane->claim, Duration::zero()); !released) {
      log::Warn("claimed mails not given back, their lease ends",
                {{log::kReason, Describe(released.error().reason).code}});
    }
  }
}

void Mailer::Kick() {
  for (const auto& lane : lanes_) lane->woken.Set();
}

Task<> Mailer::Run(Lane* lane) {
  for (;;) {
    lane->woken.Reset();
    const auto sent = co_await SendDue(*lane);
    if (!sent) {
      log::Warn("mails wait", {{log::kReason, Describe(sent.error().reason).code},
                               {log::kDetail, sent.error().diagnostic}});
      co_await Sleep(options_.poll);
      continue;
    }
    if (lane->pause > Duration::zero()) {
      co_await Sleep(lane->pause);
      continue;
    }
    if (*sent > 0) {
      lane->idle_since = SteadyClock::now();
      continue;
    }
    if (lane->session && SteadyClock::now() - lane->idle_since > options_.idle_limit) {
      co_await lane->session->Quit();
      lane->session.reset();
    }
    co_await lane->woken.WaitFor(options_.poll);
  }
}

Task<Result<int>> Mailer::SendDue(Lane& lane) {
  lane.claim = ClaimId::New(clock_, random_);
  CO_TRY(const std::vector<ClaimedMail> mails,
         co_await store_.Claim(lane.claim, lane.urgent, options_.lease, options_.batch));
  if (mails.empty()) co_return 0;

  std::map<RecipientId, std::string> addresses;
  if (auto found = co_await FindAddresses(mails, addresses); !found) {
    // auth is away: the mails themselves have not been tried.
    static_cast<void>(co_await store_.Release(lane.claim, options_.poll));
    co_return Fail(std::move(found).error());
  }
  for (std::size_t i = 0; i < mails.size() && !stopping_; ++i) {
    if (auto connected = co_await Connect(lane); !connected) {
      co_await RelayFailed(lane, connected.error(),
                           {mails.begin() + static_cast<std::ptrdiff_t>(i), mails.end()});
      co_return static_cast<int>(mails.size());
    }
    Delivery delivery{.mail = mails[i], .claim = lane.claim, .address = {}, .message = {}};
    if (const auto found = addresses.find(mails[i].recipient); found != addresses.end())
      delivery.address = found->second;
    if (co_await Prepare(lane, delivery)) co_await Uncancellable(Deliver(&lane, &delivery));
  }
  co_return static_cast<int>(mails.size());
}

Task<Result<void>> Mailer::FindAddresses(std::vector<ClaimedMail> mails,
                                         std::map<RecipientId, std::string>& addresses) {
  std::vector<UserId> users, closed_accounts;
  std::vector<GroupId> mailboxes;
  for (const ClaimedMail& mail : mails) {
    if (mail.recipient_kind == RecipientKind::kPerson) {
      (IsForTheDeactivated(mail.kind) ? closed_accounts : users).push_back(As<UserId>(mail.recipient));
    }
    if (mail.recipient_kind == RecipientKind::kMailbox) mailboxes.push_back(As<GroupId>(mail.recipient));
  }
  CO_TRY(const std::vector<Reached> found,
         co_await directory_.Addresses(std::move(users), std::move(mailboxes), false));
  for (const Reached& reached : found) addresses[reached.id] = reached.email;
  if (closed_accounts.empty()) co_return Result<void>();
  // Their accounts are deactivated by now, and they are told nevertheless (P6, P7).
  CO_TRY(const std::vector<Reached> closed,
         co_await directory_.Addresses(std::move(closed_accounts), {}, true));
  for (const Reached& reached : closed) addresses[reached.id] = reached.email;
  co_return Result<void>();
}

Task<smtp::Sent<>> Mailer::Connect(Lane& lane) {
  if (lane.session && (!lane.session->usable() || lane.served >= options_.mails_per_connection)) {
    co_await lane.session->Quit();
    lane.session.reset();
  }
  if (!lane.session) {
    auto opened = co_await smtp::Session::Open(executor_, pool_, options_.relay, tls_);
    if (!opened) co_return tl::unexpected(opened.error());
    lane.session = *std::move(opened);
    lane.served = 0;
  }
  lane.pause = Duration::zero();
  if (relay_was_down_) {
    relay_was_down_ = false;
    if (auto woken = co_await store_.WakeAfterRelayFault(); !woken) relay_was_down_ = true;
    Kick();
  }
  co_return smtp::Sent<>();
}

// Nobody is to blame but the relay or the way to it: every claimed mail has failed once more, none has failed
// for good unless its time is over.
Task<> Mailer::RelayFailed(Lane& lane, smtp::Problem problem, std::vector<ClaimedMail> mails) {
  relay_failures_.Add();
  relay_was_down_ = true;
  lane.session.reset();
  lane.pause = std::clamp(2 * lane.pause, options_.relay_pause, options_.relay_pause_most);
  log::Warn("relay not reached", {{mailer::kStep, ToString(problem.step)},
                                  {mailer::kFailure, ToString(problem.failure)},
                                  {mailer::kReply, problem.code},
                                  {log::kCount, mails.size()}});
  for (const ClaimedMail& mail : mails) {
    Delivery delivery{.mail = mail, .claim = lane.claim, .address = {}, .message = {}};
    co_await Settle(lane, delivery, MailState::kQueued, MailStep::kDefer, mailer::WordOf(problem), true);
  }
}

Task<bool> Mailer::Prepare(Lane& lane, Delivery& delivery) {
  const ClaimedMail& mail = delivery.mail;
  if (mail.kind == Kind::kLogin) {
    // A link that comes late helps nobody: he has asked again.
    if (mail.age >= options_.login.give_up_after) {
      co_await Settle(lane, delivery, MailState::kQueued, MailStep::kGiveUp, {"open", "late", 0});
      co_return false;
    }
    if (!co_await WriteLogin(lane, delivery)) co_return false;
  } else {
    if (!co_await Write(lane, delivery)) co_return false;
  }
  co_return co_await Offer(lane, delivery);
}

Task<bool> Mailer::WriteLogin(Lane& lane, Delivery& delivery) {
  auto minted = co_await directory_.MintLogin(As<LoginRequestId>(delivery.mail.recipient));
  if (!minted) {
    const bool gone = minted.error().reason == Reason::kNotFound;
    co_await Settle(lane, delivery, MailState::kQueued, gone ? MailStep::kLoseRecipient : MailStep::kDefer,
                    {"open", "mint", 0});
    co_return false;
  }
  if (minted->what == LoginMail::What::kNothing) {
    co_await Settle(lane, delivery, MailState::kQueued, MailStep::kLoseRecipient, {"open", "nobody", 0});
    co_return false;
  }
  delivery.address = minted->email;
  Wording wording = minted->what == LoginMail::What::kLink
                        ? TellLogin(options_.site, minted->link)
                        : TellNoAccount(options_.site, minted->link.asked_at, minted->link.asked_from);
  delivery.message = Compose(options_.site, EnvelopeOf(delivery.mail, delivery.address), wording);
  Wipe(wording.link);
  for (auto& [label, value] : wording.facts) Wipe(value);
  co_return true;
}

Task<bool> Mailer::Write(Lane& lane, Delivery& delivery) {
  const ClaimedMail& mail = delivery.mail;
  const auto notice_of = [](Kind kind, const std::optional<RequestId>& request, const auto& row) {
    return Notice{kind, request ? request->ToString() : std::string(), row.number, row.organisation};
  };
  std::vector<Notice> notices;
  const bool digest = mail.kind == Kind::kDigest || mail.kind == Kind::kLateDigest;
  if (digest) {
    const auto parts = co_await store_.PartsOf(mail.id);
    if (!parts) {
      co_await Settle(lane, delivery, MailState::kQueued, MailStep::kDefer, {"open", "parts", 0});
      co_return false;
    }
    for (const DigestItem& part : *parts) notices.push_back(notice_of(part.kind, part.request, part));
  } else {
    notices.push_back(notice_of(mail.kind, mail.request, mail));
  }
  // Nobody to send it to any more, or nothing left to say (P72: a digest is not sent when empty).
  if (delivery.address.empty() || notices.empty()) {
    co_await Settle(lane, delivery, MailState::kQueued, MailStep::kLoseRecipient, {"open", "nobody", 0});
    co_return false;
  }
  const Wording wording = digest ? TellTogether(options_.site, mail.kind == Kind::kLateDigest, notices)
                                 : Tell(options_.site, notices.front());
  delivery.message = Compose(options_.site, EnvelopeOf(mail, delivery.address), wording);
  co_return true;
}

Task<Result<void>> Mailer::SendOutside(std::string to, Wording wording, std::string id, Time at) {
  Envelope envelope;
  envelope.from_name = options_.from_name;
  envelope.from_address = options_.from_address;
  envelope.to = to;
  envelope.message_id = fmt::format("{}@{}", id, mailer::DomainOf(options_.from_address));
  envelope.date = at;
  const std::string message = Compose(options_.site, envelope, wording);
  auto opened = co_await smtp::Session::Open(executor_, pool_, options_.relay, tls_);
  if (!opened) co_return Fail(mailer::DidNotLeave(opened.error()));
  const std::unique_ptr<smtp::Session> session = *std::move(opened);
  if (const auto offered = co_await session->Recipient(options_.from_address, to); !offered) {
    co_return Fail(mailer::DidNotLeave(offered.error()));
  }
  if (const auto content = co_await session->Content(message); !content) {
    co_return Fail(mailer::DidNotLeave(content.error()));
  }
  if (const auto dot = co_await session->Dot(); !dot) co_return Fail(mailer::DidNotLeave(dot.error()));
  co_await session->Quit();
  co_return Result<void>();
}

Task<bool> Mailer::Offer(Lane& lane, Delivery& delivery) {
  auto offered = co_await lane.session->Recipient(SenderOf(delivery.mail), delivery.address);
  // A connection that was kept may have been closed by the other side meanwhile: that is no failure of
  // anybody.
  if (!offered && lane.served > 0 && offered.error().step == smtp::Step::kSender && !lane.session->usable()) {
    auto connected = co_await Connect(lane);
    if (!connected) {
      co_await RelayFailed(lane, connected.error(), {delivery.mail});
      co_return false;
    }
    offered = co_await lane.session->Recipient(SenderOf(delivery.mail), delivery.address);
  }
  if (offered) co_return true;
  ++lane.served;
  co_await Settle(lane, delivery, MailState::kQueued, mailer::StepOf(offered.error()),
                  mailer::WordOf(offered.error()), offered.error().OfRelay());
  co_return false;
}

Task<> Mailer::Deliver(Lane* lane, Delivery* delivery) {
  ++lane->served;
  const auto begun = co_await store_.Begin(delivery->mail.id, delivery->claim);
  if (!begun || !*begun) {
    // The recipient was accepted, the text will not come: a fresh connection is simpler than undoing that.
    lane->session.reset();
    if (!begun) {
      // Whether or not that commit happened, nothing has left.
      const LastWord word{"data", "database", 0};
      co_await Settle(*lane, *delivery, MailState::kSending, MailStep::kDefer, word);
      co_await Settle(*lane, *delivery, MailState::kQueued, MailStep::kDefer, word);
    }
    co_return;
  }
  if (auto content = co_await lane->session->Content(delivery->message); !content) {
    co_await Settle(*lane, *delivery, MailState::kSending, mailer::StepOf(content.error()),
                    mailer::WordOf(content.error()), content.error().OfRelay());
    co_return;
  }
  const auto dot = co_await lane->session->Dot();
  if (dot) {
    co_await Settle(*lane, *delivery, MailState::kSending, MailStep::kAccept,
                    {"dot", "", static_cast<std::int16_t>(*dot)});
  } else {
    co_await Settle(*lane, *delivery, MailState::kSending, mailer::StepOf(dot.error()),
                    mailer::WordOf(dot.error()), dot.error().OfRelay());
  }
}

Task<> Mailer::Settle(Lane& lane, Delivery& delivery, MailState from, MailStep step, LastWord word,
                      bool relay_fault) {
  const ClaimedMail& mail = delivery.mail;
  const Repeat repeat{.login = mail.kind == Kind::kLogin, .ambiguities = mail.ambiguities};
  const bool lost_dot = step == MailStep::kLoseDot;
  const auto wait = NextWait(ScheduleOf(mail), mail.attempts + 1, mail.age);
  if (step == MailStep::kDefer && !wait) step = MailStep::kGiveUp;
  const auto to = Next(from, step, repeat);
  if (!to) co_return;
  // While the database is away the outcome is kept here for as long as nobody else may take the mail for
  // orphaned; after that it is found in the dot window, which is where it is as far as anybody can tell.
  const SteadyTime until =
      SteadyClock::now() + (stopping_ ? std::chrono::seconds(5) : options_.sending_limit / 2);
  for (;;) {
    Result<bool> settled = false;
    if (*to == MailState::kSent) {
      settled = co_await store_.Accepted(mail, delivery.claim, word);
    } else if (*to == MailState::kQueued) {
      settled = co_await store_.Deferred(mail.id, delivery.claim, from, wait.value_or(Duration::zero()),
                                         relay_fault, lost_dot, word);
    } else {
      // An address that nobody answered for until the schedule ended is as bad as one that was refused.
      const bool address_fails = step == MailStep::kRefuse || (step == MailStep::kGiveUp && !relay_fault);
      settled = co_await store_.Ended(mail, delivery.claim, from, *to, address_fails, word);
    }
    if (settled) {
      if (!*settled) co_return;  // somebody else's by now
      break;
    }
    if (SteadyClock::now() > until) {
      log::Error("outcome of a mail not stored", {{log::kObjectId, mail.id}, {mailer::kStep, word.step}});
      co_return;
    }
    co_await Sleep(std::chrono::milliseconds(200));
  }
  if (lost_dot) ambiguous_.Add();
  if (*to == MailState::kSent) {
    const Duration lag = clock_.Now() - mail.asked_at;
    (lane.urgent ? lag_login_ : lag_others_).Observe(std::max(lag, Duration::zero()).count());
    Count(mail, "sent");
    co_return;
  }
  Count(mail, *to == MailState::kQueued    ? (lost_dot ? "repeated" : "deferred")
              : *to == MailState::kFailed  ? "failed"
              : *to == MailState::kDropped ? "dropped"
                                           : "ambiguous");
  // The relay's own failures have their line already.
  if (*to == MailState::kDropped || (*to == MailState::kQueued && relay_fault && !lost_dot)) co_return;
  log::Warn("mail not sent", {{log::kObjectId, mail.id},
                              {mailer::kMailKind, Describe(mail.kind).code},
                              {mailer::kStep, word.step},
                              {mailer::kFailure, word.failure},
                              {mailer::kReply, word.code},
                              {log::kAttempt, mail.attempts + 1}});
}

const RetrySchedule& Mailer::ScheduleOf(const ClaimedMail& mail) const {
  return mail.kind == Kind::kLogin ? options_.login : options_.others;
}

Envelope Mailer::EnvelopeOf(const ClaimedMail& mail, const std::string& to) const {
  Envelope envelope;
  envelope.from_name = options_.from_name;
  envelope.from_address = options_.from_address;
  envelope.to = to;
  // Of the event, the recipient and the kind: a mail that leaves twice is recognised by it (P73).
  envelope.message_id = fmt::format("{}.{}.{}@{}", mail.event.ToString(), Describe(mail.kind).code,
                                    mail.recipient.ToString(), mailer::DomainOf(options_.from_address));
  envelope.date = mail.asked_at;
  envelope.unsubscribe_url = options_.site.public_url + "/profil";
  return envelope;
}

std::string Mailer::SenderOf(const ClaimedMail& mail) const {
  if (options_.bounce_address.empty()) return options_.from_address;
  const std::size_t at = options_.bounce_address.rfind('@');
  return fmt::format("{}+{}{}", options_.bounce_address.substr(0, at), mail.id.ToString(),
                     options_.bounce_address.substr(at));
}

void Mailer::Count(const ClaimedMail& mail, std::string_view outcome) {
  metrics_
      .GetCounter("aplus_mails_total", "Tries to send a mail, by what became of them.",
                  {{"kind", std::string(Describe(mail.kind).code)}, {"outcome", std::string(outcome)}})
      .Add();
}

}  // namespace aplus::notifications
