"""Building the C++ tree and the pages, doing nothing when nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from pathlib import Path

from aplus.configuration import PROCESSES
from aplus.failure import Failure
from aplus.layout import ROOT
from aplus.ui import Steps, run_logged, seconds

_PROGRESS = re.compile(r"^\[(\d+)/(\d+)\]")


def cpp(preset: str, folder: Path, steps: Steps | None, log: Path, targets: list[str] | None = None) -> None:
    """Configures once (CMake re-runs by itself afterwards) and builds; `targets` None: everything. `steps` None: without a
    word, after everything else that wants the processors."""
    if not _is_configured(folder):
        if steps is not None:
            steps.say(f"configuring preset {preset}")
        run_logged(["cmake", "--preset", preset, "-B", str(folder)], log=log, cwd=ROOT, what="cmake")
    if steps is not None and not (folder / ".ninja_deps").exists():
        steps.say("first build: about 15 minutes on two cores, seconds afterwards")
    # nice: a build must not make the desk it runs on unusable.
    command = ["nice", "-n", "5" if steps is not None else "15", "ninja", "-C", str(folder), *(targets or [])]
    jobs = os.environ.get("APLUS_JOBS")
    if jobs:
        command += ["-j", jobs]
    started = time.monotonic()

    def progress(line: str) -> str | None:
        match = _PROGRESS.match(line)
        if match is None:
            return None
        return f"{match.group(1)} of {match.group(2)} steps, {seconds(time.monotonic() - started)}"

    # Paths relative to the checkout, so that another clone finds in the cache what this one compiled.
    environment = {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1", **os.environ, "NINJA_STATUS": "[%f/%t] "}
    run_logged(command, log=log, cwd=ROOT, what="the build", progress=progress if steps is not None else None,
               environment=environment)


def service_targets(only: tuple[str, ...] = PROCESSES) -> list[str]:
    """What a platform runs; the verifier is what `ctl audit-verify` calls."""
    return [*(f"aplus-{process}" for process in only), "aplus-audit-verify"]


def services(folder: Path, steps: Steps, log: Path, preset: str = "release",
             only: tuple[str, ...] = PROCESSES) -> None:
    cpp(preset, folder, steps, log, service_targets(only))


def _is_configured(folder: Path) -> bool:
    """False too when the checkout was moved: CMake refuses another place's cache."""
    cache = folder / "CMakeCache.txt"
    if not cache.exists():
        return False
    match = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache.read_text(), re.MULTILINE)
    if match is None or Path(match.group(1)) != ROOT:
        shutil.rmtree(folder)
        return False
    return (folder / "build.ninja").exists()


def pages(steps: Steps, log: Path) -> bool:
    """Builds web/ to web/dist with npm; answers whether there was anything to do."""
    web = ROOT / "web"
    if not (web / "package.json").exists():
        raise Failure("web/package.json is missing")
    lock = web / "package-lock.json"
    modules = web / "node_modules"
    installed = modules / ".aplus-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != wanted:
        steps.say("installing the pages' npm packages")
        run_logged(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], log=log, cwd=web, what="npm ci")
        installed.write_text(wanted)
    stamp = web / "dist" / ".built-from"
    source = _sources(web)
    if stamp.exists() and stamp.read_text() == source:
        return False
    if "build" not in json.loads((web / "package.json").read_text()).get("scripts", {}):
        raise Failure("web/package.json has no build script")
    run_logged(["npm", "run", "--silent", "build"], log=log, cwd=web, what="building the pages")
    stamp.write_text(source)
    return True


def _sources(web: Path) -> str:
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(web):
        folders[:] = sorted(set(folders) - {"node_modules", "dist"})
        for name in sorted(names):
            path = Path(folder) / name
            digest.update(f"{path.relative_to(web)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
