#include "services/auth/rpc/second_factor_rpc.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "libs/crypto/totp.h"
#include "services/auth/rpc/authorise.h"
#include "services/auth/rpc/convert.h"

namespace aplus::auth {
namespace second_factor_rpc {

Error Explain(const FactorRefused& refused) {
  Error error;
  error.reason = refused.reason;
  switch (refused.reason) {
    case Reason::kCodeWrong:
      error.detail =
          "Ce code n’est pas le bon, ou il a déjà servi : attendez le suivant, et vérifiez l’heure de votre "
          "téléphone.";
      break;
    case Reason::kImpossible:
      error.detail = "Il n’y a pas de second facteur à confirmer, ou celui-ci est obligatoire.";
      break;
    case Reason::kRateLimited: {
      const auto pause = refused.pause.value_or(Duration(0));
      const auto minutes = std::chrono::ceil<std::chrono::minutes>(pause).count();
      error.retry_after_seconds =
          static_cast<std::int32_t>(std::chrono::ceil<std::chrono::seconds>(pause).count());
      error.detail =
          fmt::format("Trop de codes faux : réessayez dans {} minute{}.", minutes, minutes > 1 ? "s" : "");
      break;
    }
    default:
      break;
  }
  return error;
}

void Show(const std::vector<SecretString>& codes, google::protobuf::RepeatedPtrField<std::string>& out) {
  for (const SecretString& code : codes) {
    // In two halves: for reading, and typing forgives the hyphen.
    const std::string_view text = code.Reveal();
    *out.Add() = fmt::format("{}-{}", text.substr(0, 4), text.substr(4));
  }
}

}  // namespace second_factor_rpc

void SecondFactorRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.SecondFactor.BeginEnrolment", &SecondFactorRpc::BeginEnrolment);
  server.Add(*this, "aplus.auth.v1.SecondFactor.ConfirmEnrolment", &SecondFactorRpc::ConfirmEnrolment);
  server.Add(*this, "aplus.auth.v1.SecondFactor.ProveSecondFactor", &SecondFactorRpc::ProveSecondFactor);
  server.Add(*this, "aplus.auth.v1.SecondFactor.RenewRecoveryCodes", &SecondFactorRpc::RenewRecoveryCodes);
  server.Add(*this, "aplus.auth.v1.SecondFactor.DropSecondFactor", &SecondFactorRpc::DropSecondFactor);
}

FactorCaller SecondFactorRpc::CallerBehind(const Call& call) const {
  FactorCaller caller{
      .user = call.principal().user, .session = call.principal().session, .line = LineFor(call)};
  caller.may_replace = Authorise(call, Operation::kL5, {.own = true}, clock_.Now()).has_value();
  caller.line.object_kind = "account";
  caller.line.object = caller.user.bytes;
  return caller;
}

Task<Result<v1::BeginEnrolmentResponse>> SecondFactorRpc::BeginEnrolment(Call& call,
                                                                         const v1::BeginEnrolmentRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kL4, {.own = true}, clock_.Now()));
  CO_TRY(const auto outcome, co_await factors_.Draw(CallerBehind(call), call.deadline));
  if (const auto* refused = std::get_if<FactorRefused>(&outcome)) {
    co_return Fail(second_factor_rpc::Explain(*refused));
  }
  const auto& drawn = std::get<DrawnSecret>(outcome);
  v1::BeginEnrolmentResponse response;
  response.set_secret(drawn.base32.Reveal());
  response.set_uri(TotpUri(service_name_, drawn.email, drawn.base32.Reveal()));
  SetTime(drawn.expires_at, *response.mutable_expires_at());
  co_return response;
}

Task<Result<v1::ConfirmEnrolmentResponse>> SecondFactorRpc::ConfirmEnrolment(
    Call& call, const v1::ConfirmEnrolmentRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL4, {.own = true}, clock_.Now()));
  SecretString code(std::string(request.code()));
  CO_TRY(const auto outcome, co_await factors_.Confirm(CallerBehind(call), std::move(code), call.deadline));
  if (const auto* refused = std::get_if<FactorRefused>(&outcome)) {
    co_return Fail(second_factor_rpc::Explain(*refused));
  }
  const auto& set = std::get<FactorSet>(outcome);
  v1::ConfirmEnrolmentResponse response;
  second_factor_rpc::Show(set.recovery_codes, *response.mutable_recovery_codes());
  response.set_session(set.session.Reveal());
  co_return response;
}

Task<Result<v1::ProveSecondFactorResponse>> SecondFactorRpc::ProveSecondFactor(
    Call& call, const v1::ProveSecondFactorRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kL4, {.own = true}, clock_.Now()));
  SecretString code(std::string(request.code()));
  CO_TRY(const auto outcome, co_await factors_.Prove(CallerBehind(call), std::move(code), call.deadline));
  if (const auto* refused = std::get_if<FactorRefused>(&outcome)) {
    co_return Fail(second_factor_rpc::Explain(*refused));
  }
  const auto& proved = std::get<FactorProved>(outcome);
  v1::ProveSecondFactorResponse response;
  SetTime(proved.proved_at + kStepUpLifetime, *response.mutable_fresh_until());
  response.set_recovery_codes(proved.recovery_codes);
  response.set_session(proved.session.Reveal());
  co_return response;
}

Task<Result<v1::RenewRecoveryCodesResponse>> SecondFactorRpc::RenewRecoveryCodes(
    Call& call, const v1::RenewRecoveryCodesRequest&) {
  CO_TRY(const auto outcome, co_await factors_.RenewCodes(CallerBehind(call), call.deadline));
  if (const auto* refused = std::get_if<FactorRefused>(&outcome)) {
    co_return Fail(second_factor_rpc::Explain(*refused));
  }
  v1::RenewRecoveryCodesResponse response;
  second_factor_rpc::Show(std::get<std::vector<SecretString>>(outcome), *response.mutable_recovery_codes());
  co_return response;
}

Task<Result<v1::DropSecondFactorResponse>> SecondFactorRpc::DropSecondFactor(
    Call& call, const v1::DropSecondFactorRequest&) {
  CO_TRY(const auto outcome, co_await factors_.Drop(CallerBehind(call), call.deadline));
  if (const auto* refused = std::get_if<FactorRefused>(&outcome)) {
    co_return Fail(second_factor_rpc::Explain(*refused));
  }
  co_return v1::DropSecondFactorResponse();
}

}  // namespace aplus::auth
