"""The mailbox of a platform, as a program sees it."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from typing import Any

_TOKEN = re.compile(r"#t=([A-Za-z0-9_-]{43})")
# Crockford's base32: no I, L, O, U; shown in two halves or in one piece.
_CODE = re.compile(r"\b([0-9A-HJKMNP-TV-Z]{4})[ -]?([0-9A-HJKMNP-TV-Z]{4})\b")


class Mailbox:
    def __init__(self, base: str) -> None:
        self.base = base

    def messages(self, to: str = "", after: str = "", wait: float = 0.0, subject: str = "") -> list[dict]:
        """Oldest first; `after` an id, `subject` a part of it; with `wait`, blocks until one fits."""
        query = urllib.parse.urlencode({"to": to, "after": after, "wait": wait, "subject": subject})
        return self._call("GET", f"/api/messages?{query}", timeout=wait + 10)

    def last_id(self) -> str:
        """To hand to `after`: what arrives from now on."""
        found = self.messages()
        return found[-1]["id"] if found else ""

    def wait(self, to: str, after: str = "", subject: str = "", seconds: float = 20.0) -> dict:
        """The first mail to the address, later than `after`, whose subject holds `subject`."""
        found = self.messages(to, after, seconds, subject)
        if not found:
            others = [message["subject"] for message in self.messages(to)]
            raise AssertionError(f"no mail to {to} about {subject!r} in {seconds} s; there were {others}")
        return found[0]

    def clear(self) -> None:
        self._call("DELETE", "/api/messages")

    def fault(self, mode: str = "none", **more: Any) -> None:
        """See tools/aplus/mailbox/faults.py: mode refuse, tempfail, delay, drop; stage connect … dot; count, to …"""
        self._call("POST", "/api/faults", {"mode": mode, **more})

    def faults_happened(self) -> int:
        return self._call("GET", "/api/faults")["happened"]

    def _call(self, method: str, path: str, body: Any = None, timeout: float = 20) -> Any:
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=timeout) as response:
            text = response.read()
        return json.loads(text) if text else None


def token_of(message: dict) -> str:
    """The token of a login mail, from its text part."""
    match = _TOKEN.search(message["text"])
    assert match, "the login mail holds no link"
    return match.group(1)


def code_of(message: dict) -> str:
    """The 8-character code of a login mail."""
    # A token may hold something that looks like a code: look in what is left without links.
    match = _CODE.search(re.sub(r"https?://\S+", "", message["text"]))
    assert match, "the login mail holds no code"
    return match.group(1) + match.group(2)
