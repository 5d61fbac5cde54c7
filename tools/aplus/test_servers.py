"""A throwaway PostgreSQL and Redis for the time of one command: tools/with-test-servers, ./aplus test unit.

The command finds them through APLUS_TEST_PG (libpq conninfo of a superuser) and APLUS_TEST_REDIS (host:port).
Nothing is kept and nothing is synced to disk. Whatever way the command or this process ends, servers and folder
go: the kernel ends the servers with their starter, and the next run removes what a killed one left behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aplus import processes
from aplus.accounts import Account, database_account
from aplus.failure import Failure
from aplus.layout import ROOT
from aplus.ports import Picker
from aplus.postgres import Cluster
from aplus.redis_server import RedisServer

_PREFIX = "test-servers-"
# Speed over safety: the data live as long as the command.
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "on", "max_connections": "200",
    "shared_buffers": "64MB", "max_wal_size": "256MB", "autovacuum_naptime": "5s", "max_prepared_transactions": "0",
    "jit": "off",
}


@contextlib.contextmanager
def running(parent: Path | None = None) -> Iterator[dict[str, str]]:
    """Starts both servers and answers the environment variables that name them."""
    account = database_account()
    home = _home(parent or ROOT / ".run", account)
    _remove_leftovers(home)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=home, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        picker = Picker(secrets.token_hex(4))
        cluster = Cluster(data=folder / "pg", port=0, password_file=folder / "pg-password", log=folder / "postgres.log",
                          account=account, settings=_SETTINGS, die_with_parent=True)
        redis = RedisServer(folder=folder / "redis", port=0, log=folder / "redis.log", die_with_parent=True)
        try:
            cluster.create()
            _start_on_free_port(cluster, picker)
            _start_on_free_port(redis, picker)
            yield {"APLUS_TEST_PG": cluster.conninfo(), "APLUS_TEST_REDIS": f"127.0.0.1:{redis.port}"}
        finally:
            redis.stop()
            cluster.stop(signal.SIGQUIT)


def run(command: list[str]) -> int:
    """Runs the command with the servers' addresses in its environment; answers its exit code."""
    try:
        with running() as environment:
            child = subprocess.Popen(command, env={**os.environ, **environment})
            # Ctrl-C reaches the child through the terminal; we stay to clean up after it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: child.terminate())
            code = child.wait()
            return 128 - code if code < 0 else code
    except Failure as failure:
        print(f"with-test-servers: {failure}", file=sys.stderr)
        return 125
    except FileNotFoundError as error:
        print(f"with-test-servers: {error}", file=sys.stderr)
        return 127


def _home(wanted: Path, account: Account) -> Path:
    wanted.mkdir(parents=True, exist_ok=True)
    return wanted if account.can_enter(wanted) else Path(tempfile.gettempdir())


def _start_on_free_port(server: Cluster | RedisServer, picker: Picker) -> None:
    # Between our look and the server's bind another process may take the port.
    for attempt in range(5):
        server.port = picker.take()
        try:
            server.start()
            return
        except Failure:
            if attempt == 4:
                raise


def _remove_leftovers(home: Path) -> None:
    for folder in home.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and processes.start_time(int(pid)) is None:
            shutil.rmtree(folder, ignore_errors=True)
