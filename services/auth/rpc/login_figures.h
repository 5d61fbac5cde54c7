// How logins go, for operators: by outcome, and what became of the mails asked for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "libs/base/reason.h"
#include "libs/telemetry/metrics.h"
#include "services/auth/store/login_mail_store.h"

namespace aplus::auth {

class LoginFigures {
 public:
  explicit LoginFigures(Metrics& metrics)
      : asked_(metrics.GetCounter("aplus_login_links_asked_total", "Login links asked for.")),
        entered_(Attempts(metrics, "entered")),
        mailed_(Mails(metrics, "link")),
        no_account_(Mails(metrics, "no_account")),
        no_mail_(Mails(metrics, "none")) {
    for (const Reason reason : {Reason::kLinkUnknown, Reason::kLinkUsed, Reason::kLinkExpired,
                                Reason::kCodeWrong, Reason::kWrongBrowser, Reason::kProviderRefused}) {
      refused_.emplace(reason, &Attempts(metrics, Describe(reason).code));
    }
  }

  void Asked() { asked_.Add(); }
  void Entered() { entered_.Add(); }
  void Refused(Reason reason) {
    if (const auto found = refused_.find(reason); found != refused_.end()) found->second->Add();
  }
  void Decided(LoginMail::Kind kind) {
    switch (kind) {
      case LoginMail::Kind::kLink:
        return mailed_.Add();
      case LoginMail::Kind::kNoAccount:
        return no_account_.Add();
      case LoginMail::Kind::kNone:
        return no_mail_.Add();
    }
  }

 private:
  static Counter& Attempts(Metrics& metrics, std::string_view outcome) {
    return metrics.GetCounter("aplus_login_attempts_total", "Links and codes tried, by outcome.",
                              {{"outcome", std::string(outcome)}});
  }
  static Counter& Mails(Metrics& metrics, std::string_view kind) {
    return metrics.GetCounter("aplus_login_mails_total",
                              "What was decided when a login mail was about to leave.",
                              {{"kind", std::string(kind)}});
  }

  Counter& asked_;
  Counter& entered_;
  Counter& mailed_;
  Counter& no_account_;
  Counter& no_mail_;
  std::map<Reason, Counter*> refused_;
};

}  // namespace aplus::auth
