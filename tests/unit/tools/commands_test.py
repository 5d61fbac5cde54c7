"""What ./aplus says when it is asked for nonsense, or when nobody reads on."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aplus import commands
from aplus.failure import Failure

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("number", ["-5", "0"])
def test_fewer_than_one_invented_request_is_refused_with_the_reason(number):
    with pytest.raises(Failure, match=f"--requests {number}: there must be at least one"):
        commands._load_demo(argparse.Namespace(), {"running": True}, ["--requests", number])


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
