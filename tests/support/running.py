"""Private platforms for tests: started from the build under test, controlled process by process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from aplus import processes
from aplus.configuration import PROCESSES
from aplus.layout import ROOT, Layout
from aplus.local_platform import LocalPlatform
from support import people
from support.browser import Browser
from support.identity import Identities
from support.mailbox import Mailbox, token_of
from support.rpc import Rpc
from support.totp import Authenticator
from support.waiting import wait_until

_PREFIX = "test-platform-"
_SANITIZER = re.compile(rb"(ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|: runtime error: )")


# A test does in a second what a person does in an hour: limits of people are for the tests that try them, which
# set them back (rate_percent 100).
_SETTINGS = {"gateway": {"rate_percent": 1_000_000, "link_requests_per_minute": 100_000},
             "requests": {"drafts_per_person": 1_000}, "notifications": {"alarms_every_seconds": 1}}


class TestPlatform:
    """One running platform. Names of processes: auth … stats, gateway, postgres, keystore, redis, mailbox."""

    __test__ = False  # for pytest: no test class

    def __init__(self, local: LocalPlatform) -> None:
        self.local = local
        local.prepare()
        local.start_databases()
        local.start_redis()
        local.start_mailbox()
        local.migrate()
        local.load_reference()
        local.load_demonstration()
        local.start_services()
        described = local.describe()
        self.gateway: str = described["gateway"]
        self.mailbox = Mailbox(described["mailbox"])
        self.rpc = Rpc(local)
        self.identities = Identities(local)
        self._logged_in: dict[str, Browser] = {}
        # Of those who have a second factor, by address.
        self.authenticators: dict[str, Authenticator] = {}
        self._scanned: dict[Path, int] = {}

    # --- people ---------------------------------------------------------------------------------------------

    def browser(self) -> Browser:
        """Somebody who is not logged in."""
        return Browser(self.gateway, authority=str(self.local.layout.certificates / "ca.pem"))

    def login(self, email: str, fresh: bool = False) -> Browser:
        """A browser logged in by a real mail, terms accepted. Kept by address, because links are rationed (P11):
        callers share the session unless `fresh`."""
        kept = self._logged_in.get(email)
        if kept is not None and not fresh:
            if kept.get("/v1/me").status == 200:
                return kept.copy()
        browser = self.browser()
        after = self.mailbox.last_id()
        browser.post("/v1/auth/links", {"email": email}).expect(202)
        mail = self.mailbox.wait(email, after, subject="lien de connexion")
        browser.post("/v1/auth/links:consume", {"token": token_of(mail)}).expect(200)
        me = browser.get("/v1/me").expect(200).json()
        if me["secondFactor"].get("due"):
            self.prove(browser, email)
            me = browser.get("/v1/me").expect(200).json()
        terms = me["terms"]
        if terms.get("accepted", 0) != terms["current"]:
            browser.post("/v1/me/terms:accept", {"version": terms["current"]}).expect(200)
        if not fresh:
            self._logged_in[email] = browser
        return browser.copy()

    def prove(self, browser: Browser, email: str) -> None:
        """The second factor of an account, set up where it has none yet."""
        if email not in self.authenticators:
            drawn = browser.post("/v1/me/second-factor:begin").expect(200).json()
            self.authenticators[email] = Authenticator(drawn["secret"])
            step = "confirm"
        else:
            step = "prove"
        browser.post(f"/v1/me/second-factor:{step}", {"code": self.authenticators[email].code()}).expect(200)

    # --- processes ------------------------------------------------------------------------------------------

    def pid(self, name: str) -> int:
        return self.local.pid(name)

    def kill(self, name: str) -> None:
        """kill -9, and waits until it is gone."""
        self.local.stop_process(name, ((signal.SIGKILL, 10.0),))

    def stop(self, name: str) -> int | None:
        """A polite stop; answers the signal that it took."""
        return self.local.stop_process(name)

    def start(self, name: str) -> None:
        """Starts a stopped process and waits until it is ready."""
        self.local.start_process(name)
        self.rpc.forget(name)

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """SIGSTOP for the time of the block: alive, but answering nobody."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def restart_postgres(self, cluster: str = "postgres", immediate: bool = True) -> None:
        """`immediate`: as after a power cut, with recovery at the start."""
        self.local.stop_process(cluster, ((signal.SIGQUIT if immediate else signal.SIGINT, 30.0),
                                          (signal.SIGKILL, 10.0)))
        self.local.start_process(cluster)

    def flush_redis(self) -> None:
        answer = self.local.redis().command("FLUSHALL")
        assert answer.startswith("+OK"), answer

    def wait_ready(self, seconds: float = 60.0) -> None:
        self.local.wait_ready(seconds)

    def is_ready(self, name: str) -> bool:
        return bool(self.local.describe()["services"][name]["ready"])

    def heal(self) -> None:
        """Starts what a test left stopped and takes faults away."""
        missing = [name for name in ("postgres", "keystore", "redis", "mailbox", *self.local.only)
                   if self.local.state.alive(name) is None]
        for name in missing:
            self.local.start_process(name, wait=False)
        if missing:
            self.wait_ready()
        self.mailbox.fault("none")

    def metrics(self, name: str) -> str:
        """The text of /metrics."""
        import urllib.request
        admin = self.local.describe()["services"][name]["admin"]
        with urllib.request.urlopen(f"http://{admin}/metrics", timeout=10) as response:
            return response.read().decode()

    # --- databases ------------------------------------------------------------------------------------------

    def sql(self, database: str, text: str, *values: Any) -> list[tuple]:
        """As superuser, past row-level security: for assertions on what really lies there ("keystore" included)."""
        cluster = self.local.cluster("keystore" if database == "keystore" else "postgres")
        connection = psycopg2.connect(cluster.conninfo(database))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(text, values or None)
                return cursor.fetchall() if cursor.description is not None else []
        finally:
            connection.close()

    # --- logs -----------------------------------------------------------------------------------------------

    def log_text(self, name: str) -> str:
        path = self.local.log(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def log_lines(self, name: str) -> list[dict]:
        """The JSON lines of a service's log."""
        lines = []
        for line in self.log_text(name).splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    continue  # cut by a kill
        return lines

    def sanitizer_reports(self) -> list[str]:
        """What ASan, UBSan, LSan or TSan said since the last look, by log."""
        found = []
        for name in PROCESSES:
            path = self.local.log(name)
            if not path.exists():
                continue
            with open(path, "rb") as file:
                file.seek(self._scanned.get(path, 0))
                text = file.read()
                self._scanned[path] = file.tell()
            match = _SANITIZER.search(text)
            if match:
                found.append(f"{path}:\n{text[match.start():match.start() + 4000].decode('utf-8', 'replace')}")
        return found


class Platforms:
    """Makes platforms on demand; the same settings get the same platform."""

    def __init__(self) -> None:
        self._made: dict[str, TestPlatform] = {}
        self._home = ROOT / ".run"
        self._home.mkdir(exist_ok=True)
        self._remove_leftovers()

    def get(self, settings: dict[str, dict] | None = None, name: str = "",
            sections: dict[str, dict] | None = None) -> TestPlatform:
        """`sections` maps a process to sections of its configuration that others do not have. `settings` maps a process, or "*", to settings, as {"requests": {"request_erasure_seconds": 2}}. A `name`
        asks for a platform apart (to break it for good, say)."""
        wanted = {process: {**_SETTINGS.get(process, {}), **(settings or {}).get(process, {})}
                  for process in {*_SETTINGS, *(settings or {})}}
        key = json.dumps([wanted, name, sections], sort_keys=True)
        if key not in self._made:
            build = Path(os.environ.get("APLUS_BUILD", ROOT / "build" / "dev"))
            state = self._home / f"{_PREFIX}{os.getpid()}-{len(self._made)}"
            local = LocalPlatform(Layout.default(state=state, build=build), settings=wanted, sections=sections, throwaway=True,
                                  environment={"UBSAN_OPTIONS": "print_stacktrace=1"})
            try:
                self._made[key] = TestPlatform(local)
            except BaseException:
                local.stop()
                self._keep(local)
                raise
        return self._made[key]

    def heal(self) -> None:
        for made in self._made.values():
            made.heal()
        reports = [report for made in self._made.values() for report in made.sanitizer_reports()]
        assert not reports, "\n".join(reports)

    def close(self, keep: bool) -> None:
        """Stops all politely: a service that does not end, or ends with a leak, fails the session."""
        problems = []
        for made in self._made.values():
            used = made.local.stop()
            problems += [f"{name} did not stop on SIGTERM (log: {made.local.log(name)})" for name, number in used.items()
                         if name in PROCESSES and number != signal.SIGTERM]
            problems += [f"{name} ended with exit code {code} (log: {made.local.log(name)})"
                         for name, code in made.local.exit_codes.items() if name in PROCESSES and code != 0]
            problems += made.sanitizer_reports()
            if keep or problems:
                self._keep(made.local)
            self._remove(made.local)
        assert not problems, "\n".join(problems)

    def _keep(self, local: LocalPlatform) -> None:
        """Logs, mails and configuration (not data and keys) go to the results of the run."""
        results = Path(os.environ.get("APLUS_RESULTS", local.layout.build / "test-results"))
        target = results / "platforms" / time.strftime(f"%H%M%S-{local.layout.state.name}")
        target.mkdir(parents=True, exist_ok=True)
        for folder in (local.layout.logs, local.layout.mailbox, local.layout.configs):
            if folder.exists():
                shutil.copytree(folder, target / folder.name, dirs_exist_ok=True)
        print(f"\nkept: {target}")

    def _remove(self, local: LocalPlatform) -> None:
        if local.data_home != local.layout.state:
            shutil.rmtree(local.data_home, ignore_errors=True)
        shutil.rmtree(local.layout.state, ignore_errors=True)

    def _remove_leftovers(self) -> None:
        """Of a killed run: its processes died with it, its folders stayed."""
        for folder in self._home.glob(f"{_PREFIX}*"):
            pid = folder.name.removeprefix(_PREFIX).split("-")[0]
            if pid.isdigit() and processes.start_time(int(pid)) is None:
                shutil.rmtree(folder, ignore_errors=True)


__all__ = ["Platforms", "TestPlatform", "people", "wait_until"]
