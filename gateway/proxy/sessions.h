// Whose session a cookie is: asked of auth behind every call and kept for at most one second (P14), so that
// ending a session takes effect everywhere within that time. auth away means nobody gets in.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/base/result.h"
#include "libs/rpc/client.h"
#include "libs/runtime/task.h"

namespace aplus::gateway {

struct Identity {
  std::string token;    // what backends verify
  std::string user_id;  // for limits
};

class Sessions {
 public:
  // `keep`: how long an answer counts, from the moment it was asked for.
  Sessions(Channel& auth, Executor executor, Duration keep = std::chrono::seconds(1));
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  // Whether the question is a use of the session (P14). A page that stands open asks for its live stream
  // again and again, and nobody needs to sit before it.
  enum class Use { kCall, kNone };

  // `session`: the cookie's value, not empty. `options` serve the question to auth. Several callers at once
  // ask once. kUnauthenticated when it is nobody's, kUnavailable when auth cannot say.
  Task<Result<std::shared_ptr<const Identity>>> Authenticate(std::string session, CallOptions options,
                                                             Use use = Use::kCall);
  // Asks anew next time: the call that ends here has changed the session.
  void Forget(std::string_view session);

  std::size_t size() const { return entries_.size() + passive_.size(); }

 private:
  struct Entry {
    explicit Entry(Executor executor) : ready(executor) {}
    Event ready;
    SteadyTime asked;
    Result<std::shared_ptr<const Identity>> answer = Fail(Reason::kUnavailable, "the question was cut off");
  };
  using Entries = std::unordered_map<std::string, std::shared_ptr<Entry>>;

  // What is known of it since a moment ago, or nullptr.
  std::shared_ptr<Entry> Find(const Entries& entries, const std::string& key, SteadyTime now) const;
  Task<Result<std::shared_ptr<const Identity>>> Ask(Use use, std::string session, CallOptions options);
  void Sweep(SteadyTime now);

  Channel& auth_;
  Executor executor_;
  Duration keep_;
  // By the cookie's digest: a dump of memory shows no more than auth's table does.
  Entries entries_;
  // Told without a use: no call is served from these, or it would not count.
  Entries passive_;
  SteadyTime swept_{};
};

}  // namespace aplus::gateway
