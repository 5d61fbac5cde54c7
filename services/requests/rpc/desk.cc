#include "services/requests/rpc/desk.h"

#include "services/requests/acts/checks.h"

namespace aplus::requests {

Asker Desk::For(const Call& call, const google::protobuf::Message& request) {
  Asker asker = AskerOf(call, shop_.clock.Now());
  if (!call.idempotency_key) return asker;
  IdempotentCall repeat;
  // A partner's keys are its own: its id is no account's.
  repeat.user = call.principal().partner ? UserId{call.principal().partner->bytes} : asker.user;
  repeat.key = *call.idempotency_key;
  repeat.method = call.method->name;
  repeat.body_hmac = hmac_.Mac(AsBytes(call.method->name + "\n" + request.SerializeAsString()));
  asker.repeat = std::move(repeat);
  return asker;
}

Asker Desk::ForService(const Call& call) const {
  Asker asker;
  asker.principal = std::make_shared<const Principal>();
  asker.caller = ServiceCaller();
  asker.db = DbPrincipal::System();
  asker.deadline = call.deadline;
  asker.line.actor_kind = AuditActor::kService;
  asker.line.request_id = call.request_id;
  return asker;
}

Error Desk::BadToken() { return Violation("pageToken", "unknown", "Cette page n’existe pas."); }

std::string Desk::Question(const Asker& asker, std::string_view what, const std::string& request_id) {
  return std::string(what) + "\n" + request_id + "\n" + asker.user.ToString();
}

Result<Page> Desk::PageOf(const Asker& asker, std::string_view what, const std::string& request_id, int size,
                          const std::string& token) {
  Page page;
  page.limit = size == 0 ? 25 : size;
  if (token.empty()) return page;
  const std::optional<std::string> position = tokens_.Read(Question(asker, what, request_id), token);
  const std::optional<std::int32_t> number = position ? NumberAt(*position) : std::nullopt;
  if (!number) return Fail(BadToken());
  page.after = *number;
  return page;
}

std::string Desk::TokenFor(const Asker& asker, std::string_view what, const std::string& request_id,
                           std::optional<std::int32_t> next) {
  if (!next) return {};
  return tokens_.Make(Question(asker, what, request_id), PositionOf(*next));
}

}  // namespace aplus::requests
