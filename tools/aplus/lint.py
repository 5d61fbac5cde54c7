"""Structure that the compiler does not check: format, one-way dependencies, what may be used where."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
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
    "http": {"base", "runtime"},
    "postgres": {"base", "runtime", "telemetry"},
    "redis": {"base", "runtime", "telemetry"},
    "rpc": {"base", "runtime", "telemetry", "calendar", "identity"},
    "audit": {"base", "runtime", "telemetry", "identity", "postgres", "crypto", "rpc"},
    "events": {"base", "runtime", "telemetry", "identity", "postgres", "redis", "rpc"},
}
_DOMAIN = ("libs/base/", "libs/calendar/", "libs/identity/")
# What does input, output or talks to somebody: not for domain/.
_OUTSIDE = re.compile(r"(libpq|hiredis|grpc|google/protobuf|boost/asio|boost/beast|spdlog|openssl|iostream|fstream|"
                      r"filesystem|sys/socket|unistd)")
# Headers that stay where they are wrapped: header → folders or files that may include it.
_WRAPPED = {
    "libpq-fe.h": ("libs/postgres/", "libs/audit/verify/"),  # the second verifier shares no code with the first
    "hiredis/": ("libs/redis/",),
    "boost/beast": ("gateway/http/connection.cc", "libs/http/client.cc"),
    "curl/": (),
}
_SQL = re.compile(r'"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+[a-z_.]+\s+SET\s|DELETE\s+FROM\s|WITH\s+[a-z_]+\s+AS\s|'
                  r'CREATE\s+(TABLE|INDEX)\s|TRUNCATE\s)')
_HAS_SQL = re.compile(r"services/\w+/store/|libs/(postgres|events|audit)/")
# A line on the console passes by the redaction of libs/telemetry. These print before there is a log, or when the
# process dies, and nothing that a person wrote.
_CONSOLE = re.compile(r"std::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs)\(|\bfmt::print\(")
_PRINTS = re.compile(r".*/main\.cc|.*/testing/.*|libs/runtime/(watchdog|task_scope)\.cc|"
                     r"libs/rpc/service_main\.cc|libs/postgres/statement\.cc|gateway/app\.cc")
_COMMENT = re.compile(r"//[^\n]*")


def sources() -> list[Path]:
    """The C++ files of the tree; not asked of git, which refuses a checkout of another user."""
    found = []
    for part in ("libs", "services", "gateway", "tests", "bench"):
        for folder, folders, names in os.walk(ROOT / part):
            folders[:] = [name for name in folders if name not in ("node_modules", "build", ".run")]
            found += [Path(folder) / name for name in names if name.endswith((".cc", ".h"))]
    return sorted(found)


def problems() -> Iterator[str]:
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        yield from problems_of(name, path.read_text())


def problems_of(name: str, text: str) -> Iterator[str]:
    """What is wrong in the structure of one file, by its path from the root."""
    for include in _INCLUDE.findall(text):
        why = _forbidden(name, include)
        if why:
            yield f"{name}: includes {include}: {why}"
    if not name.startswith(("libs/", "services/", "gateway/")):
        return
    if re.search(r"\b(TODO|FIXME|XXX)\b", text):
        yield f"{name}: says TODO; finish it or write a decision"
    code = _COMMENT.sub("", text)
    if _SQL.search(code) and not _HAS_SQL.match(name):
        yield f"{name}: SQL stands in store/ only"
    if _CONSOLE.search(code) and not _PRINTS.fullmatch(name):
        yield f"{name}: prints past the log and its redaction"
    if re.search(r"\bdetached\b", code):
        yield f"{name}: a detached coroutine; a TaskScope owns, cancels and joins"


def _forbidden(name: str, include: str) -> str:
    parts = name.split("/")
    if parts[0] in ("libs", "services", "gateway"):
        for header, homes in _WRAPPED.items():
            if include.startswith(header) and not name.startswith(homes):
                return f"only {', '.join(homes) or 'nobody'} may"
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
            if _OUTSIDE.match(include):
                return "domain/ is rules only: no input, no output"
        if len(parts) > 2 and parts[2] != "rpc" and include.startswith(f"aplus/{parts[1]}/v1/"):
            return "a service's own messages stay in its rpc/"
    if parts[0] == "gateway":
        if service:
            return "the gateway knows services by their protos only"
        if parts[1] == "transcode" and (include.startswith("gateway/") and not include.startswith("gateway/transcode/")
                                        or include.startswith(("grpc", "boost/beast"))):
            return "transcode/ knows neither HTTP nor gRPC"
    if parts[0] in ("libs", "services") and include.startswith("grpc") and parts[1] not in ("rpc",) and "rpc" not in parts[:3]:
        return "gRPC types stay in libs/rpc"
    return ""


def unformatted() -> list[str]:
    if shutil.which("clang-format-19") is None:
        raise Failure("clang-format-19 is missing", why="./aplus install")
    checked = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *map(str, sources())], cwd=ROOT,
                             check=False, capture_output=True, text=True)
    found = sorted({line.split(":")[0].replace(f"{ROOT}/", "") + ": not formatted (./aplus format)"
                    for line in checked.stderr.splitlines() if "code should be clang-formatted" in line})
    if checked.returncode != 0 and not found:
        raise Failure("clang-format-19 failed", why=checked.stderr[:500])
    return found


# What the gate counts: one test each.
CHECKS = {"structure": lambda: list(problems()), "format": unformatted}


def run(options: argparse.Namespace) -> int:
    found = [problem for check in CHECKS.values() for problem in check()]
    for problem in found:
        print(problem)
    count = len(found) + (_tidy() if options.tidy else 0)
    print(f"lint: {count} problems" if count else "lint: nothing to say", flush=True)
    return 1 if count else 0


def _tidy() -> int:
    """Says what clang-tidy finds; how many."""
    from aplus import long, runners  # which import this module

    folder = ROOT / "build" / "dev"
    if not (folder / "compile_commands.json").exists():
        raise Failure("clang-tidy reads build/dev/compile_commands.json", why="./aplus test unit makes it")
    outcome = runners.Outcome("tidy")
    long.tidy(outcome, runners.Run(folder, folder, "", True))
    return outcome.failed


def hook(options: argparse.Namespace) -> int:
    """Git runs tools/hooks/pre-commit in this clone from now on."""
    subprocess.run(["git", "config", "core.hooksPath", "tools/hooks"], cwd=ROOT, check=True)
    print("commits in this clone are refused when their C++ is not formatted")
    return 0


def format_files(options: argparse.Namespace) -> int:
    return subprocess.run(["clang-format-19", "-i", *map(str, sources())], cwd=ROOT, check=False).returncode
