"""The routes as gateway/openapi.json tells them, and calls made up from it: right, nearly right and wrong."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aplus.layout import ROOT
from support import people

_DOCUMENT = json.loads((ROOT / "gateway" / "openapi.json").read_text())
_VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    verb: str
    path: str
    operation: dict

    @property
    def name(self) -> str:
        return f"{self.verb.upper()} {self.path}"

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.operation["responses"]}

    @property
    def unsafe(self) -> bool:
        return self.verb != "get"

    @property
    def body_type(self) -> str:
        """Media type of the request body; empty without one."""
        return next(iter(self.operation.get("requestBody", {}).get("content", {})), "")

    @property
    def streams(self) -> bool:
        return self.path == "/v1/live"


ROUTES = [Route(verb, path, operation) for path, item in _DOCUMENT["paths"].items()
          for verb, operation in item.items() if verb in _VERBS]


def resolve(schema: dict) -> dict:
    while "$ref" in schema:
        node: Any = _DOCUMENT
        for step in schema["$ref"].removeprefix("#/").split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]
        schema = node
    return schema


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    route: Route
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.headers} {self.body!r:.600} ({', '.join(self.notes) or 'right'})"


# Text that parsers, databases and pages stumble over.
_NASTY = ("", " ", "\u0000", "a\u0000b", "\u202etxt.exe", "\ufeff", "e\u0301" * 40, "𝄞" * 30, "' OR 1=1 --", "%00", "../../etc/passwd",
          "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "\r\nX-Evil: 1", "null", "-1", "1e99999", "9" * 30,
          "x" * 5000, "İ", "ﬀ", "\ud7ff", "\U0010ffff", "=cmd|' /C calc'!A0", "a" * 255 + ".pdf")
_WRONG = (None, True, 0, -1, 1.5, 10**30, "x", [], {}, [[]], {"a": 1}, ["x"] * 50)


class Maker:
    """Makes calls; the same seed makes the same ones. `ids` are things that exist, to hit something now and then."""

    def __init__(self, rng: random.Random, ids: list[str]) -> None:
        self._rng = rng
        self._ids = ids

    def call(self) -> Call:
        route = self._rng.choice([route for route in ROUTES if not route.streams])
        notes: list[str] = []
        path, query, headers = route.path, [], {}
        for parameter in route.operation.get("parameters", []):
            parameter = resolve(parameter)
            name, place = parameter["name"], parameter["in"]
            value = self._text(parameter.get("schema", {}), name)
            if self._chance(0.08):
                value = self._rng.choice(_NASTY)
                notes.append(f"{name} odd")
            if place == "path":
                path = path.replace("{" + name + "}", quote(value, safe="") or "x")
            elif place == "query" and (parameter.get("required") or self._chance(0.5)):
                query.append(f"{quote(name)}={quote(value)}")
            elif place == "header" and (parameter.get("required") and not self._chance(0.04) or self._chance(0.2)):
                headers[name] = value
        if self._chance(0.03):
            query.append(self._rng.choice(["x=1", "pageSize=0", "pageSize=1&pageSize=2", "=", "&&", "a=%zz", "a=%ff"]))
            notes.append("query odd")
        body = None
        if route.body_type == "application/json":
            schema = route.operation["requestBody"]["content"]["application/json"]["schema"]
            body = self._json(self._value(schema, 0, notes), notes)
            headers["Content-Type"] = "application/json"
        elif route.body_type:
            body = self._rng.choice([b"", b"%PDF-1.4\n%%EOF\n", b"\xff\xd8\xff\xe0", bytes(self._rng.randbytes(300)), b"text"])
            headers["Content-Type"] = self._rng.choice(["application/pdf", "image/jpeg", "text/html", "x", "application/json"])
            headers.setdefault("Content-Disposition", "attachment; filename*=UTF-8''a.pdf")
        elif route.unsafe:
            headers["Content-Type"] = "application/json"
            body = b"{}" if route.verb != "delete" else None
        if self._chance(0.04):
            headers["Content-Type"] = self._rng.choice(["text/plain", "application/x-www-form-urlencoded", "", "a/b; c=\"d"])
            notes.append("type odd")
        method = route.verb.upper()
        if self._chance(0.01):
            method = self._rng.choice(["PUT", "DELETE", "PATCH", "POST", "GET", "HEAD"])
            notes.append(f"as {method}")
        return Call(method, path + ("?" + "&".join(query) if query else ""), _sendable(headers), body, route, notes)

    # --- values ------------------------------------------------------------------------------------------------

    def _chance(self, probability: float) -> bool:
        return self._rng.random() < probability

    def _text(self, schema: dict, name: str = "") -> str:
        schema = resolve(schema)
        if "const" in schema:
            return str(schema["const"])
        if "enum" in schema:
            return str(self._rng.choice(schema["enum"]))
        kind = schema.get("format", "")
        if kind == "uuid":
            if name == "Idempotency-Key" or self._chance(0.2):
                return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
            return self._rng.choice(self._ids)
        if kind == "insee-departement":
            return self._rng.choice(["95", "75", "2A", "974", "20", "00"])
        if kind in ("date", "date-time"):
            return self._rng.choice(["2026-01-02", "2026-02-30", "1944-05-06T07:08:09Z", "2026-01-02T00:00:00Z"])
        if kind == "email":
            return self._rng.choice([people.HELPER, "nobody@nowhere.test", "a@b", "@"])
        if schema.get("type") in ("integer", "number"):
            return str(self._rng.choice([0, 1, 25, 100, 101, -1, 2**31, 2**63]))
        if schema.get("type") == "boolean":
            return self._rng.choice(["true", "false", "1", "oui"])
        longest = min(schema.get("maxLength", 40), 300)
        return "".join(self._rng.choice("aéz 19-'œ") for _ in range(self._rng.randint(1, max(1, longest))))

    def _value(self, schema: dict, depth: int, notes: list[str]) -> Any:
        schema = resolve(schema)
        if self._chance(0.02):
            notes.append("wrong type")
            return self._rng.choice(_WRONG)
        if "oneOf" in schema or "anyOf" in schema:
            return self._value(self._rng.choice(schema.get("oneOf") or schema["anyOf"]), depth, notes)
        kind = schema.get("type")
        if kind == "object":
            required = set(schema.get("required", []))
            made = {name: self._value(each, depth + 1, notes) for name, each in schema.get("properties", {}).items()
                    if depth < 6 and (name in required and not self._chance(0.03) or self._chance(0.4))}
            if self._chance(0.02):
                notes.append("unknown field")
                made[self._rng.choice(["constructor", "id", "__proto__", "version", "état", "a" * 300])] = 1
            return made
        if kind == "array":
            return [self._value(schema.get("items", {}), depth + 1, notes) for _ in range(self._rng.choice([0, 1, 1, 2, 3]))]
        if kind == "boolean":
            return self._chance(0.7)
        if kind in ("integer", "number"):
            return self._rng.choice([0, 1, 2, 100, -1, 2**31, 1.5])
        if self._chance(0.05):
            notes.append("odd text")
            return self._rng.choice(_NASTY)
        return self._text(schema)

    def _json(self, value: Any, notes: list[str]) -> bytes:
        text = json.dumps(value, ensure_ascii=self._chance(0.5)).encode("utf-8", "surrogatepass")
        if not self._chance(0.06):
            return text
        notes.append("broken JSON")
        at = self._rng.randrange(len(text) + 1)
        return self._rng.choice([text[:at], text[:at] + self._rng.randbytes(2) + text[at:], text * 2, text + b"\x00", b"\xff" + text,
                                 b"[" * 5000, text[:at] + b',"a":1,"a":2' + text[at:]])


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    """What a client library lets through: header values are latin-1 without line ends."""
    return {name: value.encode("latin-1", "replace").decode("latin-1").translate({0: " ", 10: " ", 13: " "}).strip()
            for name, value in headers.items()}
