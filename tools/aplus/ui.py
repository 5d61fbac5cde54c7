"""What a person sees while something runs: numbered steps with their time, and one moving line on a terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aplus.failure import Failure, tail


def _terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def style(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _terminal() and "NO_COLOR" not in os.environ else text


def bold(text: str) -> str:
    return style(text, "1")


def seconds(value: float) -> str:
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{int(value) // 60} min {int(value) % 60:02d} s"


class MovingLine:
    """Shows progress of one step: overwritten in place on a terminal, one line now and then in a log."""

    def __init__(self, every: float = 20.0) -> None:
        self._every = every
        self._last = time.monotonic()
        self._shown = False

    def show(self, text: str) -> None:
        if _terminal():
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\x1b[K" + f"      {text}"[:width])
            sys.stdout.flush()
            self._shown = True
        elif time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            print(f"      {text}", flush=True)

    def clear(self) -> None:
        if self._shown:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()
            self._shown = False


class Steps:
    """`with steps.step("Building"):` prints [2/9] Building … and how long it took; a Failure names the step."""

    def __init__(self, total: int, quiet: bool = False) -> None:
        self._total = total
        self._done = 0
        self._quiet = quiet
        self._note = ""

    @contextlib.contextmanager
    def step(self, title: str, hint: str = "") -> Iterator["Steps"]:
        self._done += 1
        head = f"[{self._done}/{self._total}] {title}"
        self._note = ""
        if not self._quiet:
            print(bold(head) + (f" ({hint})" if hint else ""), flush=True)
        started = time.monotonic()
        try:
            yield self
        except Failure as failure:
            if failure.step is None:
                failure.step = title
            raise
        if not self._quiet:
            note = f"{self._note}, " if self._note else ""
            print(f"      {note}{seconds(time.monotonic() - started)}", flush=True)

    def note(self, text: str) -> None:
        """What the step found or did, shown with its time."""
        self._note = text

    def say(self, text: str) -> None:
        if not self._quiet:
            print(f"      {text}", flush=True)


def run_logged(command: list[str], *, log: Path, cwd: Path, what: str, environment: dict[str, str] | None = None,
               progress: Callable[[str], str | None] | None = None) -> None:
    """Runs a command with all its output in `log`, showing the lines that `progress` makes something of.

    A failure tells the end of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    line_shown = MovingLine()
    with open(log, "wb") as output:
        output.write(("$ " + " ".join(command) + "\n").encode())
        output.flush()
        try:
            process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, env=environment)
        except FileNotFoundError as error:
            raise Failure(f"{what}: {error.filename} is not installed", why="./aplus install brings what is missing")
        assert process.stdout is not None
        try:
            for raw in process.stdout:
                output.write(raw)
                if progress is not None:
                    shown = progress(raw.decode("utf-8", "replace").rstrip())
                    if shown:
                        line_shown.show(shown)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            line_shown.clear()
        code = process.wait()
    if code != 0:
        raise Failure(f"{what} failed (exit code {code})", why=tail(log, 25), log=log)
