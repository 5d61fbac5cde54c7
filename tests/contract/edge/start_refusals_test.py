"""T-CFG-01: no process starts with a secret that is missing, empty, open to others or invented; each says which, and ends
with an exit code instead of a crash."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from aplus.configuration import PROCESSES

# Secrets that others than the process read lie in folders; these are files of its own.
_FOLDERS = ("kek_dir", "second_factor_dir", "identity_public_keys")


def _start(platform, process: str, document: dict, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    file = folder / f"{process}.json"
    file.write_text(json.dumps(document))
    try:
        return subprocess.run([platform.local.layout.binary(process), "--config", file, *arguments], capture_output=True,
                              text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as expired:
        raise AssertionError(f"{process} starts with {document['secrets']} {document['tls']}") from expired


def _expect_refusal(done: subprocess.CompletedProcess, about: str, what: str) -> None:
    assert done.returncode in (1, 2), f"{what}: exit code {done.returncode}\n{done.stderr[-2000:]}"
    assert about in done.stderr, f"{what}: does not name {about}\n{done.stderr[-2000:]}"
    assert "Sanitizer" not in done.stderr, done.stderr[-4000:]


def _spoilt(folder: Path, fault: str, original: Path) -> Path:
    path = folder / f"spoilt-{fault}"
    if fault == "missing":
        path.unlink(missing_ok=True)
        return path
    path.write_text({"empty": "", "open": original.read_text(), "invented": "0" * 64 + "\n"}[fault])
    os.chmod(path, 0o644 if fault == "open" else 0o600)
    return path


@pytest.mark.parametrize("process", PROCESSES)
def test_T_CFG_01_no_process_starts_with_a_bad_secret(platform, process, tmp_path):
    good = json.loads(platform.local.configuration_file(process).read_text())
    # Ports of its own, should one start after all.
    good.update(listen="127.0.0.1:0", admin_listen="127.0.0.1:0")
    if process == "gateway":
        good["gateway"]["http_listen"] = "127.0.0.1:0"
    places = [("secrets", name) for name in good["secrets"] if name not in _FOLDERS] + [("tls", "key")]
    for section, name in places:
        for fault in ("missing", "empty", "open", "invented"):
            if fault == "invented" and name in ("identity_private_key", "key"):
                continue
            document = json.loads(json.dumps(good))
            document[section][name] = str(_spoilt(tmp_path, fault, Path(good[section][name])))
            done = _start(platform, process, document, tmp_path)
            _expect_refusal(done, f"spoilt-{fault}", f"{process} {name} {fault}")
    for name in good["secrets"]:
        document = json.loads(json.dumps(good))
        del document["secrets"][name]
        if name != "identity_public_keys":
            _expect_refusal(_start(platform, process, document, tmp_path), name, f"{process} without {name}")
    document = json.loads(json.dumps(good))
    document["service"] = "somebody"
    _expect_refusal(_start(platform, process, document, tmp_path), "somebody", f"{process} as another")


def test_T_CFG_01_the_gateway_says_that_its_pages_are_missing(platform, tmp_path):
    document = json.loads(platform.local.configuration_file("gateway").read_text())
    document.update(listen="127.0.0.1:0", admin_listen="127.0.0.1:0")
    document["gateway"].update(http_listen="127.0.0.1:0", web_root=str(tmp_path / "no-pages"))
    _expect_refusal(_start(platform, "gateway", document, tmp_path), "no-pages", "gateway without pages")
