#include "services/auth/rpc/login_rpc.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "services/auth/domain/asked_from.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/domain/return_path.h"
#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {
namespace login_rpc {

Error ExactlyOne() {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations = {{"token", "exactly_one", "Donnez soit le lien, soit le code."}};
  return error;
}

Error Explain(const LoginRefused& refused) {
  Error error;
  error.reason = refused.reason;
  if (refused.reason != Reason::kCodeWrong || !refused.tries_left) return error;
  switch (*refused.tries_left) {
    case 0:
      error.detail = "Ce code n’est pas le bon, et c’était le dernier essai : demandez un nouveau lien.";
      break;
    case 1:
      error.detail = "Ce code n’est pas le bon. Il reste un essai.";
      break;
    default:
      error.detail = fmt::format("Ce code n’est pas le bon. Il reste {} essais.", *refused.tries_left);
  }
  return error;
}

}  // namespace login_rpc

void LoginRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Login.RequestLink", &LoginRpc::RequestLink);
  server.Add(*this, "aplus.auth.v1.Login.ConsumeLink", &LoginRpc::ConsumeLink);
  server.Add(*this, "aplus.auth.v1.Login.Logout", &LoginRpc::Logout);
}

Task<Result<v1::RequestLinkResponse>> LoginRpc::RequestLink(Call& call,
                                                            const v1::RequestLinkRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL1, {}, clock_.Now()));
  // The same work whether or not the browser has a cookie already, and for every address.
  Token drawn = Token::Draw(random_);
  const std::optional<Sha256Digest> kept = HashOfToken(request.binding());
  LinkRequest link{.email_key = EmailKey(request.email()),
                   .binding_hash = kept.value_or(drawn.hash),
                   .address_mac = codes_.MacOfNetwork(request.client_address()),
                   .asked_from = AskedFrom(request.user_agent(), request.client_address()),
                   .return_to = SafeReturnPath(request.return_to())};
  CO_TRY(const AskedLink asked, co_await links_.Ask(std::move(link), LineFor(call), call.deadline));
  figures_.Asked();
  v1::RequestLinkResponse response;
  SetTime(asked.asked_at, *response.mutable_asked_at());
  SetTime(asked.expires_at, *response.mutable_expires_at());
  response.set_binding(kept ? request.binding() : drawn.text.Reveal());
  co_return response;
}

Task<Result<v1::ConsumeLinkResponse>> LoginRpc::ConsumeLink(Call& call,
                                                            const v1::ConsumeLinkRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL2, {}, clock_.Now()));
  if (request.token().empty() == request.code().empty()) co_return Fail(login_rpc::ExactlyOne());
  LoginAttempt attempt{.binding_hash = HashOfToken(request.binding()),
                       .browser = BrowserName(request.user_agent()),
                       .old_session = HashOfToken(request.session()),
                       .line = LineFor(call)};
  Result<LoginOutcome> outcome;
  if (!request.token().empty()) {
    outcome = co_await logins_.ByToken(HashOfToken(request.token()), std::move(attempt), call.deadline);
  } else {
    outcome =
        co_await logins_.ByCode(SecretString(std::string(request.code())), std::move(attempt), call.deadline);
  }
  if (!outcome) co_return Fail(std::move(outcome).error());
  if (const auto* refused = std::get_if<LoginRefused>(&*outcome)) {
    figures_.Refused(refused->reason);
    co_return Fail(login_rpc::Explain(*refused));
  }
  figures_.Entered();
  const auto& entered = std::get<LoggedIn>(*outcome);
  v1::ConsumeLinkResponse response;
  response.set_return_to(entered.return_to);
  response.set_session(entered.session.Reveal());
  co_return response;
}

Task<Result<v1::LogoutResponse>> LoginRpc::Logout(Call& call, const v1::LogoutRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL3, {}, clock_.Now()));
  if (const auto hash = HashOfToken(request.session())) {
    CO_TRY_VOID(co_await sessions_.EndByToken(*hash, LineFor(call), call.deadline));
  }
  co_return v1::LogoutResponse();
}

}  // namespace aplus::auth
