"""T-AUD-02 in its full measure: what tamper_test.cc does a few times of each kind, a thousand times."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.long
def test_T_AUD_02_a_thousand_tamperings_are_detected():
    build = Path(os.environ.get("APLUS_BUILD", ROOT / "build" / "dev"))
    ran = subprocess.run([sys.executable, "-B", str(ROOT / "tools" / "with-test-servers"), str(build / "bin" / "tests" / "audit_test"),
                          "--gtest_filter=AuditTamper.*"], env={**os.environ, "APLUS_TAMPERINGS": "1000"}, capture_output=True,
                         text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert re.search(r"detected 1000 of 1000, the second verifier agreed (\d+) of \1 times", ran.stdout)
