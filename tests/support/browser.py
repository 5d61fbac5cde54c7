"""A browser's side of HTTP: cookies, the headers that pages send, problem documents. No JavaScript."""

from __future__ import annotations

import copy
import http.client
import json
import select
import ssl
import uuid
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlsplit

_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass
class Answer:
    """A whole answer, body read."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    asked: str

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of a problem document; empty otherwise."""
        if not (self.headers.get("Content-Type") or "").startswith("application/problem+json"):
            return ""
        return self.json().get("code", "")

    def expect(self, status: int, code: str = "") -> "Answer":
        """Itself, or an AssertionError that shows what came instead."""
        if self.status != status or (code and self.code != code):
            wanted = f"{status} {code}".strip()
            raise AssertionError(f"{self.asked}: wanted {wanted}, got {self.status}: "
                                 f"{self.body[:2000].decode('utf-8', 'replace')}")
        return self


@dataclass
class Browser:
    """One person's browser. Not thread-safe; `copy()` gives another with the same cookies."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    authority: str = ""  # file of the CA for https
    timeout: float = 60.0
    source: str = ""  # the address to call from; loopback has many
    _connection: http.client.HTTPConnection | None = None

    def copy(self) -> "Browser":
        return Browser(self.base, copy.copy(self.cookies), copy.copy(self.headers), self.authority, self.timeout, self.source)

    # --- calls -------------------------------------------------------------------------------------------------

    def get(self, path: str, **more: Any) -> Answer:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Answer:
        return self.call("POST", path, json={} if json is None else json, **more)

    def put(self, path: str, json: Any, **more: Any) -> Answer:
        return self.call("PUT", path, json=json, **more)

    def patch(self, path: str, json: Any, **more: Any) -> Answer:
        return self.call("PATCH", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.call("DELETE", path, **more)

    def create(self, path: str, json: Any = None, key: str | None = None, **more: Any) -> Answer:
        """POST with an Idempotency-Key, a new one unless given."""
        return self.call("POST", path, json={} if json is None else json, key=key or str(uuid.uuid4()), **more)

    def upload(self, path: str, content: bytes, name: str, kind: str, key: str | None = None, **more: Any) -> Answer:
        """A raw body with its file name, as the upload routes take it."""
        headers = {"Content-Type": kind,
                   "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                   **more.pop("headers", {})}
        return self.call("POST", path, body=content, key=key or str(uuid.uuid4()), headers=headers, **more)

    def call(self, method: str, path: str, *, json: Any = None, body: bytes | None = None, key: str | None = None,
             version: str | int | None = None, headers: dict[str, str] | None = None, repeat: bool = True) -> Answer:
        """One exchange. When a kept connection ends under it, safe calls and those with a key are made once more on a new
        one; `repeat=False` never."""
        payload = body if body is not None else None if json is None else _encode(json)
        sent = self.request_headers(method, payload, json is not None, key, version)
        sent.update(headers or {})
        for attempt in range(2):
            self._leave_closed()
            fresh = self._connection is None
            connection = self._connection = self._connection or self._open()
            try:
                connection.request(method, path, body=payload, headers=sent)
                response = connection.getresponse()
                answer = Answer(response.status, response.headers, response.read(), f"{method} {path}")
            except (OSError, http.client.HTTPException):
                self.close()
                if attempt == 0 and repeat and not fresh and (method in _SAFE or key):
                    continue
                raise
            if response.will_close:
                self.close()
            self.remember(response.headers)
            return answer
        raise AssertionError("unreachable")

    def stream(self, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """A GET whose body the caller reads (downloads, /v1/live); on a connection of its own, to be closed."""
        connection = self._open()
        connection.request("GET", path, headers={**self.request_headers("GET", None, False, None, None), **(headers or {})})
        response = connection.getresponse()
        response.aplus_connection = connection  # type: ignore[attr-defined]  # lives as long as the answer
        self.remember(response.headers)
        return response

    def _leave_closed(self) -> None:
        """Between two exchanges nothing is to be read: what is readable is the end of a kept connection, which the gateway
        closes when it has been idle. Browsers look before they write, too."""
        if self._connection is not None and self._connection.sock is not None and \
                select.select([self._connection.sock], [], [], 0)[0]:
            self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # --- what pages send ----------------------------------------------------------------------------------------

    def request_headers(self, method: str, payload: bytes | None, is_json: bool, key: str | None,
                        version: str | int | None) -> dict[str, str]:
        sent = {"Accept": "application/json", "User-Agent": "aplus-tests", "Sec-Fetch-Site": "same-origin",
                **self.headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method not in _SAFE:
            sent["X-Aplus"] = "1"
            sent["Origin"] = self.base
        if is_json or (payload is None and method not in _SAFE):
            sent["Content-Type"] = "application/json"
        if key is not None:
            sent["Idempotency-Key"] = key
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        return sent

    def remember(self, headers: http.client.HTTPMessage) -> None:
        """Keeps and drops cookies as told."""
        for line in headers.get_all("Set-Cookie") or []:
            pair, *attributes = [part.strip() for part in line.split(";")]
            name, _, value = pair.partition("=")
            told = {key.lower(): text for key, _, text in (attribute.partition("=") for attribute in attributes)}
            gone = told.get("max-age") == "0" or not value
            if "max-age" not in told and "expires" in told:
                gone = gone or parsedate_to_datetime(told["expires"]) <= datetime.now(timezone.utc)
            if gone:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def _open(self) -> http.client.HTTPConnection:
        url = urlsplit(self.base)
        source = (self.source, 0) if self.source else None
        if url.scheme == "https":
            return http.client.HTTPSConnection(url.hostname, url.port, timeout=self.timeout, source_address=source,
                                               context=ssl.create_default_context(cafile=self.authority))
        return http.client.HTTPConnection(url.hostname, url.port, timeout=self.timeout, source_address=source)


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
