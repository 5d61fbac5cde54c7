"""Who may do what, asked of the very table that the services ask (libs/identity/rights.h), by way of a small program."""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aplus.layout import ROOT

PHASES = ("open", "processed", "closed", "erased")


@dataclass(frozen=True)
class Verdict:
    """`name` as in rights.h: allow, metadata, empty, unauthenticated, forbidden, hidden, step_up, impossible, erased;
    with what a refusal answers."""

    name: str
    code: str = ""
    status: int = 0
    grpc: int = 0

    @property
    def allows(self) -> bool:
        return not self.code


@functools.cache
def _oracle() -> subprocess.Popen:
    build = Path(os.environ.get("APLUS_BUILD", ROOT / "build" / "dev"))
    return subprocess.Popen([build / "bin" / "tests" / "rights_oracle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True, bufsize=1)


@functools.cache
def decide(operation: str, facts: frozenset[str], phase: str = "open") -> Verdict:
    """`facts`: what holds of the caller ("authenticated", "helper" …, "fresh") and between the two ("creator",
    "invited_helper", "colleague", "instructs", "invited_expert", "managed", "own", "in_scope")."""
    oracle = _oracle()
    oracle.stdin.write(f"{operation} {phase} {','.join(sorted(facts))}\n")
    answer = oracle.stdout.readline().split()
    assert answer, f"the table knows no {operation} {phase} {sorted(facts)}"
    return Verdict(answer[0], *answer[1:2], *map(int, answer[2:]))
