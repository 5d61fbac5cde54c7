"""The services' own statements, read from their source, with values in the place of parameters."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from aplus.layout import ROOT

_STATEMENT = re.compile(r'\{\s*"(\w+)",\s*R"sql\((.*?)\)sql"', re.DOTALL)
_FOLDERS = ("libs/audit", "libs/postgres", "services/requests/store")


@functools.cache
def _all() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                found.update(_STATEMENT.findall(path.read_text()))
    return found


def statement(name: str, *values: str) -> str:
    """As one line for pgbench; `values` are SQL, $1 first."""
    text = re.sub(r"--[^\n]*", "", _all()[name])
    text = re.sub(r"\$(\d+)", lambda match: values[int(match.group(1)) - 1], text)
    return " ".join(text.split()) + ";"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path
