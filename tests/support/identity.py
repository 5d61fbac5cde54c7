"""Identity tokens signed with the platform's own key, as auth signs them (libs/identity/token.h): lets the service tier
call as anybody, and forge what must be refused."""

from __future__ import annotations

import base64
import json
import time
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from aplus.local_platform import LocalPlatform
from support import people

_ROLES = {"helper": 1, "instructor": 2, "manager": 4}
_ACCOUNT_ROLES = {"administrator": 1, "expert": 2, "observer": 4}
_SIDES = {"helper": 1, "instructor": 2}
_KINDS = {row["id"]: row["kind"] for row in json.loads(
    (Path(__file__).resolve().parents[2] / "data" / "reference" / "organisations.json").read_text())["organisations"]}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Identities:
    def __init__(self, local: LocalPlatform) -> None:
        path = next((local.layout.secrets / "identity").glob("*.pem"))
        self._key = load_pem_private_key(path.read_bytes(), None)
        self._key_id = path.stem

    def claims(self, email: str, **changed: Any) -> dict:
        """What auth would say of a demonstration person now; `changed` replaces claims, None leaves one out."""
        row = people.USERS[email]
        issued = int(time.time())
        claims: dict[str, Any] = {
            "iss": "aplus-auth", "aud": "aplus", "sub": row["id"], "sid": str(uuid.uuid4()), "auth_time": issued,
            "amr": ["mail"], "iat": issued, "exp": issued + 30, "jti": _encode(uuid.uuid4().bytes)}
        account = sum(_ACCOUNT_ROLES[role] for role in row["account_roles"])
        if account:
            claims["acc"] = account
        if row["shared"]:
            claims["shared"] = True
        claims["terms"] = True
        claims["mem"] = [
            [_encode(uuid.UUID(membership["group_id"]).bytes), sum(_ROLES[role] for role in membership["roles"]),
             _SIDES[_KINDS[people.GROUPS[membership["group_id"]]["organisation_id"]]]]
            for membership in row["memberships"]]
        claims.update(changed)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, email: str, **changed: Any) -> str:
        return self.sign(self.claims(email, **changed))

    def sign(self, claims: dict, header: dict | None = None) -> str:
        """A compact JWS; with another `header`, one that must be refused."""
        header = header or {"alg": "EdDSA", "typ": "aplus-iit+jwt", "kid": self._key_id}
        parts = [_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
        return ".".join([*parts, _encode(self._key.sign(".".join(parts).encode()))])
