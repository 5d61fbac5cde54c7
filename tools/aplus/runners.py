"""Runs tests of one kind from one build, and counts what became of them."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace
from pathlib import Path

from aplus import lint
from aplus.layout import ROOT, private_folder


@dataclass
class Outcome:
    """Of one tier, or one part of the long run."""

    tier: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    took: float = 0.0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

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

    def on(self, preset: str) -> "Run":
        """The same with another build; its results lie beside this one's."""
        return replace(self, build=ROOT / "build" / preset, results=private_folder(self.results / preset, 0o755))

    def environment(self) -> dict[str, str]:
        suppressions = ROOT / "tests" / "support" / "sanitizers"
        defaults = {
            "ASAN_OPTIONS": "strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "LSAN_OPTIONS": f"suppressions={suppressions / 'lsan.supp'}:print_suppressions=0",
            "TSAN_OPTIONS": f"suppressions={suppressions / 'tsan.supp'}:ignore_noninstrumented_modules=1:"
                            "second_deadlock_stack=1:die_after_fork=0",  # tests fork what they kill
        }
        return {**defaults, **os.environ, "APLUS_BUILD": str(self.build), "APLUS_RESULTS": str(self.results),
                "PYTHONDONTWRITEBYTECODE": "1"}


def checks(outcome: Outcome, plan: Run) -> None:
    """./aplus lint, a test for each check."""
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


def googletest(outcome: Outcome, plan: Run, environment: dict[str, str], label: str) -> None:
    reports = _fresh(plan.results / f"{label}-googletest")
    summary = reports / "ctest.xml"
    environment = {**environment, "GTEST_OUTPUT": f"xml:{reports}/", "GTEST_BRIEF": "1"}
    if plan.filter:
        environment["GTEST_FILTER"] = f"*{plan.filter}*"
    subprocess.run(["ctest", "--test-dir", str(plan.build), "-L", f"^{label}$", "-j", "2", "--output-on-failure",
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
            outcome.fail(f"{binary} (crashed, leaked, raced or ran out of time: see above)")


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


def _fresh(folder: Path) -> Path:
    private_folder(folder, 0o755)
    for path in folder.glob("*.xml"):
        path.unlink()
    return folder


# --- pytest -------------------------------------------------------------------------------------------------


def pytest(outcome: Outcome, plan: Run, environment: dict[str, str], marks: str, *paths: str) -> None:
    """Tests below tests/<path> that carry these marks; output lines that begin with `figures:` become notes."""
    present = [path for path in (ROOT / "tests" / name for name in paths) if _holds_tests(path)]
    if not present:
        return
    report = plan.results / f"{outcome.tier}-pytest.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-B", "-m", "pytest", "-c", str(ROOT / "tests" / "pytest.ini"), *map(str, present),
               "-m", marks, f"--junitxml={report}", "-o", "junit_logging=system-out"]
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
            told = case.findtext("system-out") or ""
            outcome.notes += [line.removeprefix("figures:").strip() for line in told.splitlines()
                              if line.startswith("figures:")]
    # 5: nothing collected, which a filter may well do.
    if done.returncode not in (0, 5) and outcome.failed == before:
        outcome.fail(f"pytest ended with exit code {done.returncode} (see above)")


def _holds_tests(path: Path) -> bool:
    return path.is_file() or any(found.name.startswith("test_") or found.name.endswith("_test.py")
                                 for found in path.rglob("*.py"))
