"""Ports of this machine that nobody uses."""

from __future__ import annotations

import socket

# Below Linux's ephemeral range (32768 up), so that no outgoing connection takes a port we keep.
FIRST, LAST = 20000, 31999


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Listeners set it too: a port in TIME_WAIT is free for them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Picker:
    """Hands out free ports, each once, starting from a place that the seed decides."""

    def __init__(self, seed: str, taken: set[int] | None = None) -> None:
        span = LAST - FIRST + 1
        self._next = FIRST + int(seed, 16) % (span // 32) * 32
        self._taken = set(taken or ())

    def take(self) -> int:
        for _ in range(LAST - FIRST + 1):
            port = self._next
            self._next = FIRST if port >= LAST else port + 1
            if port not in self._taken and is_free(port):
                self._taken.add(port)
                return port
        raise RuntimeError("no free port on this machine")
