"""Brings the Debian packages of deploy/packages.txt that are missing, and nothing else.

Debian starts a server when its package is installed; ours run from a folder of the checkout, so the system's are
kept from starting: no default PostgreSQL cluster is made, and no service is started or enabled.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from aplus.failure import Failure
from aplus.layout import ROOT
from aplus.ui import Steps, run_logged

LIST = ROOT / "deploy" / "packages.txt"
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_SAVED = Path("/usr/sbin/policy-rc.d.before-aplus")
_POLICY_TEXT = "#!/bin/sh\n# made by aplus for the time of one apt-get: start no service\nexit 101\n"
_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/aplus-install.conf")
_SERVERS = ("postgresql", "redis-server", "nginx")


def read_list(path: Path = LIST) -> dict[str, list[tuple[str, str]]]:
    """section → (package, command that makes it unnecessary or "")."""
    sections: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
            continue
        if current is None:
            raise Failure(f"{path}:{number}: a package before the first [section]")
        package, _, command = (part.strip() for part in line.partition("|"))
        current.append((package, command))
    return sections


def missing(sections: list[str]) -> list[str]:
    """Packages of these sections that dpkg does not hold as installed."""
    listed = read_list()
    wanted = [entry for section in sections for entry in listed[section]]
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *(p for p, _ in wanted)],
                           check=False, capture_output=True, text=True)
    installed = {line.split(" ", 1)[1] for line in asked.stdout.splitlines() if line.startswith("installed ")}
    return [package for package, command in wanted
            if package not in installed and not (command and shutil.which(command))]


def ensure(sections: list[str], steps: Steps) -> None:
    """Installs what is missing, as root or through sudo, and says what."""
    packages = missing(sections)
    if not packages:
        steps.note("nothing to install")
        return
    steps.say(f"installing {len(packages)} Debian packages: {' '.join(packages)}")
    command = [sys.executable, "-B", str(ROOT / "tools" / "aplus"), "install-as-root", *packages]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise Failure("packages are missing, and installing them needs root or sudo",
                          why="as root: apt-get install " + " ".join(packages))
        command = ["sudo", *command]
    log = ROOT / ".run" / "logs" / "install.log"
    run_logged(command, log=log, cwd=ROOT, what="installing packages", progress=_progress)
    still = missing(sections)
    if still:
        raise Failure("apt-get ended well but these are still missing: " + " ".join(still))
    steps.note(f"{len(packages)} packages installed")


def _progress(line: str) -> str | None:
    words = line.split(" ", 3)
    if words[0].startswith("Get:"):
        return "fetching " + " ".join(words[3:])[:60]
    return line if line.startswith(("Unpacking ", "Setting up ")) else None


def install_as_root(packages: list[str]) -> int:
    """The part that needs root. Several checkouts may get here at once: one after the other."""
    with open("/run/lock/aplus-install.lock" if Path("/run/lock").is_dir() else "/tmp/aplus-install.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        apt = ["apt-get", "-q", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
        if subprocess.run([*apt, "update"], check=False, env=environment).returncode != 0:
            print("apt-get update failed; trying with the lists that are here", flush=True)
        before = {server for server in _SERVERS if _unit_exists(server)}
        with _no_server_starts():
            code = subprocess.run([*apt, "install", "-y", "--no-install-recommends", *packages], check=False,
                                  env=environment).returncode
        # Not at the next boot either. What somebody had before stays as it was.
        for server in _SERVERS:
            if server not in before and _unit_exists(server) and shutil.which("systemctl"):
                subprocess.run(["systemctl", "--quiet", "disable", server], check=False, stderr=subprocess.DEVNULL)
        return code


def _unit_exists(server: str) -> bool:
    return any((Path(folder) / f"{server}.service").exists() for folder in ("/lib/systemd/system", "/usr/lib/systemd/system"))


@contextlib.contextmanager
def _no_server_starts() -> Iterator[None]:
    _restore()  # after a killed install
    if _POLICY.exists():
        _POLICY.rename(_POLICY_SAVED)
    made_folders = [folder for folder in (_NO_CLUSTER.parent, _NO_CLUSTER.parent.parent) if not folder.exists()]
    try:
        _POLICY.write_text(_POLICY_TEXT)
        _POLICY.chmod(0o755)
        _NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _NO_CLUSTER.write_text("# made by aplus for the time of one apt-get\ncreate_main_cluster = false\n")
        yield
    finally:
        _restore()
        if not (_NO_CLUSTER.parent.parent / "createcluster.conf").exists():
            # PostgreSQL's packages were not among those installed: the folders are nobody's.
            for folder in made_folders:
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _restore() -> None:
    _NO_CLUSTER.unlink(missing_ok=True)
    if _POLICY.exists() and _POLICY.read_text() == _POLICY_TEXT:
        _POLICY.unlink()
    if _POLICY_SAVED.exists() and not _POLICY.exists():
        _POLICY_SAVED.rename(_POLICY)
