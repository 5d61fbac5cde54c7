"""The secrets of a local platform: made once, mode 0600, each service its own."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

from aplus.failure import Failure
from aplus.layout import private_folder, write_private


def random_key(path: Path) -> Path:
    """32 random bytes as 64 hexadecimal digits: what libs/crypto/key_file.h reads."""
    if not path.exists():
        private_folder(path.parent)
        write_private(path, secrets.token_hex(32) + "\n")
    return path


def keyring(folder: Path) -> Path:
    """A folder of versions of one key, as libs/crypto/keyring.h reads it: `1.key` and `active`."""
    random_key(folder / "1.key")
    active = folder / "active"
    if not active.exists():
        write_private(active, "1\n")
    return folder


def add_version(folder: Path) -> int:
    """Puts the next version into a key ring, not yet active; answers its number."""
    version = max(int(file.stem) for file in folder.glob("*.key")) + 1
    random_key(folder / f"{version}.key")
    return version


def next_identity(folder: Path) -> str:
    """The id of the identity key to make next."""
    return f"dev-{max(int(file.stem.removeprefix('dev-')) for file in folder.glob('dev-*.pem')) + 1}"


# RFC 8410: what stands in DER before the 32 bytes of an Ed25519 private key, and how long the public one is.
_ED25519_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
_PUBLIC_BYTES = 32


def audit_pair(private: Path, public_folder: Path) -> None:
    """The Ed25519 key that signs the heads of a service's audit trail (libs/audit/audit_key.h), and its public
    half for the verifier. Public halves of keys that were replaced stay: old heads are checked with them."""
    seed = bytes.fromhex(random_key(private).read_text().strip())
    made = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], check=False,
                          capture_output=True, input=_ED25519_PRIVATE + seed)
    if made.returncode != 0:
        raise Failure("openssl could not derive an audit key's public half", why=made.stderr.decode()[-600:])
    public = made.stdout[-_PUBLIC_BYTES:].hex()
    file = public_folder / f"{private.parent.name}-{public[:16]}.pub"
    if not file.exists():
        private_folder(public_folder)
        write_private(file, public + "\n")


def password(path: Path) -> Path:
    """One line of 32 characters that no shell, URL or SQL needs to quote."""
    if not path.exists():
        private_folder(path.parent)
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path


def identity_pair(private: Path, public: Path) -> None:
    """The Ed25519 pair that auth signs identity tokens with; the file's stem is the key id."""
    if private.exists() and public.exists():
        return
    private_folder(private.parent)
    private_folder(public.parent)
    made = subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519"], check=False, capture_output=True)
    derived = subprocess.run(["openssl", "pkey", "-pubout"], check=False, capture_output=True, input=made.stdout)
    if made.returncode != 0 or derived.returncode != 0:
        raise Failure("openssl could not make the key of the identity tokens", why=made.stderr.decode()[-600:])
    write_private(private, made.stdout)
    write_private(public, derived.stdout)
