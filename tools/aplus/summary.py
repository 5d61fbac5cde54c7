"""What a run of ./aplus test came to, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from aplus.layout import ROOT
from aplus.runners import Outcome
from aplus.ui import seconds

EVIDENCE = ROOT / "docs" / "evidence"


def write(results: Path, command: str, outcomes: list[Outcome], took: float) -> Path:
    """summary.json and summary.md in `results`; answers the latter."""
    document = {
        "command": command, "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"), "seconds": round(took),
        "commit": _git("rev-parse", "HEAD"), "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": {"cpus": os.cpu_count(), "memoryGiB": round(_memory() / 2**30), "system": _system(),
                    "kernel": platform.release()},
        "passed": sum(one.passed for one in outcomes), "failed": sum(one.failed for one in outcomes),
        "skipped": sum(one.skipped for one in outcomes),
        "tiers": [{"name": one.tier, "passed": one.passed, "failed": one.failed, "skipped": one.skipped,
                   "seconds": round(one.took), "failures": one.failures, "notes": one.notes} for one in outcomes],
    }
    (results / "summary.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    path = results / "summary.md"
    path.write_text(_markdown(document))
    return path


def keep(summary: Path, name: str) -> Path:
    """Into docs/evidence, to be committed with what it proves. A second run of the day replaces the first."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    target = EVIDENCE / f"{datetime.now(timezone.utc):%Y-%m-%d}-{name}.md"
    target.write_text(summary.read_text())
    return target


def _markdown(document: dict) -> str:
    machine = document["machine"]
    state = " with changes that are not committed" if document["changed"] else ""
    lines = [
        f"# `{document['command']}`, {document['finished'][:10]}", "",
        f"**{document['passed']} passed, {document['failed']} failed, {document['skipped']} skipped** in "
        f"{seconds(document['seconds'])}, at commit {(document['commit'] or 'unknown')[:12]}{state}; {machine['system']}, "
        f"{machine['cpus']} cores, {machine['memoryGiB']} GiB.", "",
        "| tier or part | passed | failed | skipped | time |", "|---|--:|--:|--:|--:|",
    ]
    lines += [f"| {row['name']} | {row['passed']} | {row['failed']} | {row['skipped']} | {seconds(row['seconds'])} |"
              for row in document["tiers"]]
    for title, field in (("Failed", "failures"), ("Figures", "notes")):
        told = [f"- {row['name']}: {line}" for row in document["tiers"] for line in row[field]]
        lines += ["", f"## {title}", "", *told] if told else []
    return "\n".join(lines) + "\n"


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-c", f"safe.directory={ROOT}", *words], cwd=ROOT, check=False, capture_output=True,
                          text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
