// aplus.auth.v1.SecondFactor: set up, proved, renewed, dropped (P13).
#pragma once

#include <string>

#include "aplus/auth/v1/second_factor.pb.h"
#include "libs/rpc/server.h"
#include "services/auth/store/second_factor_store.h"

namespace aplus::auth {

class SecondFactorRpc {
 public:
  // `service_name`: shown in authenticator applications.
  SecondFactorRpc(SecondFactorStore& factors, std::string service_name, const Clock& clock)
      : factors_(factors), service_name_(std::move(service_name)), clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::BeginEnrolmentResponse>> BeginEnrolment(Call& call,
                                                          const v1::BeginEnrolmentRequest& request);
  Task<Result<v1::ConfirmEnrolmentResponse>> ConfirmEnrolment(Call& call,
                                                              const v1::ConfirmEnrolmentRequest& request);
  Task<Result<v1::ProveSecondFactorResponse>> ProveSecondFactor(Call& call,
                                                                const v1::ProveSecondFactorRequest& request);
  Task<Result<v1::RenewRecoveryCodesResponse>> RenewRecoveryCodes(
      Call& call, const v1::RenewRecoveryCodesRequest& request);
  Task<Result<v1::DropSecondFactorResponse>> DropSecondFactor(Call& call,
                                                              const v1::DropSecondFactorRequest& request);

 private:
  FactorCaller CallerBehind(const Call& call) const;

  SecondFactorStore& factors_;
  std::string service_name_;
  const Clock& clock_;
};

}  // namespace aplus::auth
