"""What ./aplus says when it is asked for nonsense, or when nobody reads on."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aplus import cli, ctl
from aplus.failure import Failure

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("number", ["-5", "0"])
def test_fewer_than_one_invented_request_is_refused_with_the_reason(number):
    with pytest.raises(Failure, match=f"--requests {number}: there must be at least one"):
        ctl._load_demo(argparse.Namespace(requests=int(number)))


@pytest.mark.parametrize("length", [10, 100_000])
def test_output_that_nobody_reads_ends_quietly(length):
    code = (f"from aplus import cli, commands; commands.status = lambda options: print('x' * {length}) or 0; "
            "raise SystemExit(cli.main(['status']))")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "tools")}, timeout=60)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 128 + signal.SIGPIPE


def test_P103_ctl_shows_each_command_on_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["ctl", "--help"])
    assert ended.value.code == 0
    lines = [line for line in capsys.readouterr().out.split("COMMAND\n")[-1].splitlines() if line.strip()]
    for command in ("administrator", "factor-reset", "sessions-end", "keys-status", "keys-rotate", "keys-retire",
                    "audit-verify", "mails-undelivered", "mails-replay", "events-parked", "events-replay", "figures-rebuild",
                    "load-demo", "psql", "redis"):
        assert [line for line in lines if line.split()[0] == command and len(line.split()) > 1], command
    assert len(lines) == 15


@pytest.mark.parametrize("words", [["ctl"], ["ctl", "nonsense"], ["ctl", "keys-rotate", "moon"], ["ctl", "sessions-end"]])
def test_P103_ctl_refuses_wrong_words_with_two(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2 and "usage: ./aplus ctl" in capsys.readouterr().err


def test_P103_ctl_says_that_nothing_runs(tmp_path, capsys):
    for words in (["sessions-end", "x@y.test"], ["keys-status", "--json"], ["psql", "requests", "-tAc", "SELECT 1"], ["redis", "--scan"]):
        assert cli.main(["--state", str(tmp_path), "ctl", *words]) == 1
        assert "the platform was never started here" in capsys.readouterr().err
