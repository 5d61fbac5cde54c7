#include "gateway/proxy/sessions.h"

#include <openssl/sha.h>

#include "aplus/auth/v1/internal.pb.h"

namespace aplus::gateway {
namespace sessions_detail {

constexpr auto kSweepEvery = std::chrono::seconds(2);
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr std::string_view kMethod = "aplus.auth.v1.Sessions.Authenticate";

std::string Digest(std::string_view session) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const std::uint8_t*>(session.data()), session.size(),
         reinterpret_cast<std::uint8_t*>(digest.data()));
  return digest;
}

}  // namespace sessions_detail

Sessions::Sessions(Channel& auth, Executor executor, Duration keep)
    : auth_(auth), executor_(executor), keep_(keep) {}

Task<Result<std::shared_ptr<const Identity>>> Sessions::Authenticate(std::string session, CallOptions options,
                                                                     Use use) {
  const SteadyTime now = SteadyClock::now();
  Sweep(now);
  const std::string key = sessions_detail::Digest(session);
  std::shared_ptr<Entry> known = Find(entries_, key, now);
  // What a call has been told serves all; what was told without a use, only those that are none.
  if (!known && use == Use::kNone) known = Find(passive_, key, now);
  if (known) {
    co_await known->ready.Wait();
    co_return known->answer;
  }
  Entries& entries = use == Use::kCall ? entries_ : passive_;
  const auto entry = std::make_shared<Entry>(executor_);
  entry->asked = now;
  entries.insert_or_assign(key, entry);
  // However this ends, those who wait for the same answer are let go.
  struct Release {
    Event& ready;
    ~Release() { ready.Set(); }
  };
  const Release release{entry->ready};
  entry->answer = co_await Ask(use, std::move(session), std::move(options));
  // Those who wait share a failure; who comes later asks again.
  if (!entry->answer && entry->answer.error().reason == Reason::kUnavailable) {
    const auto mine = entries.find(key);
    if (mine != entries.end() && mine->second == entry) entries.erase(mine);
  }
  co_return entry->answer;
}

std::shared_ptr<Sessions::Entry> Sessions::Find(const Entries& entries, const std::string& key,
                                                SteadyTime now) const {
  const auto found = entries.find(key);
  return found != entries.end() && now - found->second->asked < keep_ ? found->second : nullptr;
}

Task<Result<std::shared_ptr<const Identity>>> Sessions::Ask(Use use, std::string session,
                                                            CallOptions options) {
  auth::v1::AuthenticateRequest request;
  request.set_session(std::move(session));
  request.set_passive(use == Use::kNone);
  options.deadline = std::min(options.deadline, SteadyClock::now() + sessions_detail::kPatience);
  // The question is the gateway's own, also when it asks in the middle of a user's call.
  options.token.clear();
  options.idempotency_key.reset();
  options.if_match.reset();
  auto answer = co_await auth_.Call<auth::v1::AuthenticateResponse>(sessions_detail::kMethod, request,
                                                                    std::move(options));
  if (!answer) {
    // Nobody's session is an answer; everything else is auth not answering.
    if (answer.error().reason == Reason::kUnauthenticated) co_return Fail(Reason::kUnauthenticated);
    co_return Fail(Reason::kUnavailable, "auth: " + answer.error().diagnostic);
  }
  auto identity = std::make_shared<Identity>();
  identity->token = std::move(*answer->mutable_identity_token());
  identity->user_id = std::move(*answer->mutable_user_id());
  if (identity->token.empty() || identity->user_id.empty()) co_return Fail(Reason::kUnauthenticated);
  co_return std::shared_ptr<const Identity>(std::move(identity));
}

void Sessions::Forget(std::string_view session) {
  const std::string key = sessions_detail::Digest(session);
  entries_.erase(key);
  passive_.erase(key);
}

void Sessions::Sweep(SteadyTime now) {
  if (now - swept_ < sessions_detail::kSweepEvery) return;
  swept_ = now;
  const auto is_over = [&](const auto& entry) {
    return now - entry.second->asked >= keep_ && entry.second->ready.IsSet();
  };
  std::erase_if(entries_, is_over);
  std::erase_if(passive_, is_over);
}

}  // namespace aplus::gateway
