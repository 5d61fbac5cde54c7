"""The words of ./aplus."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
from pathlib import Path

from aplus.failure import Failure

_EPILOG = """
  ./aplus up               build and start everything, end with log-ins to try
  ./aplus test             the gate: lint, unit, service, contract, suite, browser, chaos, fuzz
  ./aplus test unit --filter P41
"""


def main(arguments: list[str]) -> int:
    # Words of other programs: not for argparse.
    if arguments[:1] == ["install-as-root"]:
        from aplus import packages
        return packages.install_as_root(arguments[1:])
    if arguments[:1] == ["mailbox"]:
        from aplus.mailbox import server
        return server.main(arguments[1:])
    options = _parser().parse_args(arguments or ["help"])
    if options.command == "help":
        _parser().print_help()
        return 0
    try:
        code = options.run(options)
        # Now rather than at the interpreter's end, where nobody could catch what follows.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        if not _nobody_reads_on():
            raise
        return 128 + signal.SIGPIPE
    except Failure as failure:
        print(f"\naplus: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\naplus: interrupted", file=sys.stderr)
        return 130


def _nobody_reads_on() -> bool:
    """Whether our output went to a program that has ended, as `head` does; what is left then goes nowhere."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if not poll.poll(0):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _parser() -> argparse.ArgumentParser:
    from aplus import commands, ctl, lint, long, tiers

    parser = argparse.ArgumentParser(prog="./aplus", description="aplus on this machine", epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, help="folder of the platform (default: .run)")
    parser.add_argument("--build", type=Path, help="folder of the build that runs (default: build/release)")
    commands_of = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands_of.add_parser("up", help="build and start everything")
    up.add_argument("--fresh", action="store_true", help="start over: data, keys and mails are removed first")
    up.add_argument("--tls", action="store_true", help="serve https with the local authority")
    up.add_argument("--no-build", action="store_true", help="run what is built")
    up.add_argument("--set", action="append", default=[], metavar="SERVICE.SETTING=N",
                    help="another delay or limit, e.g. requests.request_erasure_seconds=60")
    up.add_argument("--only", help=argparse.SUPPRESS)
    up.set_defaults(run=commands.up)

    commands_of.add_parser("down", help="stop everything; data stay").set_defaults(run=commands.down)

    status = commands_of.add_parser("status", help="what runs, where")
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--shell", action="store_true", help="SITE=… MAILBOX=…, for eval")
    status.set_defaults(run=commands.status)

    logs = commands_of.add_parser("logs", help="show logs")
    logs.add_argument("service", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.add_argument("-n", "--lines", type=int, default=40)
    logs.set_defaults(run=commands.logs)

    ctl.add_commands(commands_of.add_parser(
        "ctl", help="operate: accounts, keys, replay, the audit trail, databases (ctl --help)",
        description="What operators do that has no page. Every change leaves a line in the audit trail, signed by "
                    "APLUS_OPERATOR or whoever calls. Exits 0 when done, 1 when not (audit-verify: 2 when it could "
                    "not find out), 2 on wrong words.", formatter_class=ctl.Wide))

    test = commands_of.add_parser("test", help="build and run the tests")
    test.add_argument("tiers", nargs="*", metavar="TIER",
                      help=f"{', '.join(tiers.TIERS)}; none: the gate. With long: what takes long of these, and "
                           f"{', '.join(long.PARTS)}")
    test.add_argument("--filter", default="", help="only tests whose name holds this, e.g. P41")
    test.add_argument("--no-build", action="store_true", help="test what is built")
    test.add_argument("--evidence", action="store_true", help="keep the summary in docs/evidence, to be committed")
    test.add_argument("--preset", default="dev", help="dev (ASan, UBSan), tsan or release")
    test.set_defaults(run=tiers.run)

    bench = commands_of.add_parser("bench", help="run the benchmarks")
    bench.add_argument("names", nargs="*")
    bench.set_defaults(run=tiers.bench)

    commands_of.add_parser("format", help="format the C++ files").set_defaults(run=lint.format_files)
    commands_of.add_parser("hook", help="refuse unformatted commits in this clone").set_defaults(run=lint.hook)
    check = commands_of.add_parser("lint", help="check format and structure")
    check.add_argument("--tidy", action="store_true", help="clang-tidy too (minutes)")
    check.set_defaults(run=lint.run)

    install = commands_of.add_parser("install", help="install the Debian packages that are missing")
    install.add_argument("--long", action="store_true")
    install.set_defaults(run=commands.install)

    commands_of.add_parser("clean", help="stop, then remove the platform and its build").set_defaults(run=commands.clean)
    commands_of.add_parser("help", help="this text")
    return parser
