#include "services/auth/store/link_store.h"

#include <utility>

#include "aplus/events/v1/auth.pb.h"

namespace aplus::auth {
namespace link_store {

constexpr Statement<AskedLink, LoginRequestId, std::string, Sha256Digest, Sha256Digest, std::string,
                    std::string, Duration, std::optional<std::string>, std::optional<std::string>>
    kInsert{"login_request_insert", R"sql(
  INSERT INTO login_request (id, email_key, binding_hash, address_mac, asked_from, return_to, provider_issuer,
                             provider_subject)
  VALUES ($1, $2, $3, $4, $5, $6, $8, $9)
  RETURNING created_at, created_at + $7
)sql"};

// (SELECT clock_timestamp()) is taken once, so that an index can be searched by it.
constexpr Statement<Affected> kDeleteOld{"login_request_delete_old", R"sql(
  DELETE FROM login_request
   WHERE id = ANY (ARRAY(SELECT r.id
                           FROM login_request r                -- login_request_by_time
                          WHERE r.created_at <= (SELECT clock_timestamp() - interval '1 day')
                          ORDER BY r.created_at
                          LIMIT 1000
                            FOR UPDATE SKIP LOCKED))
)sql"};

}  // namespace link_store

Task<Result<AskedLink>> LinkStore::Ask(LinkRequest request, AuditEntry line, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return AskIn(tx, request, line); });
}

Task<Result<AskedLink>> LinkStore::AskIn(Transaction& tx, LinkRequest request, AuditEntry line) {
  const auto id = LoginRequestId::New(clock_, random_);
  auto stored = tx.Send(link_store::kInsert, id, request.email_key, request.binding_hash, request.address_mac,
                        request.asked_from, request.return_to, rules_.lifetime, request.provider_issuer,
                        request.provider_subject);
  events::v1::LoginRequested event;
  event.set_login_request_id(id.ToString());
  events_.Append(tx, DomainEvent::Of(event));
  line.object_kind = "login_request";
  line.object = id.bytes;
  trail_.Record(tx, line);
  CO_TRY(const auto rows, co_await stored.Await());
  co_return rows.at(0);
}

Task<Result<std::int64_t>> LinkStore::DeleteOld(Deadline deadline) {
  CO_TRY(const Affected deleted, co_await database_.Write({.deadline = deadline}, link_store::kDeleteOld));
  co_return deleted.rows;
}

StatementTable LinkStore::Statements() {
  return aplus::Statements(link_store::kInsert, link_store::kDeleteOld);
}

}  // namespace aplus::auth
