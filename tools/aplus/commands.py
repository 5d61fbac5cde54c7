"""up, down, status, logs: what a person does with the platform of this checkout."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from aplus import build, packages
from aplus.configuration import PROCESSES
from aplus.failure import Failure
from aplus.layout import Layout, private_folder
from aplus.local_platform import LocalPlatform
from aplus.state import locked
from aplus.ui import Steps, bold, seconds

# Who logs in first; the same as in data/demo/users.json.
DEMONSTRATION = (("aidante, France Services", "camille.moreau@fs95.test"),
                 ("instructrice, CAF", "lea.bernard@caf95.test"),
                 ("instructrice, CPAM", "ines.dacosta@cpam95.test"))


def layout_of(options: argparse.Namespace) -> Layout:
    return Layout.default(state=options.state, build=options.build)


def parse_settings(pairs: list[str]) -> dict[str, dict]:
    """`requests.request_erasure_seconds=60` → {"requests": {"request_erasure_seconds": 60}}."""
    settings: dict[str, dict] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        process, dot, key = name.partition(".")
        if not (equals and dot and key) or process not in (*PROCESSES, "*"):
            raise Failure(f"--set {pair}: write it as SERVICE.SETTING=NUMBER",
                          why=f"SERVICE is one of {', '.join(PROCESSES)} or *")
        try:
            settings.setdefault(process, {})[key] = json.loads(value)
        except ValueError as error:
            raise Failure(f"--set {pair}: {value} is no number") from error
    return settings


def up(options: argparse.Namespace) -> int:
    started = time.monotonic()
    layout = layout_of(options)
    only = tuple(options.only.split(",")) if options.only else PROCESSES
    steps = Steps(9)
    private_folder(layout.state, 0o755)
    with locked(layout.state):
        with steps.step("Debian packages"):
            packages.ensure(["build", "run"], steps)
        with steps.step("Building the services and the gateway"):
            if options.no_build:
                steps.note("left out")
            else:
                build.services(layout.build, steps, private_folder(layout.logs) / "build.log", only=only)
        with steps.step("Building the pages"):
            if options.no_build or "gateway" not in only:
                steps.note("left out")
            elif not build.pages(steps, private_folder(layout.logs) / "web.log"):
                steps.note("nothing changed")
        platform = LocalPlatform(layout, settings=parse_settings(options.set), tls=options.tls, only=only)
        with steps.step("Folders, ports, keys and certificates"):
            if options.fresh:
                platform.stop()
                platform.wipe()
                steps.note("started over")
            platform.prepare()
            for name, port in platform.moved_ports.items():
                steps.say(f"another program listens where {name} did: it moves to port {port}")
            if platform.data_home != layout.state:
                steps.say(f"PostgreSQL's user cannot enter {layout.state}: its data lie in {platform.data_home}")
        with steps.step("PostgreSQL, main and keystore"):
            new = platform.start_databases()
            steps.note("started" if new else "running already")
        with steps.step("Redis and the mailbox"):
            platform.start_redis()
            platform.start_mailbox()
        with steps.step("Migrations"):
            platform.migrate()
        with steps.step("Reference and demonstration data"):
            loaded = [platform.load_reference(), platform.load_demonstration()]
            steps.note("loaded" if any(loaded) else "nothing new")
        with steps.step("Services and gateway"):
            new = platform.start_services()
            steps.note(f"started {', '.join(new)}" if new else "running already")
    _farewell(platform, time.monotonic() - started)
    return 0


def _farewell(platform: LocalPlatform, took: float) -> None:
    described = platform.describe()
    print()
    print(f"aplus is up ({seconds(took)}).")
    print(f"  {'Site':<10} {bold(described['gateway'])}")
    print(f"  {'Mailbox':<10} {bold(described['mailbox'])}")
    print("  Log-ins    " + "\n             ".join(f"{email:<28} {who}" for who, email in DEMONSTRATION))
    if platform.tls:
        print(f"  Authority  {platform.layout.certificates / 'ca.pem'} (let your browser trust it)")
    print()
    print("Open the site, ask for a login link as one of these, and click the link that arrives in the mailbox: "
          "the aidante writes a request, the CAF and the CPAM answer it.")
    print("./aplus down stops everything; data stay.")


def down(options: argparse.Namespace) -> int:
    layout = layout_of(options)
    if not layout.state_file.exists():
        print("nothing runs: ./aplus up was never called here")
        return 0
    with locked(layout.state):
        used = LocalPlatform(layout).stop()
    if not used:
        print("nothing was running")
        return 0
    print(f"stopped: {', '.join(used)}")
    forced = [name for name, number in used.items() if number in (3, 9)]
    if forced:
        print(f"had to be killed: {', '.join(forced)} (logs: {layout.logs})", file=sys.stderr)
        return 1
    return 0


def status(options: argparse.Namespace) -> int:
    described = LocalPlatform(layout_of(options)).describe()
    if options.json:
        print(json.dumps(described, indent=2))
        return 0 if described["running"] else 3
    if "services" not in described:
        print("not started yet: ./aplus up", file=sys.stderr)
        return 3
    if options.shell:
        print(f"SITE={described['gateway']} MAILBOX={described['mailbox']}")
        return 0 if described["running"] else 3
    print(f"site {described['gateway']}   mailbox {described['mailbox']}")
    rows = [(name, row["pid"], "ready" if row["ready"] else "not ready" if row["running"] else "stopped",
             row["address"]) for name, row in described["services"].items()]
    for name, key in (("postgres", "postgres"), ("keystore", "keystore"), ("redis", "redis")):
        row = described[key]
        rows.append((name, row["pid"], "running" if row["running"] else "stopped", f"{row['host']}:{row['port']}"))
    row = described["mailboxProcess"]
    rows.append(("mailbox", row["pid"], "running" if row["running"] else "stopped", described["smtp"] + " (SMTP)"))
    for name, pid, state, address in rows:
        print(f"  {name:<14} {state:<10} {address:<24} {f'pid {pid}' if pid else ''}")
    print(f"logs {described['logs']}")
    return 0 if described["running"] else 3


def logs(options: argparse.Namespace) -> int:
    layout = layout_of(options)
    if options.service:
        wanted = [layout.logs / f"{options.service}.log"]
        if not wanted[0].exists():
            known = ", ".join(sorted(path.stem for path in layout.logs.glob("*.log")))
            raise Failure(f"there is no log of {options.service}", why=f"there are: {known}")
    else:
        wanted = sorted(path for path in layout.logs.glob("*.log") if path.stem in (*PROCESSES, "mailbox"))
    command = ["tail", "-n", str(options.lines), *(["-F"] if options.follow else []), *map(str, wanted)]
    os.execvp(command[0], command)


def install(options: argparse.Namespace) -> int:
    steps = Steps(1)
    with steps.step("Debian packages"):
        packages.ensure(["build", "run", "test", *(["long"] if options.long else [])], steps)
    return 0


def clean(options: argparse.Namespace) -> int:
    """Removes the platform and the builds of this checkout."""
    layout = layout_of(options)
    down(options)
    platform = LocalPlatform(layout)
    platform.wipe()
    for folder in (layout.state, layout.build):
        shutil.rmtree(folder, ignore_errors=True)
    return 0
