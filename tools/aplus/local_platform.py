"""A whole platform on this machine, in one state folder: what `./aplus up` starts and what the tests start.

Two platforms differ in their Layout (and so in ports, secrets, certificates, data); they share nothing.
"""

from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from aplus import accounts, certificates, ports, processes
from aplus.configuration import PROCESSES, SERVICES, Configuration
from aplus.failure import Failure, tail
from aplus.layout import Layout, private_folder, write_private
from aplus.postgres import Cluster, quote_identifier, quote_literal
from aplus.redis_server import OPERATOR, RedisServer
from aplus.state import Running, State

_MAIN_SETTINGS = {
    "max_connections": "120", "shared_buffers": "64MB", "wal_level": "minimal", "max_wal_senders": "0",
    "max_wal_size": "512MB", "jit": "off",
}
# Keys must die within hours, in WAL too (SECURITY 2.6): segments are not recycled and few are kept.
_KEYSTORE_SETTINGS = {
    "max_connections": "40", "shared_buffers": "8MB", "wal_level": "minimal", "max_wal_senders": "0",
    "wal_recycle": "off", "min_wal_size": "2MB", "max_wal_size": "16MB", "jit": "off",
}
_FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}

_PORT_NAMES = ("gateway", "mailbox", "mailbox-smtp", "postgres", "keystore", "redis", *SERVICES,
               *(f"{process}-admin" for process in PROCESSES))
