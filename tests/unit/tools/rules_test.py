"""docs/rules.md names files and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "docs" / "rules.md").read_text()


def rows() -> list[tuple[str, str, str]]:
    found = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in TABLE.splitlines()
             if re.match(r"\| (P\d+|clocks) ", line)]
    assert found and all(len(row) == 3 for row in found)
    return found


def spread(path: str) -> list[str]:
    """auth/acts/{members,accounts}.cc names two files."""
    many = re.fullmatch(r"(.*)\{(.*)\}(.*)", path)
    return [many[1] + one + many[3] for one in many[2].split(",")] if many else [path]


def test_every_place_is_there():
    for rule, places, _ in rows():
        for path in re.findall(r"(?:[a-z_]+/)+[\w{},-]+(?:\.\w+)?", places):
            for one in spread(path):
                assert any((ROOT / start / one).is_file() for start in ("", "services")), f"{rule}: {one}"


def test_every_test_is_there():
    files = {}
    for path in (*(ROOT / "tests").rglob("*_test.py"), *(ROOT / "tests").rglob("*_test.cc")):
        files.setdefault(path.name, []).append(path)
    for rule, _, proofs in rows():
        for proof in proofs.split(";"):
            file = proof.split()[0]
            name = Path(file).name
            assert name in files, f"{rule}: {file}"
            text = "\n".join(path.read_text() for path in files[name])
            for test in re.findall(r"`(\w+)(?:…)?`", proof):
                assert test in text, f"{rule}: {test} in {file}"


def test_every_rule_of_people_requests_time_and_mail_has_its_row():
    named = {rule.split()[0] for rule, _, _ in rows()}
    wanted = [*range(1, 9), *range(10, 16), *range(20, 37), *range(40, 44), *range(50, 54), *range(70, 76), 90]
    assert not {f"P{number}" for number in wanted} - named
