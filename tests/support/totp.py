"""An authenticator application (RFC 6238), as a person holds it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

from support.waiting import wait_until

_STEP = 30


class Authenticator:
    """Of one account. Codes work once each, so `code` never gives the same one twice."""

    def __init__(self, secret: str) -> None:
        self._secret = base64.b32decode(secret)
        self._last = 0

    def code_of(self, step: int) -> str:
        mac = hmac.new(self._secret, struct.pack(">Q", step), hashlib.sha1).digest()
        offset = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7fffffff) % 1_000_000:06}"

    @staticmethod
    def step() -> int:
        return int(time.time()) // _STEP

    def code(self) -> str:
        """The next unused code: of the step before, this one or the next, as long as there is one."""
        wanted = max(self._last + 1, self.step() - 1)
        # Three codes may be used at once; who needs a fourth waits for the clock.
        wait_until(lambda: wanted <= self.step() + 1, seconds=_STEP + 5, what="the application's next code")
        self._last = wanted
        return self.code_of(wanted)
