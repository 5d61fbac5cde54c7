#include "libs/postgres/database.h"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "libs/postgres/core.h"

namespace aplus {
namespace database {

// libpq's quoting of a connection string's value.
std::string Quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace database

DatabaseOptions DatabaseOptions::From(const DatabaseConfig& config, std::string application_name) {
  DatabaseOptions options;
  options.conninfo = "host=" + database::Quoted(config.host) + " port=" + std::to_string(config.port) +
                     " dbname=" + database::Quoted(config.name) + " user=" + database::Quoted(config.user);
  options.password = config.password.Copy();
  options.application_name = std::move(application_name);
  return options;
}

Database::Database(std::shared_ptr<postgres::Core> core) : core_(std::move(core)) {}
Database::~Database() = default;

Task<Result<std::unique_ptr<Database>>> Database::Open(DatabaseOptions options, StatementTable statements,
                                                       Executor executor, BlockingPool& pool) {
  auto core = std::make_shared<postgres::Core>(std::move(options), std::move(statements), executor, pool);
  std::unique_ptr<Database> database(new Database(core));
  std::exception_ptr thrown;
  Result<void> started;
  try {
    started = co_await core->Start();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown && started) co_return database;
  // Cancelled or not, the supervisors are joined before anybody lets go of them.
  const bool throwing = co_await boost::asio::this_coro::throw_if_cancelled();
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await Uncancellable(core->Close(SteadyClock::now()));
  co_await boost::asio::this_coro::throw_if_cancelled(throwing);
  if (thrown) std::rethrow_exception(thrown);
  co_return Fail(std::move(started).error());
}

Task<> Database::Close(Deadline deadline) { co_await core_->Close(deadline); }

Task<Result<RawResult>> Database::Read(ReadContext context, BoundStatement statement) {
  return core_->reads.Read(std::move(context), std::move(statement));
}

Task<Result<void>> Database::ReadAudited(ReadContext context, std::vector<BoundStatement> reads,
                                         AuditDecision decide) {
  return core_->audited.Read(std::move(context), std::move(reads), std::move(decide));
}

DatabaseFigures Database::figures() const { return core_->Figures(); }
bool Database::IsReady() const { return core_->IsReady(); }

}  // namespace aplus
