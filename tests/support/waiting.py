"""Waiting on a condition with a deadline: the only place where tests pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 10.0, what: str = "", every: float = 0.05) -> T:
    """The first truthy answer of `condition`; AssertionError, with the last answer, when the seconds are over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what or 'condition'} did not come true in {seconds} s; last answer: {answer!r}")
        time.sleep(every)
