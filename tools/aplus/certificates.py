"""A certificate authority of this checkout and one leaf per service (SECURITY: one URI SAN, ECDSA P-256)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from aplus.failure import Failure
from aplus.layout import private_folder

# Production leaves live 24 hours and are renewed by cert-manager; here a start renews them, and a platform that
# somebody leaves running must not die over a weekend.
_LEAF_DAYS = 30
_CA_DAYS = 3650

_PROFILE = """
[req]
prompt = no
distinguished_name = subject
[subject]
O = aplus
CN = {name}
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = URI:spiffe://aplus/{environment}/{name}, DNS:localhost, IP:127.0.0.1
"""


def make(folder: Path, names: list[str], environment: str = "dev") -> None:
    """Makes the authority once, and a fresh leaf `<name>.pem`, `<name>-key.pem` for every name."""
    private_folder(folder)
    authority, key = folder / "ca.pem", folder / "ca-key.pem"
    if not (authority.exists() and key.exists()):
        _issue(folder, "development authority of this checkout", "ca", authority, key, _CA_DAYS, environment, [])
    for name in names:
        _issue(folder, name, "leaf", folder / f"{name}.pem", folder / f"{name}-key.pem", _LEAF_DAYS, environment,
               ["-CA", str(authority), "-CAkey", str(key)])


def _issue(folder: Path, name: str, section: str, certificate: Path, key: Path, days: int, environment: str,
           issuer: list[str]) -> None:
    new_certificate, new_key = certificate.with_suffix(".new"), key.with_suffix(".new")
    with tempfile.NamedTemporaryFile("w", prefix="profile-", dir=folder) as profile:
        profile.write(_PROFILE.format(name=name, environment=environment))
        profile.flush()
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-sha256",
             "-config", profile.name, "-extensions", section, "-days", str(days), "-keyout", str(new_key),
             "-out", str(new_certificate), *issuer],
            check=False, capture_output=True, text=True, umask=0o077)
    if done.returncode != 0:
        raise Failure(f"openssl could not make the certificate of {name}", why=done.stderr.strip()[-600:])
    # Key first: a reader that catches the moment between sees a pair that does not match and asks again.
    new_key.replace(key)
    new_certificate.replace(certificate)
