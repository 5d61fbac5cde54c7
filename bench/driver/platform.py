"""A whole platform for one benchmark: release build, everything synced to disk as in production, own folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aplus.layout import ROOT, Layout
from aplus.local_platform import LocalPlatform
from driver.build import BUILD
from driver.processes import prefer
from support.running import TestPlatform

# A benchmark asks faster than any person may.
UNLIMITED = {"gateway": {"rate_percent": 100_000_000, "link_requests_per_minute": 100_000,
                          "requests_per_connection": 100_000_000, "accepts_per_second": 10_000,
                          "calls_in_flight_per_user": 400}}


@contextmanager
def running(name: str, settings: dict[str, dict] | None = None, keep: bool = False) -> Iterator[TestPlatform]:
    """Started with reference and demonstration data; stopped and (unless `keep`) removed at the end."""
    wanted = {process: {**UNLIMITED.get(process, {}), **(settings or {}).get(process, {})}
              for process in {*UNLIMITED, *(settings or {})}}
    local = LocalPlatform(Layout.default(state=ROOT / ".run" / f"bench-{name}", build=BUILD), settings=wanted)
    try:
        local.stop()
        started = TestPlatform(local)
        prefer(*pids(local))
        yield started
    finally:
        local.stop()
        if not keep:
            if local.data_home != local.layout.state:
                shutil.rmtree(local.data_home, ignore_errors=True)
            shutil.rmtree(local.layout.state, ignore_errors=True)


def pids(local: LocalPlatform) -> list[int]:
    return [process.pid for process in local.state.running.values()]


def load_demo(local: LocalPlatform, requests: int) -> float:
    """Fills it with invented requests, up to the number; answers the seconds it took."""
    there = int(local.cluster("postgres").sql("SELECT count(*) FROM request;", "requests")[0][0])
    if there >= requests:
        return 0.0
    deadline = time.monotonic() + 30
    # The generator needs to know the demonstration's members, which arrive as events.
    while local.cluster("postgres").sql("SELECT count(*) FROM membership;", "requests")[0][0] == "0":
        if time.monotonic() > deadline:
            raise RuntimeError("the demonstration's members did not arrive")
        time.sleep(0.2)
    started = time.monotonic()
    local.run_command("requests", "--load-demo-requests", str(requests - there), log=local.log("load-demo"))
    local.cluster("postgres").sql("VACUUM ANALYZE;", "requests")
    local.cluster("postgres").sql("CHECKPOINT;")
    return time.monotonic() - started


def restart(local: LocalPlatform, *processes: str) -> None:
    for process in processes:
        local.stop_process(process)
        local.start_process(process)
        prefer(local.pid(process))


