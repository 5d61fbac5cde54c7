"""Documents name real files and real names: what they say of the code is checked against it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIFE = (ROOT / "docs" / "life-of-a-request.md").read_text()
PATH = r"`((?:gateway|libs|services|protos|tests|web)/[\w./-]+\.(?:h|cc|proto|py|md|sql))`"


@pytest.mark.parametrize("path", sorted(set(re.findall(PATH, LIFE))))
def test_life_of_a_request_names_files_that_exist(path):
    assert (ROOT / path).exists()


# `path` `Name`, `Name` and `Name`: names stand in the file told before them.
NAMED = [(path, name) for path, names in re.findall(PATH + r"((?:,?\s+(?:and\s+)?`[A-Z]\w+`)+)", LIFE)
         for name in re.findall(r"`([A-Z]\w+)`", names)]


@pytest.mark.parametrize("path,name", NAMED, ids=[f"{path}:{name}" for path, name in NAMED])
def test_life_of_a_request_names_what_stands_there(path, name):
    assert re.search(rf"\b{name}\b", (ROOT / path).read_text()), f"{path} holds no {name}"


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md", "docs/life-of-a-request.md",
                                      "tests/support/README.md"])
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text()
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert ((ROOT / document).parent / target).exists(), target
