"""The programs that are measured, always of the release preset."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from aplus.build import pages
from aplus.configuration import PROCESSES
from aplus.layout import ROOT
from aplus.ui import Steps

BUILD = ROOT / "build" / "release"
# What a platform runs.
PROGRAMS = tuple(f"aplus-{process}" for process in PROCESSES)


def platform_and(*names: str) -> None:
    """Builds a whole platform and these, of the release preset, quietly; nothing to do takes a second."""
    targets(*PROGRAMS, *names)
    if os.environ.get("APLUS_BENCH_BUILT"):
        return
    # The gateway serves them, so it does not start without.
    pages(Steps(1, quiet=True), ROOT / ".run" / "logs" / "web.log")


def targets(*names: str) -> None:
    """Builds these alone."""
    if os.environ.get("APLUS_BENCH_BUILT"):  # ./aplus bench has done so
        return
    if not (BUILD / "build.ninja").exists():
        _run(["cmake", "--preset", "release"])
    _run(["ninja", "-C", str(BUILD), *names])


def program(name: str) -> str:
    return str(BUILD / "bin" / name)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")


def debian_program(name: str, package: str, folders: tuple[str, ...] = ("/usr/sbin", "/usr/bin")) -> str:
    """A program of a Debian package, or the end with the sentence that says which."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *folders)))
    if found is None:
        sys.exit(f"{name} is missing: apt-get install {package} (./aplus bench does so by itself)")
    return found


def scratch(name: str) -> Path:
    """An empty folder in the ignored part of the checkout."""
    folder = ROOT / ".run" / f"bench-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
