"""Processes that outlive the command that started them, told apart from strangers with a recycled pid."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

from aplus.accounts import Account

_PR_SET_PDEATHSIG = 1


def start_time(pid: int) -> int | None:
    """Clock ticks after boot at which the process started; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


def is_same(pid: int, started: int) -> bool:
    return pid > 0 and start_time(pid) == started


def spawn(command: list[str], *, log: Path, cwd: Path, account: Account = Account(None, None),
          environment: dict[str, str] | None = None, die_with_parent: int = 0) -> subprocess.Popen:
    """Starts a process in a session of its own (a Ctrl-C here does not reach it), output appended to `log`.

    With `die_with_parent` the kernel sends that signal when the starter ends, however it ends.
    """
    libc = ctypes.CDLL(None, use_errno=True) if die_with_parent else None

    def bind_to_parent() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, die_with_parent)

    with open(log, "ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=cwd,
            start_new_session=True, env=environment, preexec_fn=bind_to_parent if die_with_parent else None,
            **account.popen_arguments())


def wait_gone(pid: int, started: int, seconds: float, child: subprocess.Popen | None = None) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child is not None:
            child.poll()
        if not is_same(pid, started):
            return True
        time.sleep(0.02)
    return False


def stop(pid: int, started: int, *, signals: tuple[tuple[int, float], ...],
         child: subprocess.Popen | None = None) -> int | None:
    """Sends each signal and waits its seconds, until the process is gone; answers the signal that worked.

    None: it was gone already.
    """
    if not is_same(pid, started):
        return None
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return number
        if wait_gone(pid, started, seconds, child):
            return number
    return int(signal.SIGKILL)
