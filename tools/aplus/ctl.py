"""./aplus ctl: what operators do that has no page (P103). The services' own binaries do it; this finds them, asks, and
shows. In production the same commands run with `kubectl exec` (docs/operations.md)."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import subprocess
import time
from pathlib import Path

from aplus import keys
from aplus.configuration import AUDITED, PROCESSES
from aplus.failure import Failure
from aplus.layout import Layout, write_private
from aplus.local_platform import LocalPlatform
from aplus.ui import seconds

# Who consumes events, and may so have parked some.
CONSUMERS = ("requests", "files", "notifications", "stats")
# Rings of numbered keys: their folder, who reads them, and how what is sealed moves to the new one.
RINGS = {"kek": ("kek", ("requests", "files"), "--rewrap-keys"),
         "second-factor": ("second-factor", ("auth",), "--rewrap-second-factors")}


class Wide(argparse.HelpFormatter):
    """One command, one line: argparse itself forgets the indent of subcommands when it measures them."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=118)
        self._action_max_length = 24


def add_commands(ctl: argparse.ArgumentParser) -> None:
    verbs = ctl.add_subparsers(dest="verb", required=True, metavar="COMMAND", title="commands")

    def verb(name: str, run, help: str, *arguments: tuple[str, dict], **options) -> None:
        parser = verbs.add_parser(name, help=help, description=help, formatter_class=Wide, **options)
        for argument, details in arguments:
            parser.add_argument(argument, **details)
        parser.set_defaults(run=run)

    # Words of other programs begin with dashes of theirs.
    theirs = {"prefix_chars": "\0", "add_help": False}
    words = ("words", {"nargs": "*", "metavar": "WORD"})
    as_json = ("--json", {"action": "store_true", "help": "one JSON document, for programs"})
    email = ("email", {"metavar": "EMAIL"})

    verb("administrator", _administrator, "make the account with this address an administrator, or make one", email)
    verb("factor-reset", _reset_factor, "take the second factor of an account away; its sessions end", email)
    verb("sessions-end", _end_sessions, "end all sessions of an account", email)
    verb("keys-status", _keys_status, "which keys there are, and how much is sealed under each", as_json)
    verb("keys-rotate", _keys_rotate, "make a new key, use it, and seal anew what the old one held",
         ("key", {"choices": (*RINGS, "identity", "audit")}))
    verb("keys-retire", _keys_retire, "remove an old key under which nothing is sealed any more",
         ("key", {"choices": (*RINGS, "identity")}), ("version", {"metavar": "VERSION"}))
    verb("audit-verify", _audit_verify, "prove every service's audit chain against the heads in its log")
    verb("mails-undelivered", _mails, "mails that were refused, given up or perhaps lost", as_json)
    verb("mails-replay", _replay_mail, "queue such a mail again; all: every one, login links apart",
         ("id", {"metavar": "ID|all"}))
    verb("events-parked", _events, "events that a service could not handle", as_json)
    verb("events-replay", _replay_event, "handle a parked event again; all: every one of the service",
         ("service", {"choices": CONSUMERS}), ("event", {"metavar": "CONSUMER:POSITION|all"}))
    verb("figures-rebuild", _rebuild_figures, "delete all figures and build them anew from the event logs")
    verb("load-demo", _load_demo, "fill the platform with invented requests",
         ("--requests", {"type": int, "required": True, "metavar": "N"}))
    verb("psql", _psql, "psql into a service's database, or the keystore, as superuser",
         ("database", {"metavar": "DATABASE"}), words, **theirs)
    verb("redis", _redis, "redis-cli", words, **theirs)


# --- asking services ------------------------------------------------------------------------------------------


def operator() -> str:
    """Who works here, for the audit trail."""
    named = os.environ.get("APLUS_OPERATOR") or os.environ.get("SUDO_USER")
    if named:
        return named
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def ask(platform: LocalPlatform, service: str, *arguments: str) -> list[dict]:
    """Runs a command of a service's binary; answers what it printed, one JSON object a line."""
    done = platform.ask(service, *arguments, environment={"APLUS_OPERATOR": operator()})
    if done.returncode != 0:
        prefix = f"aplus-{service}: "
        said = [line.removeprefix(prefix) for line in done.stderr.splitlines() if line.startswith(prefix)]
        raise Failure(said[-1] if said else f"aplus-{service} {' '.join(arguments)} ended with {done.returncode}",
                      log=None if said else platform.log("ctl"))
    return [json.loads(line) for line in done.stdout.splitlines()]


