#include "libs/postgres/connect.h"

#include <libpq-fe.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <utility>

#include "libs/postgres/sqlstate.h"

namespace aplus::postgres {

namespace asio = boost::asio;

namespace connect {

using Parameters = std::map<std::string, std::string>;

struct FinishConnection {
  void operator()(PGconn* conn) const { PQfinish(conn); }
};
using OwnedConnection = std::unique_ptr<PGconn, FinishConnection>;

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t comma = text.find(',', start);
    parts.push_back(text.substr(start, comma - start));
    if (comma == std::string::npos) return parts;
    start = comma + 1;
  }
}

Result<Parameters> Parse(const std::string& conninfo) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &problem);
  if (options == nullptr) {
    // libpq's text may quote what it could not parse, a password perhaps.
    PQfreemem(problem);
    return Fail(Reason::kInternal, "the connection string cannot be parsed");
  }
  Parameters parameters;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  return parameters;
}

std::vector<std::string> LookUp(const std::string& host) {
  std::vector<std::string> addresses;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) ==
        0) {
      addresses.emplace_back(text.data());
    }
  }
  freeaddrinfo(found);
  return addresses;
}

// Gives libpq addresses for every host name, so that it never blocks on a look-up. A name with several
// addresses becomes several entries; the name itself stays for certificate checks.
Task<Result<void>> ResolveHosts(Parameters& parameters, BlockingPool& pool) {
  if (parameters.contains("hostaddr") || !parameters.contains("host")) co_return Result<void>{};
  const std::vector<std::string> hosts = Split(parameters["host"]);
  const std::vector<std::string> ports = Split(parameters.contains("port") ? parameters["port"] : "");
  std::string all_hosts, all_addresses, all_ports;
  bool resolved = false;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const bool socket_folder = hosts[i].empty() || hosts[i].front() == '/' || hosts[i].front() == '@';
    std::vector<std::string> addresses{""};
    if (!socket_folder) {
      addresses = co_await pool.Run([host = hosts[i]] { return LookUp(host); });
      resolved = true;
    }
    for (const std::string& address : addresses) {
      const char* comma = all_ports.empty() && all_hosts.empty() ? "" : ",";
      all_hosts.append(comma).append(hosts[i]);
      all_addresses.append(comma).append(address);
      all_ports.append(comma).append(ports.size() == 1 ? ports[0] : (i < ports.size() ? ports[i] : ""));
    }
  }
  if (all_hosts.empty()) co_return Fail(Reason::kUnavailable, "no database host name resolves");
  if (resolved) {
    parameters["host"] = all_hosts;
    parameters["hostaddr"] = all_addresses;
    if (parameters.contains("port")) parameters["port"] = all_ports;
  }
  co_return Result<void>{};
}

std::string SessionOptions(const DatabaseOptions& options) {
  const auto set = [](const char* name, std::int64_t value) {
    return std::string(" -c ") + name + "=" + std::to_string(value);
  };
  // A dead client's statement and its locks go within a second.
  return set("client_connection_check_interval", 1000) +
         set("statement_timeout", options.statement_timeout.count()) +
         set("lock_timeout", options.lock_timeout.count()) +
         set("idle_in_transaction_session_timeout", options.idle_in_transaction.count()) +
         // Our statements are short: compiling one costs a hundred times what it takes.
         " -c jit=off";
}

// Waits until libpq's socket is ready. The descriptor lets go of it before libpq may close it.
Task<bool> WaitSocket(int fd, asio::posix::descriptor_base::wait_type what, SteadyTime until) {
  struct Waiting {
    explicit Waiting(Executor executor) : socket(executor), timer(executor) {}
    ~Waiting() {
      if (socket.is_open()) socket.release();
    }
    asio::posix::basic_stream_descriptor<Executor> socket;
    Timer timer;
  };
  const auto waiting = std::make_shared<Waiting>(co_await asio::this_coro::executor);
  waiting->socket.assign(fd);
  waiting->timer.expires_at(until);
  waiting->timer.async_wait([weak = std::weak_ptr<Waiting>(waiting)](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (!ec && self && self->socket.is_open()) self->socket.cancel();
  });
  boost::system::error_code ec;
  co_await waiting->socket.async_wait(what, asio::redirect_error(kUseTask, ec));
  waiting->socket.release();
  waiting->timer.cancel();
  if (ec == asio::error::operation_aborted && SteadyClock::now() < until) {
    throw boost::system::system_error(ec);
  }
  co_return !ec;
}

// libpq's text of a failed handshake holds hosts and user names, nothing personal.
Error HandshakeError(PGconn* conn) {
  Error error;
  error.reason = Reason::kUnavailable;
  error.diagnostic = PQerrorMessage(conn);
  while (!error.diagnostic.empty() && error.diagnostic.back() == '\n') error.diagnostic.pop_back();
  return error;
}

Task<Result<OwnedConnection>> Handshake(Parameters parameters, SteadyTime until) {
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : parameters) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  OwnedConnection conn(PQconnectStartParams(keys.data(), values.data(), 0));
  if (!conn) co_return Fail(Reason::kInternal, "out of memory");
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (PQstatus(conn.get()) != CONNECTION_BAD && status != PGRES_POLLING_OK &&
         status != PGRES_POLLING_FAILED) {
    const auto what = status == PGRES_POLLING_READING ? asio::posix::descriptor_base::wait_read
                                                      : asio::posix::descriptor_base::wait_write;
    const bool ready = co_await WaitSocket(PQsocket(conn.get()), what, until);
    if (!ready) co_return Fail(Reason::kUnavailable, "connecting to the database took too long");
    status = PQconnectPoll(conn.get());
  }
  if (status != PGRES_POLLING_OK) co_return Fail(HandshakeError(conn.get()));
  co_return conn;
}

