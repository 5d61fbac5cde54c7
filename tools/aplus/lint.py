"""Structure that the compiler does not check: format, one-way dependencies, what may be used where."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from aplus.failure import Failure
from aplus.layout import ROOT

_INCLUDE = re.compile(r'^\s*#include\s+["<]([^">]+)[">]', re.MULTILINE)
_SERVICES = ("auth", "requests", "files", "notifications", "stats")

# A library may include itself and these (ARCHITECTURE: dependencies run one way).
_LIBRARIES = {
    "base": set(),
    "runtime": {"base"},
    "telemetry": {"base", "runtime"},
    "calendar": {"base"},
    "crypto": {"base", "runtime"},
    "identity": {"base", "crypto"},
    "postgres": {"base", "runtime", "telemetry"},
    "redis": {"base", "runtime", "telemetry"},
    "rpc": {"base", "runtime", "telemetry", "calendar", "identity"},
    "audit": {"base", "runtime", "telemetry", "identity", "postgres", "crypto"},
    "events": {"base", "runtime", "telemetry", "identity", "postgres", "redis", "rpc"},
}
_DOMAIN = ("libs/base/", "libs/calendar/", "libs/identity/")


def sources(pattern: str = "*") -> list[Path]:
    """The C++ files that git knows or would add."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
                             f"{pattern}.cc", f"{pattern}.h"], cwd=ROOT, check=True, capture_output=True)
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return sorted(path for path in paths if path.exists())


def problems() -> Iterator[str]:
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        for include in _INCLUDE.findall(text):
            why = _forbidden(name, include)
            if why:
                yield f"{name}: includes {include}: {why}"
        if not name.startswith("tests/") and re.search(r"\b(TODO|FIXME|XXX)\b", text):
            yield f"{name}: says TODO; finish it or write a decision"


def _forbidden(name: str, include: str) -> str:
    parts = name.split("/")
    library = re.match(r"libs/(\w+)/", include)
    service = re.match(r"services/(\w+)/", include)
    if parts[0] == "libs" and parts[1] in _LIBRARIES:
        if service or include.startswith("gateway/"):
            return "a library knows no service"
        if library and library.group(1) not in _LIBRARIES[parts[1]] | {parts[1]} and "testing" not in parts:
            return f"libs/{parts[1]} may not depend on libs/{library.group(1)}"
    if parts[0] == "services":
        if service and service.group(1) != parts[1]:
            return "services never include each other"
        if include.startswith("gateway/"):
            return "services do not know the gateway"
        if len(parts) > 2 and parts[2] == "domain":
            own = include.startswith(f"services/{parts[1]}/domain/")
            if (library or service) and not own and not include.startswith(_DOMAIN):
                return "domain/ is rules only: libs/base, libs/calendar, libs/identity"
            if include.endswith(".pb.h"):
                return "domain/ knows no proto"
    if parts[0] == "gateway":
        if service:
            return "the gateway knows services by their protos only"
        if parts[1] == "transcode" and (include.startswith("gateway/") and not include.startswith("gateway/transcode/")
                                        or include.startswith(("grpc", "boost/beast"))):
            return "transcode/ knows neither HTTP nor gRPC"
    if parts[0] in ("libs", "services") and include.startswith("grpc") and parts[1] not in ("rpc",) and "rpc" not in parts[:3]:
        return "gRPC types stay in libs/rpc"
    return ""


def run(options: argparse.Namespace) -> int:
    found = list(problems())
    formatted = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *map(str, sources())], cwd=ROOT,
                               check=False, capture_output=True, text=True)
    found += sorted({line.split(":")[0].replace(f"{ROOT}/", "") + ": not formatted (./aplus format)"
                     for line in formatted.stderr.splitlines() if "code should be clang-formatted" in line})
    for problem in found:
        print(problem)
    code = 1 if found else 0
    if options.tidy:
        code |= _tidy()
    print("lint: nothing to say" if code == 0 else f"lint: {len(found)} problems", flush=True)
    return code


def _tidy() -> int:
    database = ROOT / "build" / "dev" / "compile_commands.json"
    if not database.exists():
        raise Failure("clang-tidy reads build/dev/compile_commands.json", why="./aplus test unit makes it")
    files = [str(path) for path in sources() if path.suffix == ".cc"]
    return subprocess.run(["clang-tidy-19", "-p", str(database.parent), "--quiet", *files], cwd=ROOT,
                          check=False, stderr=sys.stderr).returncode


def hook(options: argparse.Namespace) -> int:
    """Git runs tools/hooks/pre-commit in this clone from now on."""
    subprocess.run(["git", "config", "core.hooksPath", "tools/hooks"], cwd=ROOT, check=True)
    print("commits in this clone are refused when their C++ is not formatted")
    return 0


def format_files(options: argparse.Namespace) -> int:
    return subprocess.run(["clang-format-19", "-i", *map(str, sources())], cwd=ROOT, check=False).returncode
