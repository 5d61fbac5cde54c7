"""The README's walk is not prose: its lines run here as they stand, and what it prints is what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def shape(text):
    """The output without what differs from run to run: ids, versions, times."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return [re.sub(r'("(?:version|count|at)": ?)("?)[^",}]*\2', r"\1…", line) for line in text.strip().splitlines()]


def test_the_walk_runs_as_written(platforms):
    # Of its own: the walk counts what is new.
    platform = platforms.get(name="readme")
    walk = next(block for block in blocks("bash") if "aplus status --shell" in block)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", walk], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, env={**os.environ, "APLUS_STATE": str(platform.local.layout.state)})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = re.search(r"It prints:\n\n```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL).group(1)
    assert shape(done.stdout) == shape(said)


def test_every_path_it_names_exists():
    for path in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"^\| `([\w./]+?)(?:/<name>)?/?` \|", README, re.MULTILINE):
        assert (ROOT / path).exists(), path
