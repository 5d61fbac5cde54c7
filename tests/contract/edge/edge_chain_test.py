"""T-EDGE-02: nginx and the gateway behind it never disagree on where a request ends.

The same hostile bytes go to both; whatever nginx lets through, the gateway counts as the same number of requests, and no
answer reaches a client who did not ask for it."""

from __future__ import annotations

import random
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aplus.ports import Picker
from support.waiting import wait_until

_NGINX = """
worker_processes 1;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 256; }}
http {{
  access_log off;
  log_format upstream '$upstream_status';
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ignore_invalid_headers off;
  underscores_in_headers on;
  upstream gateway {{ server {gateway}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{port};
    access_log {folder}/upstream.log upstream;
    location / {{
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Host {gateway};
      proxy_set_header Connection "";
      proxy_next_upstream off;
      proxy_ignore_client_abort on;
    }}
  }}
}}
"""


class Chain:
    """nginx in front of a running gateway."""

    def __init__(self, gateway: str, folder: Path, port: int) -> None:
        self.port = port
        self._log = folder / "upstream.log"
        configuration = folder / "nginx.conf"
        configuration.write_text(_NGINX.format(folder=folder, gateway=urlsplit(gateway).netloc, port=port))
        self._process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._listens, what="nginx listens")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def forwarded(self) -> int:
        """Requests that nginx sent on and got an answer to (502: none came)."""
        return sum(1 for line in self._log.read_text().splitlines() if re.fullmatch(r"\d{3}", line) and line != "502")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="module")
def chain(platforms, tmp_path_factory) -> Iterator[tuple]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: ./aplus install --long")
    platform = platforms.get()
    made = Chain(platform.gateway, tmp_path_factory.mktemp("nginx"), Picker(secrets.token_hex(4)).take())
    yield platform, made
    made.stop()


def _answered(platform) -> int:
    """Answers that the gateway gave, of whatever status."""
    return sum(int(float(number)) for number in re.findall(r'^aplus_http_responses_total\{[^}]*\} (\S+)$',
                                                           platform.metrics("gateway"), re.MULTILINE))


def _exchange(port: int, data: bytes) -> bytes:
    got = b""
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(10)
            while piece := client.recv(65536):
                got += piece
        except OSError:
            pass
    return got


_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
_SPICE = [b"\r\n", b"\n", b"\r", b"\t", b" ", b":", b"\x00", b"\x0b", b"Transfer-Encoding: chunked\r\n", b"transfer-encoding:\x0bchunked\r\n",
          b"Transfer-Encoding : chunked\r\n", b"Transfer_Encoding: chunked\r\n", b"Content-Length: 0\r\n", b"Content-Length: 5\r\n",
          b"Content-Length: 5, 5\r\n", b"Content-Length: +5\r\n", b"Content-Length: 0x5\r\n", b"Content_Length: 5\r\n", b"Connection: close\r\n",
          b"Connection: Content-Length\r\n", b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n", b"Trailer: X\r\n", b"X: a\r\n b\r\n",
          b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", _SMUGGLED]


def _message(rng: random.Random) -> bytes:
    """A POST with a body that looks like a request, its framing spoilt in one to three places."""
    body = rng.choice([_SMUGGLED, b"hello", b"0\r\n\r\n" + _SMUGGLED, b"5\r\nhello\r\n0\r\n\r\n" + _SMUGGLED])
    fields = [b"Host: 127.0.0.1\r\n", b"Content-Type: application/json\r\n", b"X-Aplus: 1\r\n"]
    fields += rng.choice([[b"Content-Length: %d\r\n" % len(body)], [b"Content-Length: %d\r\n" % max(0, len(body) - rng.randrange(9))],
                          [b"Transfer-Encoding: chunked\r\n"], [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"], []])
    for _ in range(rng.randrange(4)):
        fields.insert(rng.randrange(len(fields) + 1), rng.choice(_SPICE))
    head = rng.choice([b"POST", b"GET", b"PUT"]) + b" /v1/auth/links" + rng.choice([b"", b"%0a", b"#", b"\\"]) + b" HTTP/1.1\r\n"
    data = head + b"".join(fields) + b"\r\n" + body
    for _ in range(rng.randrange(2)):
        at = rng.randrange(len(data))
        data = data[:at] + rng.choice([b"", rng.choice(_SPICE), bytes([rng.randrange(256)])]) + data[at + rng.randrange(2):]
    return data


def _storm(platform, made: Chain, rng: random.Random, count: int) -> None:
    forwarded, answered = made.forwarded(), _answered(platform)
    for number in range(count):
        data = _message(rng)
        got = _exchange(made.port, data)
        assert b"/smuggled" not in got, data
        if number % 50 != 49 and number != count - 1:
            continue
        # nginx writes its line, and the gateway counts, when the answer is out.
        seen = (0, -1)

        def same() -> bool:
            nonlocal seen
            seen = made.forwarded() - forwarded, _answered(platform) - answered
            return seen[0] == seen[1]

        try:
            wait_until(same, 5.0)
        except AssertionError:
            pytest.fail(f"after {number + 1} messages nginx counts {seen[0]} and the gateway {seen[1]}; the last: {data!r}")
    print(f"{made.forwarded() - forwarded} of {count} went through nginx")
    assert made.forwarded() - forwarded > count * 0.02, "nginx let hardly anything through: nothing was compared"


@pytest.mark.long
def test_T_EDGE_02_nginx_and_the_gateway_count_the_same_requests(chain, rng):
    platform, made = chain
    _storm(platform, made, rng, 200)


@pytest.mark.long
def test_T_EDGE_02_a_thousand_mutated_messages(chain, rng):
    platform, made = chain
    _storm(platform, made, rng, 1000)
