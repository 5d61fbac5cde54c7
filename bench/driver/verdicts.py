"""Figures as lines, and what they mean for the goals."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable

from driver import processes


class Verdicts:
    """Collects the ratios of one benchmark; `close` answers the exit code."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, bool]] = []

    def at_least(self, what: str, value: float, goal: float, unit: str = "") -> None:
        self._add(what, value, goal, unit, ">=", value >= goal)

    def at_most(self, what: str, value: float, goal: float, unit: str = "") -> None:
        self._add(what, value, goal, unit, "<=", value <= goal)

    def _add(self, what: str, value: float, goal: float, unit: str, sign: str, reached: bool) -> None:
        word = "reached" if reached else "NOT reached"
        self._rows.append((f"  {what:<58} {value:8.2f}{unit}   goal {sign} {goal:g}{unit}   {word}", reached))

    def close(self) -> int:
        print("ratios:")
        for line, _ in self._rows:
            print(line)
        return 0 if all(reached for _, reached in self._rows) else 1


def interleaved(rounds: int, subjects: dict[str, Callable[[], dict]]) -> dict[str, list[dict]]:
    """Each subject once a round, so that what else the machine does meanwhile hits all alike."""
    taken: dict[str, list[dict]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in subjects.items():
            taken[name].append(measure())
    return taken


def median(samples: list[dict], key: str) -> float:
    return statistics.median(sample[key] for sample in samples)


def best(samples: list[dict], key: str, least: bool = False) -> float:
    values = [sample[key] for sample in samples]
    return min(values) if least else max(values)


def conditions() -> str:
    """What else the machine was doing, for whoever reads the figures later."""
    first = ", what is measured goes first" if processes.prefer() else ""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} when it began{first}"
