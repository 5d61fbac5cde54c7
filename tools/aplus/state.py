"""What is kept between two starts: ports, and which process runs with what."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aplus import processes
from aplus.failure import Failure
from aplus.layout import write_private

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass
class Running:
    """A process we started. `signature` tells whether what it was started with is still what we would start."""

    pid: int
    started: int
    log: str
    signature: str = ""

    def alive(self) -> bool:
        return processes.is_same(self.pid, self.started)


@dataclass
class State:
    path: Path
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    # What was loaded, by the hash of its files, so that a second start does not do it again.
    loaded: dict[str, str] = field(default_factory=dict)
    tls: bool = False

    @staticmethod
    def read(path: Path) -> "State":
        try:
            raw = json.loads(path.read_text())
        except FileNotFoundError:
            return State(path)
        except (OSError, ValueError) as error:
            raise Failure(f"{path} cannot be read", why=f"{error}; ./aplus up --fresh starts over") from error
        state = State(path, ports=raw.get("ports", {}), loaded=raw.get("loaded", {}), tls=raw.get("tls", False))
        # Pids of before a reboot belong to others now.
        if raw.get("boot") == _BOOT.read_text().strip():
            state.running = {name: Running(**row) for name, row in raw.get("running", {}).items()}
            state.running = {name: row for name, row in state.running.items() if row.alive()}
        return state

    def write(self) -> None:
        write_private(self.path, json.dumps(
            {"boot": _BOOT.read_text().strip(), "ports": self.ports, "tls": self.tls, "loaded": self.loaded,
             "running": {name: asdict(row) for name, row in self.running.items()}}, indent=1) + "\n")

    def alive(self, name: str) -> Running | None:
        row = self.running.get(name)
        return row if row is not None and row.alive() else None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One command at a time changes a platform."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("      another ./aplus is changing this platform; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
