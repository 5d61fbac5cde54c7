"""The mailbox over HTTP: pages for people, /api for programs. Loopback only."""

from __future__ import annotations

import json
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aplus.mailbox import pages
from aplus.mailbox.faults import Faults
from aplus.mailbox.store import Store

_MAX_BODY = 64 * 1024
_MAX_WAIT = 300.0
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# Mails carry their own style and pictures as data; nothing is fetched from anywhere.
_PART_POLICY = ("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
                "img-src data:")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], store: Store, faults: Faults) -> None:
        super().__init__(address, Handler)
        self.store = store
        self.faults = faults


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "aplus-mailbox"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if not self._is_ours():
            return
        if url.path == "/":
            self._send(200, pages.inbox(self.server.store.find(query.get("to", "")), query.get("to", "")))
        elif url.path == "/style.css":
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
        elif url.path == "/api/messages":
            try:
                wait = min(float(query.get("wait", "0")), _MAX_WAIT)
                since = datetime.fromisoformat(query["since"]) if "since" in query else None
                if since is not None and since.tzinfo is None:
                    raise ValueError("a time without its zone")
            except ValueError:
                self._json(400, {"error": "wait is a number of seconds, since a time like 2026-05-12T15:00:00Z"})
                return
            self._json(200, self.server.store.find(query.get("to", ""), query.get("after", ""), since,
                                                    query.get("subject", ""), wait))
        elif url.path == "/api/faults":
            self._json(200, self.server.faults.describe())
        elif url.path == "/api/ready":
            self._json(200, {"ready": True})
        elif url.path.startswith("/messages/"):
            self._message(url.path.removeprefix("/messages/"))
        else:
            self._send(404, pages.missing())

    def do_POST(self) -> None:  # noqa: N802
        body = self._body()
        if body is None or not self._is_ours():
            return
        if urlsplit(self.path).path != "/api/faults":
            self._json(404, {"error": "unknown"})
            return
        # A page elsewhere cannot send this type without asking first, and nothing here answers the question.
        if self.headers.get_content_type() != "application/json":
            self._json(415, {"error": "application/json"})
            return
        try:
            wanted = json.loads(body)
            self.server.faults.set(wanted if isinstance(wanted, list) else [wanted])
        except (ValueError, TypeError, AttributeError) as error:
            self._json(400, {"error": str(error)})
            return
        self._json(200, self.server.faults.describe())

    def do_DELETE(self) -> None:  # noqa: N802
        if not self._is_ours():
            return
        if urlsplit(self.path).path != "/api/messages":
            self._json(404, {"error": "unknown"})
            return
        self.server.store.clear()
        self._send(204, "")

    def log_message(self, format: str, *args: object) -> None:
        """Addresses are personal data and stand in the query: nothing is logged."""

    def _message(self, rest: str) -> None:
        message_id, _, part = rest.partition("/")
        message = self.server.store.get(message_id)
        if message is None or part not in ("", "html"):
            self._send(404, pages.missing())
        elif part == "html":
            self._send(200, pages.html_part(message), policy=_PART_POLICY)
        else:
            self._send(200, pages.message(message))

    def _is_ours(self) -> bool:
        """Refuses what a page of another site might make a browser ask here (DNS rebinding)."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host in ("127.0.0.1", "localhost"):
            return True
        self._json(421, {"error": "ask as 127.0.0.1 or localhost"})
        return False

    def _body(self) -> bytes | None:
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= _MAX_BODY:
            self.close_connection = True
            self._json(413, {"error": "too large"})
            return None
        return self.rfile.read(length)

    def _json(self, status: int, value: object) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False), "application/json")

    def _send(self, status: int, text: str, kind: str = "text/html; charset=utf-8", policy: str = _PAGE_POLICY) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if status != 204:
            self.wfile.write(body)
