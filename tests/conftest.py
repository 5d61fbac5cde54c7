"""Fixtures for every Python tier. tests/support/README.md shows how to write a test."""

import os
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from support.running import Platforms  # noqa: E402

_SEED = int(os.environ.get("APLUS_SEED", random.SystemRandom().randrange(2**32)))


def pytest_report_header() -> str:
    return f"aplus: build {os.environ.get('APLUS_BUILD', 'build/dev')}, seed {_SEED} (APLUS_SEED={_SEED} repeats it)"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.session.aplus_failed = True


@pytest.fixture(scope="session")
def platforms(request):
    """Starts platforms on demand, one for each combination of settings, and stops them at the end."""
    made = Platforms()
    yield made
    # Evidence of what went wrong stays; a clean session leaves nothing.
    made.close(keep=getattr(request.session, "aplus_failed", False))


@pytest.fixture(scope="session")
def platform(platforms):
    """The platform with the product's own delays, shared by the session."""
    return platforms.get()


@pytest.fixture(autouse=True)
def healthy(request):
    """Every test that touches a platform leaves it running and without faults, whatever happened inside."""
    yield
    if "platforms" in request.fixturenames:
        request.getfixturevalue("platforms").heal()


@pytest.fixture
def rng(request):
    """Random numbers of this test, the same again with the same seed."""
    return random.Random(f"{_SEED}/{request.node.nodeid}")
