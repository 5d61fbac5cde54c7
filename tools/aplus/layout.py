"""Where things lie in a checkout."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The folders of one platform. Two platforms differ in `state`; they may share `build`."""

    root: Path
    state: Path
    build: Path

    @staticmethod
    def default(state: Path | None = None, build: Path | None = None) -> "Layout":
        """Where nothing is said, APLUS_STATE and APLUS_BUILD decide, then the checkout."""
        state = state or Path(os.environ.get("APLUS_STATE") or ROOT / ".run")
        build = build or Path(os.environ.get("APLUS_BUILD") or ROOT / "build" / "release")
        return Layout(ROOT, state.absolute(), build.absolute())

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets"

    @property
    def certificates(self) -> Path:
        return self.state / "certs"

    @property
    def configs(self) -> Path:
        return self.state / "config"

    @property
    def files(self) -> Path:
        return self.state / "files"

    @property
    def mailbox(self) -> Path:
        return self.state / "mailbox"

    @property
    def state_file(self) -> Path:
        return self.state / "state.json"

    def binary(self, service: str) -> Path:
        return self.build / "bin" / f"aplus-{service}"

    def tag(self) -> str:
        """Short, stable, unlike that of any other state folder on this machine."""
        return hashlib.sha256(os.fsencode(self.state)).hexdigest()[:10]


def private_folder(path: Path, mode: int = 0o700) -> Path:
    """Makes the folder if needed and gives it the mode."""
    path.mkdir(parents=True, exist_ok=True)
    os.chmod(path, mode)
    return path


def write_private(path: Path, content: bytes | str) -> None:
    """Writes a file that only its owner may read; readers see the old content or the new one, never a part."""
    if isinstance(content, str):
        content = content.encode()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o600)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