def _platform(options: argparse.Namespace) -> LocalPlatform:
    platform = LocalPlatform(Layout.default(state=options.state, build=options.build))
    if not platform.state.ports:
        raise Failure("the platform was never started here", why="./aplus up")
    return platform


def _running(options: argparse.Namespace) -> LocalPlatform:
    platform = _platform(options)
    if not platform.describe()["running"]:
        raise Failure("the platform does not run", why="./aplus up")
    return platform


def _table(rows: list[dict], nothing: str) -> None:
    if not rows:
        print(nothing)
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    texts = [columns] + [[_cell(row.get(name, "")) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in texts) for i in range(len(columns))]
    for line in texts:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _show(options: argparse.Namespace, rows: list[dict], nothing: str) -> int:
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        _table(rows, nothing)
    return 0


# --- accounts -------------------------------------------------------------------------------------------------


def _administrator(options: argparse.Namespace) -> int:
    [answer] = ask(_running(options), "auth", "--create-administrator", options.email)
    print(f"{options.email} is an administrator now: log in and set up a second factor" if answer["made"]
          else f"{options.email} was an administrator already")
    return 0


def _reset_factor(options: argparse.Namespace) -> int:
    ask(_running(options), "auth", "--reset-second-factor", options.email)
    print("second factor taken away, sessions ended")
    return 0


def _end_sessions(options: argparse.Namespace) -> int:
    [answer] = ask(_running(options), "auth", "--end-sessions", options.email)
    print(f"{answer['ended']} sessions ended")
    return 0


# --- keys -----------------------------------------------------------------------------------------------------


def keys_status(platform: LocalPlatform) -> list[dict]:
    return [row for service in AUDITED for row in ask(platform, service, "--keys-status")]


def _keys_status(options: argparse.Namespace) -> int:
    rows = keys_status(_running(options))
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    _table([{"service": row["service"], "key": row["key"], "version": row.get("version", row.get("id")),
             "active": row["active"], "file": row.get("present", True), "sealed": row.get("sealed", "")}
            for row in rows], "no keys")
    return 0


def _restart(platform: LocalPlatform, names: tuple[str, ...]) -> None:
    for name in names:
        platform.stop_process(name)
    for name in names:
        platform.start_process(name, wait=False)
    platform.wait_ready()


def _note(platform: LocalPlatform, act: str) -> None:
    """No audit, no action: the line stands before anything changes."""
    ask(platform, "auth", "--note-act", act)


def rotate(platform: LocalPlatform, key: str) -> str:
    """Answers a sentence on what was done."""
    _note(platform, f"rotate-{key}")
    secrets = platform.layout.secrets
    if key in RINGS:
        folder, readers, rewrap = RINGS[key]
        version = keys.add_version(secrets / folder)
        # Every reader has the new version before any seals with it.
        _restart(platform, readers)
        write_private(secrets / folder / "active", f"{version}\n")
        _restart(platform, readers)
        count = sum(ask(platform, reader, rewrap)[0]["rewrapped"] for reader in readers)
        return f"{key}: version {version} is active, {count} sealed anew; when nothing is left: keys-retire"
    if key == "identity":
        name = keys.next_identity(secrets / "identity")
        private, public = secrets / "identity" / f"{name}.pem", secrets / "identity-public" / f"{name}.pem"
        keys.identity_pair(private, public)
        # Everybody knows the public half before auth signs with the other.
        _restart(platform, tuple(process for process in PROCESSES if process != "auth"))
        file = platform.configuration_file("auth")
        document = json.loads(file.read_text())
        document["secrets"]["identity_private_key"] = str(private)
        write_private(file, json.dumps(document, indent=2) + "\n")
        _restart(platform, ("auth",))
        return f"identity: {name} signs; tokens of the key before live half a minute, then: keys-retire"
    for service in AUDITED:
        private = secrets / service / "audit_key"
        private.unlink(missing_ok=True)
        keys.audit_pair(private, secrets / "audit-public")
    _restart(platform, AUDITED)
    return "audit: every service signs its heads with a new key; the old public keys stay, for old heads"


def _keys_rotate(options: argparse.Namespace) -> int:
    print(rotate(_running(options), options.key))
    return 0


