"""CPU and memory of processes, as the kernel counts them."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


_PREFERENCE = -15


def prefer(*pids: int) -> bool:
    """What is measured goes first on this machine, so that figures depend less on who else compiles on it; without
    arguments, the caller's own session. Needs root and autogroups (Linux's default); answers whether it did."""
    for pid in pids or (os.getpid(),):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(_PREFERENCE))
        except OSError:
            return False
    return True


def family(pid: int) -> list[int]:
    """The process and all its descendants (PostgreSQL's backends)."""
    pids, at = [pid], 0
    while at < len(pids):
        for children in Path(f"/proc/{pids[at]}/task").glob("*/children"):
            try:
                pids += [int(child) for child in children.read_text().split()]
            except OSError:
                continue  # ended meanwhile
        at += 1
    return pids


def cpu_seconds(pid: int, with_ended_children: bool = False) -> float:
    """User and system time; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(fields[i]) for i in ((11, 12, 13, 14) if with_ended_children else (11, 12))) / _TICK


def pss_kilobytes(pid: int) -> int:
    """Resident memory, pages that are shared counted once over all who share them."""
    return _rollup(pid, "Pss:")


def rss_kilobytes(pid: int) -> int:
    return _rollup(pid, "Rss:")


def _rollup(pid: int, name: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    except OSError:
        pass  # ended meanwhile
    return 0
