#include "services/auth/rpc/proconnect_rpc.h"

#include <algorithm>
#include <utility>

#include "services/auth/domain/asked_from.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/domain/return_path.h"
#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {

void ProConnectRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.ProConnect.ListLoginMethods", &ProConnectRpc::ListLoginMethods);
  server.Add(*this, "aplus.auth.v1.ProConnect.BeginProConnect", &ProConnectRpc::BeginProConnect);
  server.Add(*this, "aplus.auth.v1.ProConnect.FinishProConnect", &ProConnectRpc::FinishProConnect);
}

ProviderLogin ProConnectRpc::LoginOf(SecretString state) {
  ProviderLogin login;
  login.nonce = codes_.Derive("nonce", state.Reveal());
  login.verifier = codes_.Derive("pkce", state.Reveal());
  login.state = std::move(state);
  return login;
}

Task<Result<v1::ListLoginMethodsResponse>> ProConnectRpc::ListLoginMethods(
    Call& call, const v1::ListLoginMethodsRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kL6, {}, clock_.Now()));
  v1::ListLoginMethodsResponse response;
  response.set_proconnect(provider_ != nullptr);
  co_return response;
}

Task<Result<v1::BeginProConnectResponse>> ProConnectRpc::BeginProConnect(
    Call& call, const v1::BeginProConnectRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL6, {}, clock_.Now()));
  if (provider_ == nullptr) co_return Fail(Reason::kNotFound);
  // A browser that has a cookie keeps it: a login link may be under way in another tab.
  Token drawn = Token::Draw(random_);
  const std::optional<Sha256Digest> kept = HashOfToken(request.binding());
  Token state = Token::Draw(random_);
  const ProviderLogin login = LoginOf(std::move(state.text));
  CO_TRY(std::string url, co_await provider_->AuthorizationUrl(login, call.deadline));
  CO_TRY_VOID(co_await logins_.Begin(state.hash, kept.value_or(drawn.hash),
                                     SafeReturnPath(request.return_to()), LineFor(call), call.deadline));
  v1::BeginProConnectResponse response;
  response.set_authorization_url(std::move(url));
  response.set_binding(kept ? request.binding() : drawn.text.Reveal());
  co_return response;
}

Task<Result<v1::FinishProConnectResponse>> ProConnectRpc::FinishProConnect(
    Call& call, const v1::FinishProConnectRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL7, {}, clock_.Now()));
  if (provider_ == nullptr) co_return Fail(Reason::kNotFound);
  const auto state_hash = HashOfToken(request.state());
  std::optional<CameBack> back;
  if (state_hash) {
    CO_TRY(back, co_await logins_.ComeBack(*state_hash, HashOfToken(request.binding()), LineFor(call),
                                           call.deadline));
  }
  if (!back) {
    figures_.Refused(Reason::kProviderRefused);
    co_return Fail(Reason::kProviderRefused, "no login of this state waits in this browser");
  }
  auto identity = co_await Redeem(call, request, back->now);
  if (!identity) {
    figures_.Refused(identity.error().reason);
    CO_TRY_VOID(co_await logins_.Refuse(LineFor(call), identity.error().reason, call.deadline));
    co_return Fail(std::move(identity).error());
  }
  // The provider may have asked the person hours ago, and says when; when it does not say, it counts as long
  // ago: fresh is what is known to be.
  ProviderEntrance entrance{
      .issuer = identity->issuer,
      .subject = identity->subject,
      .proof = {identity->amr, std::min(identity->auth_time.value_or(Time{}), back->now)},
      .browser = BrowserName(request.user_agent()),
      .old_session = HashOfToken(request.session()),
      .line = LineFor(call)};
  CO_TRY(const auto session, co_await logins_.Enter(std::move(entrance), call.deadline));
  if (!session) {
    co_return co_await SendLink(call, request, *std::move(identity), std::move(back->return_to));
  }
  figures_.Entered();
  v1::FinishProConnectResponse response;
  response.set_return_to(back->return_to);
  response.set_session(session->Reveal());
  co_return response;
}

Task<Result<ProviderIdentity>> ProConnectRpc::Redeem(Call& call, const v1::FinishProConnectRequest& request,
                                                     Time now) {
  // RFC 9207: a code of another provider is none of this one's business.
  if (!request.iss().empty() && request.iss() != provider_->issuer()) {
    co_return Fail(Reason::kProviderRefused, "an answer of another provider");
  }
  const ProviderLogin login = LoginOf(SecretString(std::string(request.state())));
  co_return co_await provider_->Redeem(SecretString(std::string(request.code())), login, now, call.deadline);
}

// Known or not, an address that is not linked yet gets the same answer, and the mail says the rest.
Task<Result<v1::FinishProConnectResponse>> ProConnectRpc::SendLink(Call& call,
                                                                   const v1::FinishProConnectRequest& request,
                                                                   ProviderIdentity identity,
                                                                   std::string return_to) {
  LinkRequest link{.email_key = EmailKey(identity.email),
                   .binding_hash = *HashOfToken(request.binding()),
                   .address_mac = codes_.MacOfNetwork(request.client_address()),
                   .asked_from = AskedFrom(request.user_agent(), request.client_address()),
                   .return_to = std::move(return_to),
                   .provider_issuer = std::move(identity.issuer),
                   .provider_subject = std::move(identity.subject)};
  CO_TRY(const AskedLink asked, co_await links_.Ask(std::move(link), LineFor(call), call.deadline));
  figures_.Asked();
  v1::FinishProConnectResponse response;
  SetTime(asked.asked_at, *response.mutable_link_sent()->mutable_asked_at());
  SetTime(asked.expires_at, *response.mutable_link_sent()->mutable_expires_at());
  co_return response;
}

}  // namespace aplus::auth