std::string TypeName(PgOid oid) { return "type " + std::to_string(oid); }

}  // namespace connect

Context Context::Default(const DatabaseOptions& options) {
  return {std::to_string(options.statement_timeout.count()), std::to_string(options.lock_timeout.count()), "",
          "", ""};
}

Context Context::For(const DatabaseOptions& options, SteadyTime deadline, const DbPrincipal& principal,
                     SteadyTime now) {
  constexpr std::array<const char*, 5> kLanes{"none", "helper", "instructor", "expert", "system"};
  using std::chrono::milliseconds;
  const auto left = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(deadline - now));
  Context context;
  context.statement_timeout = std::to_string(std::min(options.statement_timeout, left).count());
  context.lock_timeout = std::to_string(std::min(options.lock_timeout, left).count());
  if (principal.IsNobody()) return context;
  if (!principal.user.IsNil()) context.user = principal.user.ToString();
  context.groups = "{";
  for (const GroupId& group : principal.groups) {
    if (context.groups.size() > 1) context.groups += ',';
    context.groups += group.ToString();
  }
  context.groups += '}';
  context.lane = kLanes.at(static_cast<std::size_t>(principal.lane));
  return context;
}

BoundStatement Context::Bind() const {
  return aplus::Bind(kContext, statement_timeout, lock_timeout, user, groups, lane).statement;
}

Result<void> CheckDescription(const StatementSpec& spec, const pg_result* description) {
  const auto fail = [&](std::string what) {
    return Fail(Reason::kInternal, "statement " + std::string(spec.name) + ": " + what);
  };
  if (PQnparams(description) != static_cast<int>(spec.params.size())) {
    return fail("takes " + std::to_string(PQnparams(description)) + " parameters, declared are " +
                std::to_string(spec.params.size()));
  }
  for (std::size_t i = 0; i < spec.params.size(); ++i) {
    const PgOid type = PQparamtype(description, static_cast<int>(i));
    if (type != spec.params[i])
      return fail("parameter " + std::to_string(i + 1) + " is of " + connect::TypeName(type));
  }
  if (spec.columns.empty()) return {};
  if (PQnfields(description) != static_cast<int>(spec.columns.size())) {
    return fail("answers " + std::to_string(PQnfields(description)) + " columns, its row has " +
                std::to_string(spec.columns.size()));
  }
  for (std::size_t i = 0; i < spec.columns.size(); ++i) {
    const PgOid type = PQftype(description, static_cast<int>(i));
    if (!spec.columns[i].reads(type)) {
      return fail("column " + std::to_string(i + 1) + " (" + PQfname(description, static_cast<int>(i)) +
                  ") is of " + connect::TypeName(type) + ", the row reads " +
                  connect::TypeName(spec.columns[i].oid));
    }
  }
  return {};
}

Task<Result<std::shared_ptr<Connection>>> Connect(const DatabaseOptions& options,
                                                  const StatementTable& statements, SessionKind kind,
                                                  Executor executor, BlockingPool& pool, SteadyTime until) {
  CO_TRY(connect::Parameters parameters, connect::Parse(options.conninfo));
  CO_TRY_VOID(co_await connect::ResolveHosts(parameters, pool));
  if (!options.password.empty()) parameters["password"] = options.password.Reveal();
  parameters["application_name"] = options.application_name;
  parameters["target_session_attrs"] = "read-write";
  parameters["tcp_user_timeout"] = std::to_string(options.tcp_user_timeout.count());
  parameters["client_encoding"] = "UTF8";
  parameters["options"] += connect::SessionOptions(options);
  CO_TRY(connect::OwnedConnection conn, co_await connect::Handshake(std::move(parameters), until));

  const Duration stall_limit =
      std::max(options.statement_timeout, options.commit_wait) + std::chrono::seconds(2);
  auto connection = std::make_shared<Connection>(executor, conn.release(), stall_limit);
  // Unless it is handed over, it is closed: its own pending read would keep it.
  struct CloseUnlessKept {
    ~CloseUnlessKept() {
      if (connection) connection->Break("not usable");
    }
    std::shared_ptr<Connection> connection;
  } guard{connection};
  connection->Start();
  // Not among the start-up options: target_session_attrs would take the server for a standby.
  if (kind == SessionKind::kReadOnly) connection->SendText("SET default_transaction_read_only = on", nullptr);
  StatementTable all = Statements(kBegin, kCommit, kRollback, kCancelBackend, kContext);
  all.Add(statements);
  std::vector<std::shared_ptr<Reply>> prepared, described;
  for (const StatementSpec& spec : all.specs()) {
    prepared.push_back(std::make_shared<Reply>(executor));
    described.push_back(std::make_shared<Reply>(executor));
    connection->Prepare(spec, prepared.back(), described.back());
  }
  const auto ready = std::make_shared<Reply>(executor);
  connection->Sync(ready);
  connection->Flush();
  if (!co_await Reply::Wait(ready, until)) {
    co_return Fail(Reason::kUnavailable, "preparing statements took too long");
  }
  for (std::size_t i = 0; i < all.specs().size(); ++i) {
    for (const auto& reply : {prepared[i], described[i]}) {
      if (reply->state == Reply::State::kRows) continue;
      Error error = reply->Why();
      // A statement that does not prepare is our fault and stays so, whatever class its SQLSTATE is of.
      if (reply->state == Reply::State::kError && error.reason != Reason::kUnavailable) {
        error.reason = Reason::kInternal;
      }
      co_return Fail(std::move(error));
    }
    CO_TRY_VOID(CheckDescription(all.specs()[i], described[i]->result.get()));
  }
  guard.connection.reset();
  co_return connection;
}

}  // namespace aplus::postgres
