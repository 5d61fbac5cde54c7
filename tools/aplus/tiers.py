"""`./aplus test`: builds the test preset, runs the tiers, closes with one line of counts."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aplus import build, long, packages, runners, summary, test_servers
from aplus.failure import Failure
from aplus.layout import ROOT, private_folder
from aplus.runners import Outcome, Run
from aplus.ui import Steps, bold, seconds

TIERS = ("lint", "unit", "contract", "service", "suite", "browser", "chaos", "fuzz")
_GOOGLETEST = ("unit", "contract", "fuzz")
_NEED_PAGES = ("suite", "browser", "chaos", *long.PARTS)


def run(options: argparse.Namespace) -> int:
    started = time.monotonic()
    is_long = "long" in options.tiers
    wanted = [tier for tier in options.tiers if tier != "long"] or [*TIERS, *(long.PARTS if is_long else ())]
    # fuzz is both: the gate replays its corpora, the long run looks for new inputs.
    tiers = [tier for tier in TIERS if tier in wanted and not (is_long and tier in (*long.PARTS, "lint"))]
    parts = [part for part in long.PARTS if part in wanted and is_long]
    unknown = set(wanted) - set(TIERS) - (set(long.PARTS) if is_long else set())
    if unknown:
        raise Failure(f"there is no tier {', '.join(sorted(unknown))}",
                      why=f"there are {', '.join(TIERS)}; with long also {', '.join(long.PARTS)}")
    folder = (options.build or ROOT / "build" / options.preset).absolute()
    results = private_folder(folder / "test-results", 0o755)
    needs_build = not options.no_build and (tiers not in ([], ["lint"]) or "tidy" in parts)
    needs_pages = not options.no_build and any(name in _NEED_PAGES for name in (*tiers, *parts))
    steps = Steps(1 + needs_build + needs_pages)
    with steps.step("Debian packages"):
        packages.ensure(["build", "run", "test", *(["long"] if is_long else [])], steps)
    if needs_build:
        with steps.step(f"Building everything ({options.preset})"):
            build.cpp(options.preset, folder, steps, results / "build.log")
    if needs_pages:
        with steps.step("Building the pages"):
            build.pages(steps, results / "web.log")
    plan = Run(folder, results, options.filter, is_long)
    with long.Ahead(plan, parts if tiers else []) as ahead:
        outcomes = [_timed(tier, lambda outcome: _tier(outcome, plan)) for tier in tiers]
        outcomes += [_timed(part, lambda outcome: _part(outcome, plan, ahead)) for part in parts]
    path = summary.write(results, " ".join(["./aplus test", *options.tiers]), outcomes, time.monotonic() - started)
    if options.evidence:
        path = summary.keep(path, "test-long" if is_long else "test")
    return _close(outcomes, options.filter, path)


def _timed(name: str, work: Callable[[Outcome], None]) -> Outcome:
    print(bold(f"\n== {name} =="), flush=True)
    outcome = Outcome(name)
    started = time.monotonic()
    try:
        work(outcome)
    except Failure as failure:  # one part's broken build leaves the others their turn
        print(f"  {failure}")
        outcome.fail(str(failure).splitlines()[0])
    outcome.took = time.monotonic() - started
    print(f"{name}: {outcome.passed} passed, {outcome.failed} failed"
          f"{f', {outcome.skipped} skipped' if outcome.skipped else ''} in {seconds(outcome.took)}", flush=True)
    return outcome


def _tier(outcome: Outcome, plan: Run) -> None:
    tier, marks = outcome.tier, "long" if plan.long else "not long and not release"
    if tier == "lint":
        runners.checks(outcome, plan)
    elif tier in _GOOGLETEST:
        with test_servers.running() as servers:
            environment = {**plan.environment(), **servers}
            runners.googletest(outcome, plan, environment, f"{tier}-long" if plan.long else tier)
            runners.pytest(outcome, plan, environment, marks, tier)
    else:
        runners.pytest(outcome, plan, plan.environment(), marks, tier)


def _part(outcome: Outcome, plan: Run, ahead: long.Ahead) -> None:
    ahead.wait(outcome.tier)
    long.PARTS[outcome.tier](outcome, plan)


def _close(outcomes: list[Outcome], wanted: str, path: Path) -> int:
    print()
    failures = [(outcome.tier, name) for outcome in outcomes for name in outcome.failures]
    if failures:
        print(bold("Failed:"))
        for tier, name in failures:
            print(f"  {tier}: {name}")
        print()
    print(f"  {'tier':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>12}")
    for outcome in outcomes:
        print(f"  {outcome.tier:<10} {outcome.passed:>7} {outcome.failed:>7} {outcome.skipped:>8} "
              f"{seconds(outcome.took):>12}")
    passed, failed, skipped = (sum(getattr(outcome, name) for outcome in outcomes)
                               for name in ("passed", "failed", "skipped"))
    print()
    print(f"summary: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")
    if passed + failed == 0:
        print(f"no test matches {wanted}" if wanted else "no test ran", file=sys.stderr)
        return 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


# --- benchmarks ---------------------------------------------------------------------------------------------


def bench(options: argparse.Namespace) -> int:
    """Builds what is measured (release), then runs bench/<name>/run: each prints its ratios against what it must reach."""
    found = {path.parent.name: path for path in sorted((ROOT / "bench").glob("*/run"))}
    unknown = [name for name in options.names if name not in found]
    if unknown or not found:
        raise Failure(f"there is no benchmark {unknown[0]}" if unknown else "there are no benchmarks",
                      why=f"there are: {', '.join(found)}" if found else "")
    steps = Steps(3)
    log = private_folder(ROOT / ".run" / "logs", 0o755) / "bench-build.log"
    with steps.step("Debian packages"):
        packages.ensure(["build", "run", "test", "bench"], steps)
    with steps.step("Building the services, the gateway and the benchmarks (release)"):
        build.cpp("release", ROOT / "build" / "release", steps, log,
                  [*build.service_targets(), "bench_programs"])
    with steps.step("Building the pages"):
        build.pages(steps, log)
    missed = []
    for name in options.names or found:
        print(bold(f"\n== bench {name} =="), flush=True)
        done = subprocess.run([str(found[name])], cwd=ROOT, env={**os.environ, "APLUS_BENCH_BUILT": "1"}, check=False)
        if done.returncode != 0:
            missed.append(name)
    print("\nall goals reached" if not missed else f"\nnot all goals reached by: {', '.join(missed)}")
    return 1 if missed else 0
