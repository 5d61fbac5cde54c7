"""A private PostgreSQL cluster: made, started, asked and stopped here, never the system's."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from aplus import processes
from aplus.accounts import Account
from aplus.failure import Failure, tail
from aplus.layout import write_private

SUPERUSER = "postgres"
# Longest path of a Unix socket is 107 bytes, "/.s.PGSQL.12345" included.
_LONGEST_SOCKET_FOLDER = 90


def bin_folder() -> Path:
    """Where initdb and postgres lie: Debian keeps them out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not folders:
        raise Failure("PostgreSQL is not installed", why="./aplus install brings what is missing")
    return folders[-1].parent


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def conninfo_value(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass
class Cluster:
    """One data folder with its port. `password_file` holds the superuser's password."""

    data: Path
    port: int
    password_file: Path
    log: Path
    account: Account
    settings: dict[str, str] = field(default_factory=dict)
    die_with_parent: bool = False
    wal_segment_megabytes: int = 16
    process: subprocess.Popen | None = None

    def exists(self) -> bool:
        return self._run_as_owner(["test", "-f", str(self.data / "PG_VERSION")]).returncode == 0

    def create(self) -> None:
        """initdb, with scram for every way in. A folder half made by a killed initdb is made again."""
        if self.data.exists():
            shutil.rmtree(self.data)
        self.data.mkdir(parents=True, mode=0o700)
        self.account.give(self.data)
        if not self.password_file.exists():
            write_private(self.password_file, secrets.token_urlsafe(24))
        with tempfile.NamedTemporaryFile("w", prefix="aplus-pg-") as password:
            password.write(self.password_file.read_text().strip() + "\n")
            password.flush()
            self.account.give(Path(password.name))
            done = self._run_as_owner([
                str(bin_folder() / "initdb"), "-D", str(self.data), "-U", SUPERUSER, "--pwfile", password.name,
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
                "--wal-segsize", str(self.wal_segment_megabytes),
                *(["--no-sync"] if self.settings.get("fsync") == "off" else [])])
        with open(self.log, "ab") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0:
            raise Failure(f"initdb failed for {self.data}", why=tail(self.log), log=self.log)

    def start(self) -> None:
        self.launch()
        self.wait_ready(60)

    def launch(self) -> None:
        """Starts the server without waiting. Settings go on the command line: what the code says holds for an
        old data folder as well. With `die_with_parent`, to be called on a thread that lives as long as we do:
        the kernel takes the end of the thread for the parent's."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "password_encryption": "scram-sha-256",
            "unix_socket_directories": str(self.data) if len(os.fsencode(self.data)) <= _LONGEST_SOCKET_FOLDER else "",
            "logging_collector": "off", "log_line_prefix": "%m [%p] %u@%d ", "timezone": "UTC", "lc_messages": "C",
            **self.settings}
        command = [str(bin_folder() / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = processes.spawn(
            command, log=self.log, cwd=Path("/"), account=self.account,
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
            die_with_parent=signal.SIGINT if self.die_with_parent else 0)

    def orphan(self) -> tuple[int, int] | None:
        """A server that still runs on this folder though nobody remembers starting it: pid and start time."""
        asked = self._run_as_owner(["head", "-n", "1", str(self.data / "postmaster.pid")])
        text = asked.stdout.decode().strip()
        if asked.returncode != 0 or not text.isdigit():
            return None
        pid = int(text)
        started = processes.start_time(pid)
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return None
        return (pid, started) if started is not None and os.fsencode(self.data) in words else None

    def wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise Failure(f"PostgreSQL did not start (port {self.port})", why=tail(self.log), log=self.log)
            asked = subprocess.run([str(bin_folder() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                                   check=False)
            if asked.returncode == 0:
                return
            time.sleep(0.05)
        raise Failure(f"PostgreSQL does not answer on port {self.port} after {seconds:.0f} s",
                      why=tail(self.log), log=self.log)

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: fast, clean. SIGQUIT: `immediate`, as after a power cut."""
        if self.process is None:
            return
        started = processes.start_time(self.process.pid)
        if started is not None:
            processes.stop(self.process.pid, started, child=self.process,
                           signals=((number, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)))
        self.process.wait()
        self.process = None

    def password(self) -> str:
        return self.password_file.read_text().strip()

    def conninfo(self, database: str = "postgres") -> str:
        """libpq's words for a superuser's connection; holds the password."""
        return (f"host=127.0.0.1 port={self.port} user={SUPERUSER} password={conninfo_value(self.password())} "
                f"dbname={conninfo_value(database)}")

    def sql(self, text: str, database: str = "postgres") -> list[list[str]]:
        """Runs statements as superuser, stops at the first error; answers the last rows as text."""
        environment = {**os.environ, "PGPASSWORD": self.password(), "PGCLIENTENCODING": "UTF8",
                       "PGOPTIONS": "--client-min-messages=warning"}
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", SUPERUSER, "-d", database, "-f", "-"],
            input=text, text=True, capture_output=True, env=environment, check=False)
        if done.returncode != 0:
            raise Failure(f"SQL failed in database {database} on port {self.port}",
                          why=re.sub(r"^psql:<stdin>:", "line ", done.stderr.strip()), log=self.log)
        output = done.stdout.rstrip("\n")
        return [row.split("\x1f") for row in output.split("\x1e")] if output else []

    def _run_as_owner(self, command: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(command, cwd="/", check=False, capture_output=True,
                              env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                              **self.account.popen_arguments())
