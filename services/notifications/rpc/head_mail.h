// Once a day the signed heads of every audit trail go to the security officer by mail (SECURITY 2.9): a copy
// that nobody who holds our databases and logs can change. Besides the log lines, which go to the log
// collector.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/postgres/database.h"
#include "libs/rpc/client.h"
#include "libs/runtime/task_scope.h"
#include "services/notifications/jobs/mailer.h"

namespace aplus::notifications {

struct HeadMailOptions {
  std::string address;  // empty: no mail
  Duration poll = std::chrono::minutes(10);
};

// Io thread only; references must outlive it.
class HeadMail {
 public:
  // `others`: the services beside this one that keep a trail, by name.
  HeadMail(HeadMailOptions options, std::map<std::string, Channel*> others, Database& database,
           Mailer& mailer, Executor executor)
      : options_(std::move(options)),
        others_(std::move(others)),
        database_(database),
        mailer_(mailer),
        scope_(executor) {}

  void Start();
  Task<> Stop() { return scope_.Stop(); }

  // The mail of the day, unless it has left already; answers whether it left now. A failure leaves it for a
  // later round; a death between the mail and the note of it sends it twice, which does no harm.
  Task<Result<bool>> Round();

  static StatementTable Statements();

 private:
  Task<> Loop();
  Task<Result<std::vector<std::string>>> Heads();

  HeadMailOptions options_;
  std::map<std::string, Channel*> others_;
  Database& database_;
  Mailer& mailer_;
  TaskScope scope_;
};

}  // namespace aplus::notifications
