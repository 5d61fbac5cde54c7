"""Minutes of mixed load, every process's memory and descriptors watched (T-REL-19). A release build says how much a
process really needs; the sanitizers' own books would hide it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from aplus.configuration import PROCESSES
from support import people
from witness import Witness, check_events, check_writes, no_mail_waits

pytestmark = pytest.mark.release

SECONDS = float(os.environ.get("APLUS_SOAK_SECONDS", 300))
MEBIBYTE = 2**20


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def slope(samples: list[tuple[float, float]]) -> float:
    """Least squares, per second."""
    n = len(samples)
    mean_x, mean_y = sum(x for x, _ in samples) / n, sum(y for _, y in samples) / n
    above = sum((x - mean_x) * (y - mean_y) for x, y in samples)
    return above / sum((x - mean_x) ** 2 for x, _ in samples)


def test_T_REL_19_soak(platform, rng):
    workers = [Witness(platform, files_every=every, pause=1.0) for every in (2, 4, 8)]
    reader = platform.login(people.CAF)
    for one in workers:
        one.start()
    started = time.monotonic()
    memory: dict[str, list[tuple[float, float]]] = {name: [] for name in PROCESSES}
    opened: dict[str, list[int]] = {name: [] for name in PROCESSES}
    while (now := time.monotonic() - started) < SECONDS:
        for path in ("/v1/requests?side=SIDE_INSTRUCTOR&tab=TAB_NEW", "/v1/requests/counters?side=SIDE_INSTRUCTOR",
                     f"/v1/stats/summary?groupId={people.CAF95}", "/v1/me", "/v1/requests?side=SIDE_INSTRUCTOR&q=blocage"):
            reader.get(path).expect(200)
        # What is refused takes memory too.
        platform.browser().get("/v1/me").expect(401)
        for name in PROCESSES:
            pid = platform.pid(name)
            memory[name].append((now, resident(pid)))
            opened[name].append(descriptors(pid))
        for one in workers:
            if one.broken is not None:
                raise one.broken
        time.sleep(0.2)
    for one in workers:
        one.stopping.set()
    told = []
    for name in PROCESSES:
        # Caches fill in the first half; the second half tells.
        late = [sample for sample in memory[name] if sample[0] > SECONDS / 2]
        growth = slope(late) * 600 / MEBIBYTE
        told.append((name, round(late[-1][1] / MEBIBYTE, 1), round(growth, 2), opened[name][len(opened[name]) // 2],
                     opened[name][-1]))
    for name, now_at, growth, halfway, end in told:
        print(f"figures: soak of {SECONDS:.0f} s, {name}: {now_at} MiB resident, {growth} MiB in 10 minutes, descriptors "
              f"{halfway} halfway, {end} at the end")
    print(f"figures: soak: {sum(len(one.acknowledged) for one in workers)} requests, repeated "
          f"{[dict(one.refused) for one in workers]}")
    for name, _, growth, halfway, end in told:
        assert growth < 10, f"{name} grows by {growth} MiB in ten minutes"
        assert end <= halfway + 8, f"{name}: {halfway} descriptors halfway, {end} at the end"
    for one in workers:
        check_writes(platform, one.finish())
    check_events(platform)
    no_mail_waits(platform)
