"""Journeys in Debian's Chromium against the whole running platform."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
from pathlib import Path

import pytest
from support import people, samples

HERE = Path(__file__).parent
JOURNEYS = sorted(path.stem for path in (HERE / "journeys").glob("*.mjs"))


@pytest.fixture(scope="session")
def playwright() -> None:
    """playwright-core as locked, without a browser of its own."""
    with open(HERE / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / "playwright-core").exists():
            subprocess.run(["npm", "install", "--no-save", "--ignore-scripts"], cwd=HERE, check=True)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_journey(platforms, playwright, journey, tmp_path):
    # Of its own: a person gets three login mails at once (P11), and other tiers log the same people in.
    platform = platforms.get(name="browser")
    artefacts = Path(os.environ.get("APLUS_RESULTS", tmp_path)) / "browser" / journey
    artefacts.mkdir(parents=True, exist_ok=True)
    told = {"helper": people.HELPER, "colleague": people.COLLEAGUE, "caf": people.CAF, "administrator": people.ADMINISTRATOR,
            "cafGroup": people.GROUPS[people.CAF95]["name"]}
    done = subprocess.run(["node", str(HERE / "journeys" / f"{journey}.mjs")], timeout=240, check=False,
                          capture_output=True, text=True,
                          env={**os.environ, "APLUS_GATEWAY": platform.gateway, "APLUS_MAILBOX": platform.mailbox.base,
                               "APLUS_ARTEFACTS": str(artefacts), "APLUS_PEOPLE": json.dumps(told),
                               "APLUS_PDF": base64.b64encode(samples.pdf("Bail")).decode()})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n(screenshots: {artefacts})"
