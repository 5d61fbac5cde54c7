"""What `./aplus test long` adds to the tiers' long tests: other builds of the same tests, and what takes minutes."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from aplus import build, test_servers
from aplus.failure import Failure
from aplus.layout import ROOT, private_folder
from aplus.runners import Outcome, Run, googletest, pytest
from aplus.ui import MovingLine, Steps

_FUZZ_SECONDS = 60


def release(outcome: Outcome, plan: Run) -> None:
    """The main job, foreign ids and the soak against what ./aplus up runs, then ./aplus up itself, with TLS."""
    plan = plan.on("release")
    _build(plan, "release")
    pytest(outcome, plan, plan.environment(), "not long or release", "suite/main_job_test.py", "suite/foreign_ids_test.py",
           "chaos/soak_test.py", "long/two_commands_test.py")


def tsan(outcome: Outcome, plan: Run) -> None:
    """Data races: the unit tier and the main job in a ThreadSanitizer build (T-REL-21)."""
    plan = plan.on("tsan")
    _build(plan, "tsan")
    with test_servers.running() as servers:
        googletest(outcome, plan, {**plan.environment(), **servers}, "unit")
    pytest(outcome, plan, plan.environment(), "not long", "suite/main_job_test.py", "suite/together_test.py")


def fuzz(outcome: Outcome, plan: Run) -> None:
    """Looks for new inputs, a minute for each target; a crash leaves its input in the results."""
    plan = plan.on("fuzz")
    _build(plan, "fuzz")
    targets = [target for target in sorted((plan.build / "bin" / "fuzz").glob("fuzz_*")) if plan.filter in target.name]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for target, code, log in pool.map(lambda target: _fuzz(target, plan), targets):
            print(f"  {target.name}: {'nothing found' if code == 0 else f'FAILED, log {log}'}", flush=True)
            if code == 0:
                outcome.passed += 1
            else:
                outcome.fail(f"{target.name} (log: {log})")


def _fuzz(target: Path, plan: Run) -> tuple[Path, int, Path]:
    name = target.name.removeprefix("fuzz_")
    corpora = [str(path) for path in (ROOT / "tests" / "fuzz").glob(f"*/corpora/{name}")]
    fresh = private_folder(plan.results / "corpora" / name, 0o755)
    log = plan.results / f"{target.name}.log"
    with open(log, "wb") as output:
        code = subprocess.run([str(target), f"-max_total_time={_FUZZ_SECONDS}", "-timeout=10",
                               f"-artifact_prefix={fresh}/", str(fresh), *corpora], env=plan.environment(), check=False,
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).returncode
    return target, code, log


def nounity(outcome: Outcome, plan: Run) -> None:
    """Each file alone: it includes what it uses."""
    plan = plan.on("nounity")
    try:
        _build(plan, "nounity")
        outcome.passed += 1
    except Failure as failure:
        print(f"  {failure}")
        outcome.fail("a file does not compile alone (log above)")


def tidy(outcome: Outcome, plan: Run) -> None:
    """clang-tidy over the libraries, services and gateway, a batch of files at a time as they are compiled."""
    database = json.loads((plan.build / "compile_commands.json").read_text())
    units = [entry["file"] for entry in database if _is_ours(Path(entry["file"]), plan.build)]
    ours = f"{re.escape(str(ROOT))}/(libs|services|gateway)/.*\\.(h|cc)$"
    problems: set[str] = set()
    line = MovingLine()

    def check(unit: str) -> tuple[str, str]:
        done = subprocess.run(["clang-tidy-19", "-p", str(plan.build), "--quiet", f"--header-filter={ours}",
                               # A batch is made of #include "x.cc".
                               "--checks=-bugprone-suspicious-include", unit],
                              cwd=ROOT, check=False, capture_output=True, text=True)
        return unit, done.stdout if done.returncode != 0 else ""

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (unit, said) in enumerate(pool.map(check, units), 1):
            line.show(f"{done} of {len(units)} batches")
            found = set(re.findall(r"^(/\S+: (?:warning|error): .*)$", said, re.MULTILINE)) - problems
            problems |= found
            for problem in sorted(found):
                print(f"  {problem.removeprefix(f'{ROOT}/')}", flush=True)
                outcome.fail(problem.removeprefix(f"{ROOT}/"))
            if not said:
                outcome.passed += 1
    line.clear()


def _is_ours(path: Path, folder: Path) -> bool:
    if path.name.endswith(".pb.cc"):
        return False
    base = folder if path.is_relative_to(folder) else ROOT
    parts = path.relative_to(base).parts
    return parts[0] in ("libs", "services", "gateway") and (base is ROOT or "Unity" in parts)


# What the parts build, each in a tree of its own. None: everything.
_TREES: dict[str, list[str] | None] = {
    "release": build.service_targets(), "tsan": None, "fuzz": ["fuzzers"], "nounity": None,
}


class Ahead:
    """Builds the parts' trees at low priority while tiers and other parts wait for clocks, kills and slow clients. A build
    that fails here is made again by its part, which tells of it."""

    def __init__(self, plan: Run, parts: list[str]) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._builds = {part: self._pool.submit(self._build, plan.on(part), part) for part in parts if part in _TREES}

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    @staticmethod
    def _build(plan: Run, part: str) -> None:
        with contextlib.suppress(Failure):
            build.cpp(part, plan.build, None, plan.results / "build-ahead.log", _TREES[part])

    def wait(self, part: str) -> None:
        if part in self._builds and not self._builds[part].done():
            print("  its build, begun before, goes on", flush=True)
            self._builds[part].result()


# In the order of what finds most in the least time.
PARTS: dict[str, Callable[[Outcome, Run], None]] = {
    "release": release, "tsan": tsan, "fuzz": fuzz, "nounity": nounity, "tidy": tidy,
}


def _build(plan: Run, part: str) -> None:
    with (steps := Steps(1)).step(f"Building {part}"):
        build.cpp(part, plan.build, steps, plan.results / "build.log", _TREES[part])
