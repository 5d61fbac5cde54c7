"""What a run leaves behind says what it was, for people and for programs."""

import json

from aplus import summary
from aplus.runners import Outcome


def test_the_summary_counts_and_names_what_failed(tmp_path):
    unit, soak = Outcome("unit", passed=7, took=3.2), Outcome("soak", passed=1, took=400, notes=["auth: 12 MiB"])
    unit.fail("libs: Lane.Cancels")
    path = summary.write(tmp_path, "./aplus test long", [unit, soak], 500)
    document = json.loads((tmp_path / "summary.json").read_text())
    assert (document["passed"], document["failed"], document["skipped"]) == (8, 1, 0)
    assert document["tiers"][0]["failures"] == ["libs: Lane.Cancels"]
    assert document["machine"]["cpus"] >= 1
    text = path.read_text()
    assert "**8 passed, 1 failed, 0 skipped**" in text
    assert "| unit | 7 | 1 | 0 | 3.0 s |" in text
    assert "- unit: libs: Lane.Cancels" in text and "- soak: auth: 12 MiB" in text


def test_evidence_carries_its_day(tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "EVIDENCE", tmp_path / "evidence")
    kept = summary.keep(summary.write(tmp_path, "./aplus test", [Outcome("unit", passed=1)], 1), "test")
    assert kept.name.endswith("-test.md") and "1 passed" in kept.read_text()
