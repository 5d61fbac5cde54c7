"""The one exception that a person is meant to read."""

from __future__ import annotations

from pathlib import Path


class Failure(Exception):
    """A step failed for a reason that can be explained: what happened, what to do, where the log is."""

    def __init__(self, what: str, *, why: str = "", log: Path | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.log = log
        self.step: str | None = None

    def __str__(self) -> str:
        text = f"{self.step}: {self.what}" if self.step else self.what
        if self.why:
            text += f"\n  {self.why}"
        if self.log is not None:
            text += f"\n  log: {self.log}"
        return text


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message; empty when there is no such file."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n  ".join(text.splitlines()[-lines:])
