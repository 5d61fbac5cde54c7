// Processes of the test's own that are killed at random moments, as machines do.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace aplus::testing {

// Runs `body` in a forked process, which ends when it returns. Threads of this process do not exist there:
// they must be idle and hold nothing when this is called.
inline pid_t Spawn(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  _exit(0);
}

// The exit code, or -1 when a signal ended it.
inline int Wait(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline void Kill(pid_t pid) {
  kill(pid, SIGKILL);
  Wait(pid);
}

}  // namespace aplus::testing
