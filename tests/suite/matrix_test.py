"""Who may do what, over HTTP: every method × persona × state, expected from the table that decides (T-AZ-01)."""

from __future__ import annotations

import time

import pytest
import story
from support import matrix, people
from support.methods import Edge, methods
from support.rights import PHASES, decide
from support.trail import lines, wrong_lines


# Where a request of each phase must be, if anywhere.
LISTS = {"open": [("SIDE_HELPER", "TAB_ALL"), ("SIDE_INSTRUCTOR", "TAB_NEW"), ("SIDE_INSTRUCTOR", "TAB_IN_PROGRESS")],
         "processed": [("SIDE_HELPER", "TAB_ALL"), ("SIDE_INSTRUCTOR", "TAB_PROCESSED"), ("SIDE_INSTRUCTOR", "TAB_IN_PROGRESS")],
         "closed": [("SIDE_HELPER", "TAB_ALL"), ("SIDE_HELPER", "TAB_ARCHIVED"), ("SIDE_INSTRUCTOR", "TAB_ARCHIVED")]}


@pytest.fixture(scope="module")
def asking(platform):
    return matrix.Matrix(matrix.Stage(platform))


def is_fresh(browser) -> bool:
    until = browser.get("/v1/me").expect(200).json()["secondFactor"].get("freshUntil", "")
    return until > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 120))


def ask_all(platform, asking, persona, rng=None) -> None:
    browser = platform.login(persona.email) if persona.email else platform.browser()
    fresh = is_fresh(browser) if persona.email else False
    wrong, before = [], len(asking.asked)
    for method in methods().values():
        if method.verb:
            for question in matrix.questions(asking.stage, method, persona, rng):
                wrong.append(asking.ask(question, fresh, lambda one: Edge().call(browser, one.method, one.fields)))
    wrong = [one for one in wrong if one]
    asked = len(asking.asked) - before
    print(f"{persona.name}: {asked} cells, {len(wrong)} wrong")
    assert asked > 30
    assert not wrong, f"{len(wrong)} of {asked} wrong:\n" + "\n".join(wrong)


@pytest.mark.parametrize("persona", matrix.PERSONAS, ids=lambda persona: persona.name)
def test_T_AZ_01_cells_at_the_gateway(platform, asking, persona, rng):
    """Every method and persona, in a phase that changes from run to run."""
    ask_all(platform, asking, persona, rng)


@pytest.mark.long
@pytest.mark.parametrize("persona", matrix.PERSONAS, ids=lambda persona: persona.name)
def test_T_AZ_01_every_cell_at_the_gateway(platform, asking, persona):
    ask_all(platform, asking, persona)


def test_T_AZ_01_lists_hold_what_the_table_says(platform, asking):
    """R1: in the lists of whom it allows, and of nobody else."""
    wrong = []
    for phase in PHASES[:3]:
        for persona in matrix.PERSONAS[1:]:
            request = asking.stage.request(phase, persona.experts)
            browser = platform.login(persona.email)
            seen = any(request.id in story.listed(browser, side, tab) for side, tab in LISTS[phase])
            verdict = decide("R1", persona.caller | persona.part, phase)
            if seen != (verdict.name == "allow"):
                wrong.append(f"{persona.name} on {phase}: {verdict.name}, and it is {'there' if seen else 'not there'}")
    assert not wrong, "\n".join(wrong)


def test_T_AZ_02_no_method_is_left_out():
    assert matrix.uncovered() == []


def test_T_AUD_01_every_call_left_its_line(platform, asking):
    """One line for each refused call of an audited method, with the reason that was answered; of what was granted the
    ports tell (tests/service/rights)."""
    trail = lines(platform)
    wrong = [one for one in (wrong_lines(asked, trail) for asked in asking.asked) if one]
    print(f"{len(asking.asked)} calls")
    assert len(asking.asked) > 80
    assert not wrong, f"{len(wrong)} of {len(asking.asked)} wrong:\n" + "\n".join(wrong)
