"""Three hundred kills at random moments, of anything, while people work (T-REL-01, T-REL-02, T-REL-06)."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest
from aplus.configuration import PROCESSES
from aplus.failure import Failure
from witness import Witness, check_all

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("APLUS_KILLS", 300))
# Services die of faults of ours, the rest of a machine's: rarer.
TARGETS = (*(("auth", "requests", "files", "notifications", "stats", "gateway") * 5), "postgres", "postgres", "keystore",
           "redis", "redis", "mailbox")


def die(platform, name: str) -> None:
    """postgres and keystore as after a power cut, everything else by kill -9."""
    if name in ("postgres", "keystore"):
        platform.restart_postgres(name)
    else:
        platform.kill(name)


def settle(platform, seconds: float = 90.0) -> None:
    """Waits until all are ready, starting again, as a supervisor does, what gave up on a database that was recovering."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return platform.wait_ready(deadline - time.monotonic())
        except Failure:
            ended = [name for name in PROCESSES if platform.local.state.alive(name) is None]
            if not ended or time.monotonic() >= deadline:
                raise
            for name in ended:
                platform.local.start_process(name, wait=False)


ROUND = 30


@pytest.mark.parametrize("round_number", range(1, KILLS // ROUND + 1))
def test_T_REL_01_kills_at_random(platform, rng, round_number):
    workers = [Witness(platform, files_every=every, pause=0.2) for every in (3, 5)]
    for one in workers:
        one.start()
    killed = Counter()
    try:
        while killed.total() < ROUND:
            # Mostly one; sometimes two at once, so that nobody recovers next to a whole neighbour.
            victims = set(rng.choices(TARGETS, k=2 if rng.random() < 0.2 else 1))
            time.sleep(rng.random() * 0.4)
            for name in victims:
                die(platform, name)
                killed[name] += 1
            for name in victims - {"postgres", "keystore"}:
                platform.local.start_process(name, wait=False)
            # Half of the time the next blow falls on a platform that is still getting up.
            if rng.random() < 0.5:
                settle(platform)
            if rng.random() < 0.2:
                settle(platform)
                workers[0].progress(1, seconds=90)
        settle(platform)
        for one in workers:
            one.progress(2, seconds=90)
    finally:
        for one in workers:
            one.stopping.set()
        print(f"figures: killed {dict(killed)}; acknowledged {[len(one.acknowledged) for one in workers]} requests; "
              f"repeated {[dict(one.refused) for one in workers]}")
    for one in workers:
        check_all(platform, one.finish())