def retire(platform: LocalPlatform, key: str, version: str) -> None:
    secrets = platform.layout.secrets
    rows = [row for row in keys_status(platform)
            if row["key"] == key and str(row.get("version", row.get("id"))) == version]
    if any(row["active"] for row in rows):
        raise Failure(f"{key} {version} is in use", why="keys-rotate first")
    if any(row["sealed"] > 0 for row in rows if "sealed" in row):
        raise Failure(f"something is still sealed under {key} {version}", why="keys-status shows how much")
    if key == "identity":
        files = [secrets / "identity" / f"{version}.pem", secrets / "identity-public" / f"{version}.pem"]
        readers = PROCESSES
    else:
        folder, readers, _ = RINGS[key]
        files = [secrets / folder / f"{version}.key"]
    if "/" in version or not all(file.exists() for file in files):
        raise Failure(f"there is no {key} {version}", why="keys-status shows which there are")
    _note(platform, f"retire-{key}")
    for file in files:
        file.unlink()
    _restart(platform, readers)


def _keys_retire(options: argparse.Namespace) -> int:
    retire(_running(options), options.key, options.version)
    print(f"{options.key} {options.version} is gone")
    return 0


# --- the audit trail ------------------------------------------------------------------------------------------


def _audit_verify(options: argparse.Namespace) -> int:
    """Exits 1 when a chain was tampered with, 2 when one cannot be read."""
    platform = _platform(options)
    layout, cluster = platform.layout, platform.describe()["postgres"]
    environment = {**os.environ, "PGPASSWORD": Path(cluster["passwordFile"]).read_text().strip()}
    worst = 0
    for service in AUDITED:
        log = layout.logs / f"{service}.log"
        heads = ["--checkpoints", str(log)] if log.exists() else []
        code = subprocess.run(
            [layout.binary("audit-verify"), "--chain", service, "--keys", str(layout.secrets / "audit-public"), *heads,
             "--database", f"host={cluster['host']} port={cluster['port']} user={cluster['superuser']} dbname={service}"],
            env=environment, check=False).returncode
        worst = max(worst, code)
    return worst


# --- replay ---------------------------------------------------------------------------------------------------


def _mails(options: argparse.Namespace) -> int:
    return _show(options, ask(_running(options), "notifications", "--undelivered-mails"), "no undelivered mail")


def _replay_mail(options: argparse.Namespace) -> int:
    [answer] = ask(_running(options), "notifications", "--replay-mail", options.id)
    print(f"{answer['replayed']} mails queued again")
    return 0


def _events(options: argparse.Namespace) -> int:
    platform = _running(options)
    rows = [{"service": service, **row} for service in CONSUMERS for row in ask(platform, service, "--parked-events")]
    return _show(options, rows, "no parked event")


def _replay_event(options: argparse.Namespace) -> int:
    [answer] = ask(_running(options), options.service, "--replay-event", options.event)
    print(f"{answer['replayed']} events handled")
    return 0


def _rebuild_figures(options: argparse.Namespace) -> int:
    ask(_running(options), "stats", "--rebuild")
    print("figures deleted; the running service builds them anew")
    return 0


# --- trying and looking ---------------------------------------------------------------------------------------


def _load_demo(options: argparse.Namespace) -> int:
    if options.requests < 1:
        raise Failure(f"--requests {options.requests}: there must be at least one")
    platform = _running(options)
    started = time.monotonic()
    print(f"creating {options.requests} requests; progress: ./aplus logs -f load-demo", flush=True)
    platform.run_command("requests", "--load-demo-requests", str(options.requests), log=platform.log("load-demo"))
    took = time.monotonic() - started
    print(f"{options.requests} requests in {seconds(took)} ({options.requests / took:.0f} a second)")
    return 0


def _psql(options: argparse.Namespace) -> int:
    described = _platform(options).describe()
    cluster = described["keystore" if options.database == "keystore" else "postgres"]
    environment = {**os.environ, "PGPASSWORD": Path(cluster["passwordFile"]).read_text().strip()}
    return subprocess.run(["psql", "-h", cluster["host"], "-p", str(cluster["port"]), "-U", cluster["superuser"],
                           "-d", options.database, *options.words], env=environment, check=False).returncode


def _redis(options: argparse.Namespace) -> int:
    redis = _platform(options).describe()["redis"]
    environment = {**os.environ, "REDISCLI_AUTH": Path(redis["passwordFile"]).read_text().strip()}
    return subprocess.run(["redis-cli", "-h", redis["host"], "-p", str(redis["port"]), "--user", redis["user"],
                           *options.words], env=environment, check=False).returncode