_STOP_SERVICE = ((signal.SIGTERM, 40.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_STOP_POSTGRES = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
_STOP_REDIS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
_PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "HOME")


class LocalPlatform:
    """Methods go from `prepare` to `start_services` in this order; each may be repeated. Not thread-safe.

    `settings` maps a process, or "*" for all, to settings that replace its defaults (delays shortened for tests);
    `sections` maps a process to further sections of its configuration.
    With `throwaway`, nothing is synced to disk and every process dies with the one that made this.
    """

    def __init__(self, layout: Layout, *, settings: dict[str, dict] | None = None,
                 sections: dict[str, dict] | None = None, tls: bool = False, throwaway: bool = False, environment: dict[str, str] | None = None,
                 only: Iterable[str] = PROCESSES) -> None:
        self.layout = layout
        self.only = tuple(process for process in PROCESSES if process in set(only))
        self.tls = tls
        self._settings = settings or {}
        self._sections = sections or {}
        self._throwaway = throwaway
        self._environment = environment or {}
        # Of a cluster ("postgres", "keystore"), beside its own; for its next start.
        self.cluster_settings: dict[str, dict[str, str]] = {}
        layout.state.mkdir(parents=True, exist_ok=True)
        self.state = State.read(layout.state_file)
        self._children: dict[str, subprocess.Popen] = {}
        self.exit_codes: dict[str, int] = {}

    @functools.cached_property
    def _account(self) -> accounts.Account:
        return accounts.database_account()

    @functools.cached_property
    def data_home(self) -> Path:
        """Where PostgreSQL's user can reach its data: the state folder, save below a closed home."""
        return accounts.reachable_home(self.layout.state, self.layout.tag(), self._account)

    # --- folders, ports, keys -------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Folders, ports, secrets, fresh certificates, configuration files."""
        for folder in (self.layout.logs, self.layout.secrets, self.layout.configs, self.layout.files,
                       self.layout.mailbox):
            private_folder(folder)
        self._choose_ports()
        self.state.tls = self.tls
        self.configuration.make_secrets()
        certificates.make(self.layout.certificates, list(PROCESSES))
        self.write_configurations()
        self.state.write()

    @property
    def configuration(self) -> Configuration:
        return Configuration(self.layout, self.state.ports, environment="dev", tls=self.tls, settings=self._settings,
                             sections=self._sections)

    def write_configurations(self) -> None:
        for process in PROCESSES:
            document = json.dumps(self.configuration.of(process), indent=2) + "\n"
            path = self.configuration_file(process)
            if not path.exists() or path.read_text() != document:
                write_private(path, document)

    def configuration_file(self, process: str) -> Path:
        return self.layout.configs / f"{process}.json"

    def log(self, name: str) -> Path:
        return self.layout.logs / f"{name}.log"

    def _choose_ports(self) -> None:
        """Keeps what was chosen before, unless a stranger listens there now."""
        busy = {name for name, port in self.state.ports.items()
                if self.state.alive(_process_of_port(name)) is None and not ports.is_free(port)}
        kept = {name: port for name, port in self.state.ports.items() if name in _PORT_NAMES and name not in busy}
        picker = ports.Picker(self.layout.tag(), set(self.state.ports.values()))
        self.state.ports = {name: kept[name] if name in kept else picker.take() for name in _PORT_NAMES}
        self.moved_ports = {name: self.state.ports[name] for name in busy if name in self.state.ports}

    # --- databases ------------------------------------------------------------------------------------------

    def cluster(self, name: str) -> Cluster:
        """"postgres" (one database per service) or "keystore"."""
        small = name == "keystore"
        return Cluster(
            data=self.data_home / ("pg-keystore" if small else "pg-main"), port=self.state.ports[name],
            password_file=self.layout.secrets / "passwords" / f"{name}-superuser", log=self.log(name),
            account=self._account, die_with_parent=self._throwaway, wal_segment_megabytes=1 if small else 16,
            settings={**(_KEYSTORE_SETTINGS if small else _MAIN_SETTINGS),
                      **(_FAST_SETTINGS if self._throwaway else {}), **self.cluster_settings.get(name, {})},
            process=self._children.get(name))

    def start_databases(self) -> list[str]:
        """Makes and starts what does not run yet, then brings roles and databases to what they must be."""
        names = ("postgres", "keystore")
        absent = [name for name in names if self.state.alive(name) is None]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self._make_cluster(self.cluster(name)), absent))
        for name in absent:
            self._launch_cluster(name)
        for name in names:
            self.cluster(name).wait_ready(60)
        self.cluster("postgres").sql("\n".join(self._databases_sql(SERVICES)))
        self.cluster("keystore").sql("\n".join(self._databases_sql(("keystore",))))
        return absent

    def _make_cluster(self, cluster: Cluster) -> None:
        if not cluster.exists():
            cluster.create()
        orphan = cluster.orphan()
        if orphan is not None:
            processes.stop(*orphan, signals=_STOP_POSTGRES)

    def _launch_cluster(self, name: str) -> None:
        cluster = self.cluster(name)
        cluster.launch()
        self._remember(name, cluster.process, self.log(name))

    def _databases_sql(self, databases: Iterable[str]) -> list[str]:
        lines = ["REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"]
        for database in databases:
            owner, app = f"{database}_owner", f"{database}_app"
            for role in (owner, app):
                password = quote_literal(self.configuration.password_file(role).read_text().strip())
                attributes = ("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
                              f"PASSWORD {password}")
                # The server has no CREATE ROLE IF NOT EXISTS.
                lines.append(f"SELECT {quote_literal(f'CREATE ROLE {quote_identifier(role)}')} WHERE NOT EXISTS "
                             f"(SELECT FROM pg_roles WHERE rolname = {quote_literal(role)}) \\gexec")
                lines.append(f"ALTER ROLE {quote_identifier(role)} {attributes};")
            create = f"CREATE DATABASE {quote_identifier(database)} OWNER {quote_identifier(owner)}"
            lines += [
                f"SELECT {quote_literal(create)} WHERE NOT EXISTS "
                f"(SELECT FROM pg_database WHERE datname = {quote_literal(database)}) \\gexec",
                f"REVOKE ALL ON DATABASE {quote_identifier(database)} FROM PUBLIC;",
                f"GRANT CONNECT ON DATABASE {quote_identifier(database)} TO {quote_identifier(app)};",
                f"\\connect {quote_identifier(database)}",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
                f"GRANT USAGE ON SCHEMA public TO {quote_identifier(app)};",
            ]
        return lines

    # --- redis, mailbox -------------------------------------------------------------------------------------

    def redis(self) -> RedisServer:
        users = {process: self.configuration.password_file(f"redis-{process}") for process in PROCESSES}
        users[OPERATOR] = self.configuration.password_file(f"redis-{OPERATOR}")
        return RedisServer(folder=self.layout.state / "redis", port=self.state.ports["redis"], log=self.log("redis"),
                           users=users, die_with_parent=self._throwaway, process=self._children.get("redis"))

    def start_redis(self) -> None:
        if self.state.alive("redis") is None:
            server = self.redis()
            server.start()
            self._remember("redis", server.process, server.log)

    def start_mailbox(self) -> None:
        command = [sys.executable, "-B", str(self.layout.root / "tools" / "aplus"), "mailbox",
                   "--smtp-port", str(self.state.ports["mailbox-smtp"]), "--http-port", str(self.state.ports["mailbox"]),
                   "--folder", str(self.layout.mailbox)]
        signature = _hash([" ".join(command).encode()],
                          sorted((self.layout.root / "tools" / "aplus" / "mailbox").glob("*.py")))
        if self._keep("mailbox", signature):
            return
        child = self._spawn("mailbox", command, signature)
        _wait_http(self.state.ports["mailbox"], "/api/ready", child, "the mailbox", self.log("mailbox"))

    # --- services -------------------------------------------------------------------------------------------

    def run_command(self, process: str, *arguments: str, log: Path | None = None) -> None:
        """Runs a service's binary for one command (--migrate, --load-reference DIR) and waits for its end."""
        command = [str(self._binary(process)), "--config", str(self.configuration_file(process)), *arguments]
        log = log or self.log(process)
        with open(log, "ab") as output:
            done = subprocess.run(command, cwd=self.layout.state, stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=subprocess.STDOUT, env=self._child_environment(), check=False)
        if done.returncode != 0:
            raise Failure(f"aplus-{process} {' '.join(arguments)} failed (exit code {done.returncode})",
                          why=tail(log), log=log)

    def ask(self, process: str, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """Runs a service's binary for one command and answers its words; what it logs goes to the log "ctl" too."""
        command = [str(self._binary(process)), "--config", str(self.configuration_file(process)), *arguments]
        done = subprocess.run(command, cwd=self.layout.state, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**self._child_environment(), **(environment or {})}, check=False)
        with open(self.log("ctl"), "a", encoding="utf-8") as log:
            log.write(done.stderr)
        return done

    def migrate(self) -> None:
        for service in SERVICES:
            if service in self.only:
                self.run_command(service, "--migrate")

    def load_reference(self) -> bool:
        return self._load("reference")

    def load_demonstration(self) -> bool:
        return self._load("demo")

    def _load(self, kind: str) -> bool:
        """Answers whether there was something new to load."""
        folder = self.layout.root / "data" / kind
        signature = _hash([], sorted(folder.glob("*.json")))
        if self.state.loaded.get(kind) == signature or "auth" not in self.only:
            return False
        self.run_command("auth", f"--load-{kind}", str(folder))
        self.state.loaded[kind] = signature
        self.state.write()
        return True

    def start_services(self, wait: float = 60.0) -> list[str]:
        """Starts what does not run, or runs with another binary or configuration; waits until all are ready."""
        started = []
        for process in self.only:
            signature = self._signature(process)
            if not self._keep(process, signature):
                self._start_process(process, signature)
                started.append(process)
        self.wait_ready(wait)
        return started

    def wait_ready(self, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        for process in self.only:
            _wait_http(self.state.ports[f"{process}-admin"], "/ready", self._children.get(process), f"aplus-{process}",
                       self.log(process), deadline)

    def _start_process(self, process: str, signature: str) -> None:
        command = [str(self._binary(process)), "--config", str(self.configuration_file(process))]
        self._spawn(process, command, signature)

    def _signature(self, process: str) -> str:
        status = self._binary(process).stat()
        return _hash([f"{status.st_ino} {status.st_size} {status.st_mtime_ns}".encode()],
                     [self.configuration_file(process)])

    def _binary(self, process: str) -> Path:
        binary = self.layout.binary(process)
        if not binary.exists():
            raise Failure(f"{binary} is missing", why="it comes with a build: leave out --no-build")
        return binary

    # --- processes ------------------------------------------------------------------------------------------

    def _keep(self, name: str, signature: str) -> bool:
        """Whether the process runs as it should; stops one that runs with something old."""
        running = self.state.alive(name)
        if running is None:
            return False
        if running.signature == signature:
            return True
        self.stop_process(name)
        return False

    def _spawn(self, name: str, command: list[str], signature: str) -> subprocess.Popen:
        child = processes.spawn(command, log=self.log(name), cwd=self.layout.state,
                                environment=self._child_environment(),
                                die_with_parent=signal.SIGKILL if self._throwaway else 0)
        self._remember(name, child, self.log(name), signature)
        return child

    def _remember(self, name: str, child: subprocess.Popen, log: Path, signature: str = "") -> None:
        started = processes.start_time(child.pid)
        if started is None:
            raise Failure(f"{name} ended at once (exit code {child.poll()})", why=tail(log), log=log)
        self._children[name] = child
        self.state.running[name] = Running(child.pid, started, str(log), signature)
        self.state.write()

    def _child_environment(self) -> dict[str, str]:
        """Nothing of the caller's shell but what sanitizers read, so that a platform behaves the same anywhere."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", **kept, **self._environment}

    def stop_process(self, name: str, signals: tuple[tuple[int, float], ...] | None = None) -> int | None:
        """Stops one process for good; answers the signal that did it, None when it did not run."""
        running = self.state.running.pop(name, None)
        child = self._children.pop(name, None)
        if signals is None:
            signals = {"postgres": _STOP_POSTGRES, "keystore": _STOP_POSTGRES,
                       "redis": _STOP_REDIS}.get(name, _STOP_SERVICE)
        used = None
        if running is not None:
            used = processes.stop(running.pid, running.started, signals=signals, child=child)
        if child is not None:
            child.wait()
        self.state.write()
        return used

    def start_process(self, name: str, wait: bool = True) -> None:
        """Starts one process again, as it was."""
        if name in ("postgres", "keystore"):
            self._launch_cluster(name)
            self.cluster(name).wait_ready(60)
        elif name == "redis":
            self.start_redis()
        elif name == "mailbox":
            self.start_mailbox()
        else:
            self._start_process(name, self._signature(name))
            if wait:
                _wait_http(self.state.ports[f"{name}-admin"], "/ready", self._children.get(name), f"aplus-{name}",
                           self.log(name))

    def pid(self, name: str) -> int:
        running = self.state.alive(name)
        if running is None:
            raise Failure(f"{name} does not run")
        return running.pid

    def stop(self) -> dict[str, int]:
        """Stops everything, the gateway first, data last; answers which signal each needed. How each ended stands in
        `exit_codes`, as far as it was started here."""
        used: dict[str, int] = {}
        for group in (("gateway",), SERVICES, ("mailbox",), ("redis",), ("postgres", "keystore")):
            running = [name for name in group if self.state.alive(name) is not None]
            # All of a group at once: they drain side by side.
            with concurrent.futures.ThreadPoolExecutor() as pool:
                for name, number in zip(running, pool.map(self._stop_quietly, running)):
                    if number is not None:
                        used[name] = number
            for name in group:
                self.state.running.pop(name, None)
                child = self._children.pop(name, None)
                if child is not None:
                    self.exit_codes[name] = child.wait()
        self.state.write()
        return used

    def _stop_quietly(self, name: str) -> int | None:
        running = self.state.running[name]
        signals = {"postgres": _STOP_POSTGRES, "keystore": _STOP_POSTGRES, "redis": _STOP_REDIS}.get(name, _STOP_SERVICE)
        return processes.stop(running.pid, running.started, signals=signals, child=self._children.get(name))

    def wipe(self) -> None:
        """Removes data, secrets and logs of a stopped platform; ports stay, so that addresses do."""
        for path in (self.layout.logs, self.layout.secrets, self.layout.certificates, self.layout.configs,
                     self.layout.files, self.layout.mailbox, self.layout.state / "redis",
                     self.data_home / "pg-main", self.data_home / "pg-keystore"):
            shutil.rmtree(path, ignore_errors=False) if path.exists() else None
        self.state.loaded.clear()
        self.state.write()

    # --- what others ask ------------------------------------------------------------------------------------

    def describe(self) -> dict:
        """Addresses, pids, folders and logs, for programs (`./aplus status --json`)."""
        state, chosen = self.state, self.state.ports

        def process(name: str) -> dict:
            running = state.alive(name)
            return {"pid": running.pid if running else None, "running": running is not None,
                    "log": str(self.log(name))}

        def served(name: str) -> dict:
            row = process(name)
            admin = chosen.get(f"{name}-admin")
            return {**row, "address": f"127.0.0.1:{chosen.get(name)}", "admin": f"127.0.0.1:{admin}",
                    "ready": row["running"] and _get(admin, "/ready") == 200,
                    "config": str(self.configuration_file(name))}

        def cluster(name: str) -> dict:
            made = self.cluster(name)
            return {**process(name), "host": "127.0.0.1", "port": made.port, "data": str(made.data),
                    "superuser": "postgres", "passwordFile": str(made.password_file)}

        if not chosen:
            return {"state": str(self.layout.state), "running": False}
        return {
            "state": str(self.layout.state), "build": str(self.layout.build),
            "running": all(state.alive(name) for name in (*self.only, "postgres", "keystore", "redis", "mailbox")),
            "gateway": Configuration(self.layout, chosen, environment="dev", tls=state.tls, settings={}).public_url(),
            "mailbox": f"http://127.0.0.1:{chosen['mailbox']}",
            "smtp": f"127.0.0.1:{chosen['mailbox-smtp']}",
            "services": {name: served(name) for name in PROCESSES},
            "postgres": cluster("postgres"), "keystore": cluster("keystore"),
            "redis": {**process("redis"), "host": "127.0.0.1", "port": chosen["redis"], "user": OPERATOR,
                      "passwordFile": str(self.layout.secrets / "passwords" / f"redis-{OPERATOR}")},
            "mailboxProcess": process("mailbox"),
            "files": str(self.layout.files), "logs": str(self.layout.logs),
            "certificates": str(self.layout.certificates), "secrets": str(self.layout.secrets),
        }


def _process_of_port(name: str) -> str:
    return {"mailbox-smtp": "mailbox"}.get(name, name.removesuffix("-admin"))


def _hash(parts: list[bytes], files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    for path in files:
        content = path.read_bytes()
        digest.update(path.name.encode() + len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]


def _get(port: int, path: str) -> int | None:
    """Status of a GET, None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _wait_http(port: int, path: str, child: subprocess.Popen | None, what: str, log: Path,
               deadline: float | None = None) -> None:
    deadline = deadline if deadline is not None else time.monotonic() + 60
    while True:
        status = _get(port, path)
        if status == 200:
            return
        if child is not None and child.poll() is not None:
            raise Failure(f"{what} ended while starting (exit code {child.returncode})", why=tail(log), log=log)
        if time.monotonic() >= deadline:
            answer = "nobody listens" if status is None else f"{path} answers {status}"
            raise Failure(f"{what} is not ready in time: {answer} on port {port}", why=tail(log), log=log)
        time.sleep(0.03)
