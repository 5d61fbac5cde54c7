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

Task<Result<std::shared_ptr<const Identity>>> Sessions::Authenticate(std::string session,
                                                                     CallOptions options) {
  const SteadyTime now = SteadyClock::now();
  Sweep(now);
  const std::string key = sessions_detail::Digest(session);
  const auto found = entries_.find(key);
  if (found != entries_.end() && now - found->second->asked < keep_) {
    const std::shared_ptr<Entry> entry = found->second;
    co_await entry->ready.Wait();
    co_return entry->answer;
  }
  const auto entry = std::make_shared<Entry>(executor_);
  entry->asked = now;
  entries_.insert_or_assign(key, entry);
  // However this ends, those who wait for the same answer are let go.
  struct Release {
    Event& ready;
    ~Release() { ready.Set(); }
  };
  const Release release{entry->ready};
  entry->answer = co_await Ask(std::move(session), std::move(options));
  // Those who wait share a failure; who comes later asks again.
  if (!entry->answer && entry->answer.error().reason == Reason::kUnavailable) {
    const auto mine = entries_.find(key);
    if (mine != entries_.end() && mine->second == entry) entries_.erase(mine);
  }
  co_return entry->answer;
}

Task<Result<std::shared_ptr<const Identity>>> Sessions::Ask(std::string session, CallOptions options) {
  auth::v1::AuthenticateRequest request;
  request.set_session(std::move(session));
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

void Sessions::Forget(std::string_view session) { entries_.erase(sessions_detail::Digest(session)); }

void Sessions::Sweep(SteadyTime now) {
  if (now - swept_ < sessions_detail::kSweepEvery) return;
  swept_ = now;
  std::erase_if(entries_, [&](const auto& entry) {
    return now - entry.second->asked >= keep_ && entry.second->ready.IsSet();
  });
}

}  // namespace aplus::gateway
