"""PostgreSQL refuses to run as root, so a platform started by root runs it as a system user of its own."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aplus.failure import Failure

NAME = "aplus-dev"


@dataclass(frozen=True)
class Account:
    """Whom a child process runs as; `uid` None: as whoever runs this."""

    uid: int | None
    gid: int | None

    def popen_arguments(self) -> dict:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        if self.uid is None:
            return os.access(folder, os.X_OK)
        done = subprocess.run(["/bin/sh", "-c", 'cd -- "$0"', str(folder)], cwd="/", check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.popen_arguments())
        return done.returncode == 0


def database_account() -> Account:
    """The account that PostgreSQL runs as; makes the system user the first time root asks."""
    if os.geteuid() != 0:
        return Account(None, None)
    for attempt in range(2):
        try:
            entry = pwd.getpwnam(NAME)
            return Account(entry.pw_uid, entry.pw_gid)
        except KeyError:
            if attempt == 0:
                # Two checkouts may get here at once: the loser finds the user on the second look.
                made = subprocess.run(
                    ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                     "--shell", "/usr/sbin/nologin", "--comment", "aplus development databases", NAME],
                    check=False, capture_output=True, text=True)
    raise Failure(f"could not make the system user {NAME}, which PostgreSQL runs as", why=made.stderr.strip())


def reachable_home(wanted: Path, tag: str, account: Account) -> Path:
    """`wanted` where the account can reach it; else a folder of its own (a checkout below /root, say)."""
    wanted.mkdir(parents=True, exist_ok=True)
    if account.can_enter(wanted):
        return wanted
    home = Path("/var/lib") / NAME / tag
    home.mkdir(parents=True, exist_ok=True)
    for folder in (home.parent, home):
        os.chmod(folder, 0o755)
    return home
