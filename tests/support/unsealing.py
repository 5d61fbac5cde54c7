"""Opens what the services sealed, from the bytes alone (SECURITY 2.6): what somebody could do who has the copies and the
live KEK. Written apart from the code under test."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_HEADER, _SALT, _PREFIX, _SEGMENT = 40, 32, 7, 65_536


def _open(key: bytes, place: str, sealed: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())
    except InvalidTag:
        return None


def _derive(key: bytes, salt: bytes | None, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info.encode()).derive(key)


class Unsealing:
    """With the KEK's versions as they lie in a folder."""

    def __init__(self, kek: Path) -> None:
        self._kek = {int(path.stem): bytes.fromhex(path.read_text().strip()) for path in kek.glob("*.key")}

    def description(self, request: str, version: int, wrapped: bytes, sealed: bytes) -> str | None:
        key = _open(self._kek[version], f"aplus/rk/1:{request}:{version}", wrapped)
        if key is None:
            return None
        text = _open(_derive(key, None, "fields"), f"request_content:description:{request}:1", sealed)
        return None if text is None else text.decode()

    def file(self, file: str, request: str, version: int, wrapped: bytes, sealed: bytes) -> bytes | None:
        """Of one segment, as small files are."""
        key = _open(self._kek[version], f"aplus/dek/1:{file}:{request}", wrapped)
        if key is None or len(sealed) > _SEGMENT:
            return None
        salt, prefix = sealed[1:1 + _SALT], sealed[1 + _SALT:_HEADER]
        assert sealed[0] == _HEADER and len(prefix) == _PREFIX
        derived = _derive(key, salt, f"aplus/file/1:{file}:{request}")
        try:
            return AESGCM(derived).decrypt(prefix + bytes(4) + b"\x01", sealed[_HEADER:], None)
        except InvalidTag:
            return None
