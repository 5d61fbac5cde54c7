"""A real OpenID provider (npm oidc-provider) and the browser that goes there (tests/support/oidc/provider.mjs)."""

from __future__ import annotations

import fcntl
import http.client
import json
import ssl
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aplus import certificates
from aplus.layout import write_private

HERE = Path(__file__).parent / "oidc"
CLIENT = "aplus-essai"
SECRET = "un-secret-que-deux-connaissent-0123456789"


def _install() -> None:
    with open(HERE / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / "oidc-provider").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HERE, check=True)


class IdentityProvider:
    """Serves until `close`. `section` is what auth's configuration says of it."""

    def __init__(self, folder: Path) -> None:
        _install()
        certificates.make(folder, ["provider"])
        self._folder = folder
        self._log = open(folder / "provider.log", "wb")
        self._process = subprocess.Popen(
            ["node", str(HERE / "provider.mjs"), str(folder / "provider.pem"), str(folder / "provider-key.pem")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log)
        line = self._process.stdout.readline()
        assert line, (folder / "provider.log").read_text()
        self.port = json.loads(line)["port"]
        self.issuer = f"https://127.0.0.1:{self.port}"
        self._tls = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        self.secret_file = folder / "client-secret"
        write_private(self.secret_file, SECRET + "\n")

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._log.close()

    def section(self, **more: Any) -> dict:
        return {"issuer": self.issuer, "client_id": CLIENT, "ca": str(self._folder / "ca.pem"), **more}

    def control(self, **told: Any) -> dict:
        answer = self._call("POST", "/control", json.dumps(told).encode())
        assert answer.status == 200, answer.status
        return json.loads(answer.read())

    def visit(self, url: str) -> dict[str, str]:
        """Follows the provider's pages as a browser does, until it is sent back; answers what it is sent back with."""
        cookies: dict[str, str] = {}
        for _ in range(10):
            target = urlsplit(url)
            if target.netloc and target.netloc != f"127.0.0.1:{self.port}":
                return {name: values[0] for name, values in parse_qs(target.query).items()}
            answer = self._call("GET", f"{target.path}?{target.query}", cookies=cookies)
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                cookies[name] = value
            assert answer.status in (302, 303), f"{target.path}: {answer.status} {answer.read()[:600]!r}"
            url = answer.headers["Location"]
        raise AssertionError("the provider sends the browser in a circle")

    def _call(self, method: str, path: str, body: bytes | None = None, cookies: dict[str, str] | None = None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._tls, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        connection.request(method, path, body, headers)
        return connection.getresponse()
