"""Who may do what, over HTTP: every method × persona × state, expected from the table that decides (T-AZ-01)."""

from __future__ import annotations

import time

import pytest
from support import matrix
from support.methods import Edge, methods


@pytest.fixture(scope="module")
def stage(platform):
    return matrix.Stage(platform)


def is_fresh(browser) -> bool:
    until = browser.get("/v1/me").expect(200).json()["secondFactor"].get("freshUntil", "")
    return until > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 120))


@pytest.mark.parametrize("persona", matrix.PERSONAS, ids=lambda persona: persona.name)
def test_T_AZ_01_every_cell_at_the_gateway(platform, stage, persona):
    edge, wrong, asked = Edge(), [], 0
    browser = platform.login(persona.email) if persona.email else platform.browser()
    fresh = is_fresh(browser) if persona.email else False
    for method in methods().values():
        if not method.verb:
            continue
        for question in matrix.questions(stage, method, persona):
            seen = edge.call(browser, method, question.fields)
            asked += 1
            code = matrix.expected(question, fresh)
            if seen.code != code or (not code and seen.status != method.success):
                wrong.append(f"{question}: wanted {code or method.success}, got {seen.status} {seen.code} {seen.raw[:300]!r}")
            if seen.granted and "spends" in question.tags and method.changes:
                stage.spend(question)
    print(f"{asked} cells, {stage.made} requests made")
    assert not wrong, f"{len(wrong)} of {asked} wrong:\n" + "\n".join(wrong)


def test_T_AZ_02_no_method_is_left_out():
    assert matrix.uncovered() == []
