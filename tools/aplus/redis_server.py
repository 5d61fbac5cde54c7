"""A private Redis: nothing on disk, since it never holds the only copy of anything."""

from __future__ import annotations

import hashlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from aplus import processes
from aplus.failure import Failure, tail
from aplus.layout import private_folder, write_private

# For tests and people; services have users of their own, without dangerous commands.
OPERATOR = "operator"


@dataclass
class RedisServer:
    """One server. `users` names the password file of each user; without any, everybody may do everything."""

    folder: Path
    port: int
    log: Path
    users: dict[str, Path] = field(default_factory=dict)
    die_with_parent: bool = False
    process: subprocess.Popen | None = None

    def start(self) -> None:
        private_folder(self.folder)
        lines = ["bind 127.0.0.1", f"port {self.port}", f'dir "{self.folder}"', 'save ""', "appendonly no",
                 "maxmemory 128mb", "maxmemory-policy allkeys-lru", "daemonize no"]
        if self.users:
            lines += ["user default off"]
        for name, password_file in self.users.items():
            digest = hashlib.sha256(password_file.read_bytes().strip()).hexdigest()
            rights = "+@all" if name == OPERATOR else "+@all -@dangerous -@admin"
            lines += [f"user {name} on #{digest} ~* &* {rights}"]
        write_private(self.folder / "redis.conf", "\n".join(lines) + "\n")
        self.process = processes.spawn(["redis-server", str(self.folder / "redis.conf")], log=self.log, cwd=self.folder,
                                       die_with_parent=signal.SIGTERM if self.die_with_parent else 0)
        self.wait_ready(20)

    def wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise Failure(f"Redis did not start (port {self.port})", why=tail(self.log), log=self.log)
            try:
                if self.command("PING").startswith("+PONG"):
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure(f"Redis does not answer on port {self.port}", why=tail(self.log), log=self.log)

    def command(self, *words: str) -> str:
        """One command, its answer as it stands on the wire (short answers only)."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            if self.users:
                connection.sendall(_encode("AUTH", OPERATOR, self.users[OPERATOR].read_text().strip()))
                answer = connection.recv(4096)
                if not answer.startswith(b"+OK"):
                    raise OSError(f"Redis refused the password: {answer!r}")
            connection.sendall(_encode(*words))
            return connection.recv(65536).decode("utf-8", "replace")

    def stop(self) -> None:
        if self.process is None:
            return
        started = processes.start_time(self.process.pid)
        if started is not None:
            processes.stop(self.process.pid, started, child=self.process,
                           signals=((signal.SIGTERM, 10), (signal.SIGKILL, 5)))
        self.process.wait()
        self.process = None


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
