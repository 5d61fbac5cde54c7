"""Calls and rows that the tests of auth share."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any


LOGIN = "aplus/auth/v1/login.proto"
ME = "aplus/auth/v1/me.proto"
DIRECTORY = "aplus/auth/v1/directory.proto"
INTERNAL = "aplus/auth/v1/internal.proto"
SECOND_FACTOR = "aplus/auth/v1/second_factor.proto"
PROCONNECT = "aplus/auth/v1/proconnect.proto"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_token() -> tuple[str, bytes]:
    """The text of a token, and what is stored of it."""
    value = secrets.token_bytes(32)
    return b64(value), hashlib.sha256(value).digest()


def make_account(platform, email: str = "", **columns: Any) -> tuple[str, str]:
    """An account of this test's own, so that rations of login mails are nobody else's; answers id and address."""
    email = email or f"essai-{secrets.token_hex(6)}@fs95.test"
    user = str(uuid.uuid4())
    platform.sql("auth", "INSERT INTO account (id, email, email_key, first_name, last_name) VALUES (%s, %s, %s, %s, %s)",
                 user, email, email, "Essai", "Provisoire")
    for column, value in columns.items():
        platform.sql("auth", f"UPDATE account SET {column} = %s WHERE id = %s", value, user)
    return user, email


@dataclass
class Asked:
    """A login request as RequestLink writes it, without its event: the platform's own mails stay out of it."""

    id: str
    binding: str


def ask(platform, email: str, binding: str = "") -> Asked:
    text, digest = new_token()
    if binding:
        text = binding
        digest = hashlib.sha256(base64.urlsafe_b64decode(binding + "=")).digest()
    request = str(uuid.uuid4())
    platform.sql("auth", "INSERT INTO login_request (id, email_key, binding_hash, address_mac, asked_from, return_to) "
                         "VALUES (%s, %s, %s, %s, %s, %s)", request, email, digest, bytes(32), "", "/demandes")
    return Asked(request, text)


def mint(platform, asked: Asked) -> Any:
    return platform.rpc.call("auth", INTERNAL, "Sessions.MintLoginToken", {"login_request_id": asked.id},
                             certificate="notifications")


def consume(platform, **fields: str) -> Any:
    return platform.rpc.call("auth", LOGIN, "Login.ConsumeLink", fields)


def log_in(platform, email: str) -> str:
    """The session of a fresh login."""
    asked = ask(platform, email)
    return consume(platform, token=mint(platform, asked).token, binding=asked.binding).session


def authenticate(platform, session: str, passive: bool = False) -> Any:
    return platform.rpc.call("auth", INTERNAL, "Sessions.Authenticate", {"session": session, "passive": passive})


def me(platform, method: str, token: str, **fields: Any) -> Any:
    return platform.rpc.call("auth", ME, f"Me.{method}", fields, token=token)


def directory(platform, method: str, token: str, **fields: Any) -> Any:
    return platform.rpc.call("auth", DIRECTORY, f"Directory.{method}", fields, token=token)


def second_factor(platform, method: str, token: str, **fields: Any) -> Any:
    return platform.rpc.call("auth", SECOND_FACTOR, f"SecondFactor.{method}", fields, token=token)


def proconnect(platform, method: str, **fields: Any) -> Any:
    return platform.rpc.call("auth", PROCONNECT, f"ProConnect.{method}", fields)
