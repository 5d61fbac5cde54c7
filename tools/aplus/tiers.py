"""`./aplus test`: builds the test preset, runs the tiers, closes with one line of counts."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from aplus import build, lint, packages, test_servers
from aplus.failure import Failure
from aplus.layout import ROOT, private_folder
from aplus.ui import Steps, bold, seconds

TIERS = ("lint", "unit", "contract", "service", "suite", "browser", "chaos", "fuzz")
_GOOGLETEST = ("unit", "contract", "fuzz")
_NEED_PAGES = ("suite", "browser", "chaos")


@dataclass
class Outcome:
    """Of one tier."""

    tier: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    took: float = 0.0
    failures: list[str] = field(default_factory=list)

    def fail(self, name: str) -> None:
        self.failed += 1
        self.failures.append(name)


@dataclass(frozen=True)
class Run:
    """What holds for all tiers of one call."""

    build: Path
    results: Path
    filter: str
    long: bool

    def environment(self) -> dict[str, str]:
        suppressions = ROOT / "tests" / "support" / "sanitizers"
        defaults = {
            "ASAN_OPTIONS": "strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "LSAN_OPTIONS": f"suppressions={suppressions / 'lsan.supp'}:print_suppressions=0",
            "TSAN_OPTIONS": f"suppressions={suppressions / 'tsan.supp'}:ignore_noninstrumented_modules=1",
        }
        return {**defaults, **os.environ, "APLUS_BUILD": str(self.build), "APLUS_RESULTS": str(self.results),
                "PYTHONDONTWRITEBYTECODE": "1"}


def run(options: argparse.Namespace) -> int:
    long = "long" in options.tiers
    tiers = [tier for tier in options.tiers if tier != "long"] or list(TIERS)
    unknown = [tier for tier in tiers if tier not in TIERS]
    if unknown:
        raise Failure(f"there is no tier {unknown[0]}", why=f"there are {', '.join(TIERS)} and long")
    folder = (options.build or ROOT / "build" / options.preset).absolute()
    results = private_folder(folder / "test-results", 0o755)
    pages = any(tier in _NEED_PAGES for tier in tiers)
    compiled = not options.no_build and tiers != ["lint"]
    steps = Steps(2 + pages + (long and "fuzz" in tiers) if compiled else 1)
    with steps.step("Debian packages"):
        packages.ensure(["build", "run", "test", *(["long"] if long else [])], steps)
    if compiled:
        with steps.step(f"Building everything ({options.preset})"):
            build.cpp(options.preset, folder, steps, results / "build.log")
        if long and "fuzz" in tiers:
            with steps.step("Building the fuzzers"):
                build.cpp("fuzz", ROOT / "build" / "fuzz", steps, results / "build-fuzz.log", ["fuzzers"])
        if pages:
            with steps.step("Building the pages"):
                build.pages(steps, results / "web.log")
    plan = Run(folder, results, options.filter, long)
    outcomes = [_tier(tier, plan) for tier in tiers]
    return _close(outcomes, options.filter)


def _close(outcomes: list[Outcome], wanted: str) -> int:
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
    if passed + failed == 0:
        print(f"no test matches {wanted}" if wanted else "no test ran", file=sys.stderr)
        return 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


def _tier(tier: str, plan: Run) -> Outcome:
    print(bold(f"\n== {tier} =="), flush=True)
    outcome = Outcome(tier)
    started = time.monotonic()
    if tier == "lint":
        _lint(outcome, plan)
    elif tier in _GOOGLETEST:
        with test_servers.running() as servers:
            environment = {**plan.environment(), **servers}
            _googletest(outcome, plan, environment)
            _pytest(outcome, plan, environment)
        if tier == "fuzz" and plan.long:
            _fuzz(outcome, plan)
    else:
        _pytest(outcome, plan, plan.environment())
    outcome.took = time.monotonic() - started
    print(f"{tier}: {outcome.passed} passed, {outcome.failed} failed"
          f"{f', {outcome.skipped} skipped' if outcome.skipped else ''} in {seconds(outcome.took)}", flush=True)
    return outcome


def _lint(outcome: Outcome, plan: Run) -> None:
    for name, check in lint.CHECKS.items():
        if plan.filter not in name:
            continue
        found = check()
        for problem in found:
            outcome.fail(problem)
            print(f"  {problem}")
        if not found:
            outcome.passed += 1


# --- GoogleTest through ctest -------------------------------------------------------------------------------


def _googletest(outcome: Outcome, plan: Run, environment: dict[str, str]) -> None:
    reports = _fresh(plan.results / f"{outcome.tier}-googletest")
    summary = reports / "ctest.xml"
    environment = {**environment, "GTEST_OUTPUT": f"xml:{reports}/", "GTEST_BRIEF": "1"}
    if plan.filter:
        environment["GTEST_FILTER"] = f"*{plan.filter}*"
    label = f"^{outcome.tier}$" if not plan.long else f"^{outcome.tier}-long$"
    subprocess.run(["ctest", "--test-dir", str(plan.build), "-L", label, "-j", "2", "--output-on-failure",
                    "--no-tests=ignore", "--output-junit", str(summary), "--timeout", "300"],
                   env=environment, check=False, stdin=subprocess.DEVNULL)
    if not summary.exists():
        return
    for case in ElementTree.parse(summary).getroot().iter("testcase"):
        binary = case.get("name", "")
        before = outcome.failed
        _count_googletest(outcome, reports / f"{binary}.xml", binary)
        # A crash, a leak found at the end, a timeout: no failed case tells of it.
        if case.get("status") == "fail" and outcome.failed == before:
            outcome.fail(f"{binary} (crashed, leaked or ran out of time: see above)")


def _count_googletest(outcome: Outcome, report: Path, binary: str) -> None:
    if not report.exists():
        return
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.get("status") != "run":
            continue
        if case.get("result") == "skipped" or case.find("skipped") is not None:
            outcome.skipped += 1
        elif case.find("failure") is not None:
            outcome.fail(f"{binary}: {case.get('classname')}.{case.get('name')}")
        else:
            outcome.passed += 1


# --- pytest -------------------------------------------------------------------------------------------------


def _pytest(outcome: Outcome, plan: Run, environment: dict[str, str]) -> None:
    folder = ROOT / "tests" / outcome.tier
    if not any(path.name.startswith("test_") or path.name.endswith("_test.py") for path in folder.rglob("*.py")):
        return
    report = plan.results / f"{outcome.tier}-pytest.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-B", "-m", "pytest", "-c", str(ROOT / "tests" / "pytest.ini"), str(folder),
               "-m", "long" if plan.long else "not long", f"--junitxml={report}"]
    if plan.filter:
        command += ["-k", plan.filter]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdin=subprocess.DEVNULL)
    before = outcome.failed
    if report.exists():
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                outcome.fail(f"{case.get('classname')}.{case.get('name')}")
            elif case.find("skipped") is not None:
                outcome.skipped += 1
            else:
                outcome.passed += 1
    # 5: nothing collected, which a filter may well do.
    if done.returncode not in (0, 5) and outcome.failed == before:
        outcome.fail(f"pytest ended with exit code {done.returncode} (see above)")


# --- fuzzers ------------------------------------------------------------------------------------------------


def _fuzz(outcome: Outcome, plan: Run) -> None:
    """Looks for new inputs, a minute for each target of the preset `fuzz`; a crash leaves its input in the results."""
    folder = ROOT / "build" / "fuzz"
    for target in sorted((folder / "bin" / "fuzz").glob("fuzz_*")):
        if plan.filter not in target.name:
            continue
        name = target.name.removeprefix("fuzz_")
        corpora = [str(path) for path in (ROOT / "tests" / "fuzz").glob(f"*/corpora/{name}")]
        fresh = private_folder(plan.results / "corpora" / name, 0o755)
        log = plan.results / f"{target.name}.log"
        with open(log, "wb") as output:
            code = subprocess.run([str(target), "-max_total_time=60", "-timeout=10", f"-artifact_prefix={fresh}/",
                                   str(fresh), *corpora], env=plan.environment(), check=False,
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).returncode
        print(f"  {target.name}: {'nothing found' if code == 0 else f'FAILED, log {log}'}", flush=True)
        if code == 0:
            outcome.passed += 1
        else:
            outcome.fail(f"{target.name} (log: {log})")


def _fresh(folder: Path) -> Path:
    private_folder(folder, 0o755)
    for path in folder.glob("*.xml"):
        path.unlink()
    return folder


# --- benchmarks ---------------------------------------------------------------------------------------------


def bench(options: argparse.Namespace) -> int:
    """Runs bench/<name>/run (or bench/<name>): each prints its ratios against what it must reach."""
    found = {path.parent.name: path for path in sorted((ROOT / "bench").glob("*/run"))}
    unknown = [name for name in options.names if name not in found]
    if unknown or not found:
        raise Failure(f"there is no benchmark {unknown[0]}" if unknown else "there are no benchmarks",
                      why=f"there are: {', '.join(found)}" if found else "")
    code = 0
    for name in options.names or found:
        print(bold(f"\n== bench {name} =="), flush=True)
        code |= subprocess.run([str(found[name])], cwd=ROOT, check=False).returncode
    return 1 if code else 0
