"""Received mails, bounded, one JSON file each so that they survive a restart. Safe from any thread."""

from __future__ import annotations

import email
import email.policy
import json
import os
import threading
import time
from datetime import datetime, timezone
from email.message import EmailMessage
from pathlib import Path

KEPT = 10_000


class Store:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = threading.Condition()
        self._messages: list[dict] = []
        self._next = 1
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.json")):
            try:
                self._messages.append(json.loads(path.read_text()))
            except ValueError:
                path.unlink()  # half written by a kill
        if self._messages:
            self._next = int(self._messages[-1]["id"]) + 1
        self._forget_oldest()

    def add(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Takes one mail as it came over the wire; answers its id."""
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        headers: dict[str, str] = {}
        for name, value in parsed.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else str(value)
        with self._changed:
            message = {
                "id": f"{self._next:09d}",
                "receivedAt": datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z"),
                "envelope": {"from": sender, "to": recipients},
                "headers": headers,
                "subject": headers.get("Subject", ""),
                "text": _part(parsed, "plain"),
                "html": _part(parsed, "html"),
            }
            self._next += 1
            path = self._path(message["id"])
            temporary = path.with_suffix(".new")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(message, file, ensure_ascii=False)
            temporary.replace(path)
            self._messages.append(message)
            self._forget_oldest()
            self._changed.notify_all()
            return message["id"]

    def find(self, to: str = "", after: str = "", since: datetime | None = None, subject: str = "",
             wait: float = 0.0) -> list[dict]:
        """Oldest first. `subject`: a part of it. With `wait`, blocks until something fits or the seconds are over."""
        deadline = time.monotonic() + wait
        with self._changed:
            while True:
                found = [message for message in self._messages
                         if message["id"] > after and subject in message["subject"]
                         and (since is None or datetime.fromisoformat(message["receivedAt"]) >= since)
                         and (not to or any(to.lower() == address.lower() for address in message["envelope"]["to"]))]
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def get(self, message_id: str) -> dict | None:
        with self._changed:
            return next((message for message in self._messages if message["id"] == message_id), None)

    def clear(self) -> None:
        with self._changed:
            for message in self._messages:
                self._path(message["id"]).unlink(missing_ok=True)
            self._messages.clear()

    def _forget_oldest(self) -> None:
        while len(self._messages) > KEPT:
            self._path(self._messages.pop(0)["id"]).unlink(missing_ok=True)

    def _path(self, message_id: str) -> Path:
        return self._folder / f"{message_id}.json"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return part.get_content()
    except (LookupError, UnicodeError):  # a charset nobody knows
        return part.get_payload(decode=True).decode("utf-8", "replace")
