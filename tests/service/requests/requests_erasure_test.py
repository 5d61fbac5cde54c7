"""Erasing (P23, P24, P36, P51, P52, T-TTL-02): the key first, then everything else, whatever is killed meanwhile."""

from __future__ import annotations

import secrets
import time

import pytest
from requests_calls import (DRAFTS, HELPER_SIDE, INSTRUCTOR_SIDE, REQUESTS, THREADS, Person, audit_lines)

from support import people
from support.waiting import wait_until

SETTINGS = {"*": {"request_erasure_seconds": 3, "erasure_poll_seconds": 1, "draft_lifetime_seconds": 3},
            "requests": {"drafts_per_person": 3}}
CONTENTS = ("request_content", "citizen_history", "message_content", "file_content", "search_entry", "group_work", "person_work")


@pytest.fixture(scope="module")
def short(platforms):
    return platforms.get(SETTINGS)


@pytest.fixture(scope="module")
def helper(short):
    return Person(short, people.HELPER)


@pytest.fixture(scope="module")
def caf(short):
    return Person(short, people.CAF)


def keys(platform, request: str) -> int:
    return platform.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = %s", request)[0][0]


def rows(platform, request: str) -> int:
    return sum(platform.sql("requests", f"SELECT count(*) FROM {table} WHERE request_id = %s", request)[0][0]
               for table in CONTENTS)


def proofs(platform, request: str) -> list[str]:
    return [rule for (rule,) in platform.sql("requests", "SELECT rule FROM erasure_proof WHERE subject_id = %s", request)]


def erased_events(platform, request: str) -> int:
    return platform.sql("requests", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.RequestErased' "
                                    "AND payload = %s", b"\n$" + request.encode())[0][0]


def assert_gone(platform, request: str, rule: str) -> None:
    wait_until(lambda: proofs(platform, request), 60, "the proof line")
    assert proofs(platform, request) == [rule]
    assert keys(platform, request) == 0 and rows(platform, request) == 0 and erased_events(platform, request) == 1
    assert platform.sql("requests", "SELECT count(*) FROM erasure_task WHERE subject_id = %s", request) == [(0,)]


def test_P51_P52_contents_are_erased_after_closing_with_a_proof(short, helper, caf):
    made = helper.create()
    caf.say(made.id, "Mot-témoin : caramel.")
    caf.whisper(made.id, "Mot-témoin : réglisse.")
    helper.say(made.id, "Nouveau numéro.", citizen={"phone": "07 00 00 00 00"})
    assert rows(short, made.id) > 5 and keys(short, made.id) == 1
    helper.act("Close", made.id, usefulness=1)
    assert_gone(short, made.id, "P51")
    for person in (helper, caf):
        for proto, method in ((REQUESTS, "Requests.GetRequest"), (THREADS, "Threads.ListMessages"), (REQUESTS, "Requests.Reopen")):
            assert person.refused(proto, method, {"request_id": made.id}).code in ("erased", "forbidden")
        assert person.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "erased"
        # What stays is who did what, when.
        assert [entry.kind for entry in person.history(made.id)][-1] == 19
    assert made.id not in helper.listed(HELPER_SIDE, 8) + caf.listed(INSTRUCTOR_SIDE, 8)
    stranger = Person(short, people.STRANGER_HELPER)
    assert stranger.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"
    assert ("erase", 0, "") in audit_lines(short, made.id)


def test_P30_reopened_in_time_nothing_is_erased(short, helper, caf):
    made = helper.create()
    caf.say(made.id, "Bonjour")
    helper.act("Close", made.id, usefulness=1)
    helper.act("Reopen", made.id)
    assert short.sql("requests", "SELECT count(*) FROM erasure_task WHERE subject_id = %s", made.id) == [(0,)]
    helper.say(made.id, "Encore là")
    assert "Encore là" in caf.texts(made.id)


def test_P23_P36_revoked_and_withdrawn_are_erased_at_once(short, helper, caf):
    revoked, withdrawn, opened = helper.create(), helper.create(), helper.create()
    caf.act("MarkRead", opened.id)
    assert helper.refused(REQUESTS, "Requests.Withdraw", {"request_id": opened.id}).code == "impossible"
    colleague = Person(short, people.COLLEAGUE)
    helper.act("InviteHelper", revoked.id, user_ids=[colleague.id])
    assert colleague.refused(REQUESTS, "Requests.Withdraw", {"request_id": revoked.id}).code == "forbidden"
    assert colleague.act("RevokeMandate", revoked.id).state == 4
    # For everybody at once, whenever the worker comes.
    for person in (helper, colleague, caf):
        assert person.refused(REQUESTS, "Requests.GetRequest", {"request_id": revoked.id}).code == "erased"
    assert helper.act("Withdraw", withdrawn.id).state == 4
    assert_gone(short, revoked.id, "P23")
    assert_gone(short, withdrawn.id, "P36")
    # At any time: closed requests too.
    helper.act("Close", opened.id, usefulness=1)
    helper.act("RevokeMandate", opened.id)
    assert_gone(short, opened.id, "P23")


def test_P24_a_draft_left_alone_goes_with_its_key(short, helper):
    made = helper.call(DRAFTS, "Drafts.CreateDraft", {})
    helper.call(DRAFTS, "Drafts.PutDraft", {"draft_id": made.id, "draft": {"subject": "Oublié"}})
    assert keys(short, made.id) == 1
    wait_until(lambda: proofs(short, made.id), 60, "the proof line")
    assert proofs(short, made.id) == ["P24"] and keys(short, made.id) == 0 and erased_events(short, made.id) == 1
    assert short.sql("requests", "SELECT count(*) FROM draft WHERE id = %s", made.id) == [(0,)]
    assert short.sql("requests", "SELECT count(*) FROM draft_content WHERE draft_id = %s", made.id) == [(0,)]


def test_P24_too_many_drafts_say_what_to_do(short):
    someone = Person(short, people.TWO_GROUPS)
    for _ in range(3):
        someone.call(DRAFTS, "Drafts.CreateDraft", {})
    refused = someone.refused(DRAFTS, "Drafts.CreateDraft", {})
    assert refused.code == "rate_limited" and "brouillons" in refused.sentence
    wait_until(lambda: someone.call(DRAFTS, "Drafts.CreateDraft", {}) if not someone.call(DRAFTS, "Drafts.ListDrafts", {}).drafts
               else None, 20, "their time is over")


def test_P24_a_draft_sent_in_time_is_not_erased(short, helper):
    made = helper.call(DRAFTS, "Drafts.CreateDraft", {})
    helper.create(draft_id=made.id)
    wait_until(lambda: short.sql("requests", "SELECT clock_timestamp() > created_at + interval '5 seconds' FROM request "
                                             "WHERE id = %s", made.id)[0][0], 20, "the draft's end has passed")
    assert helper.open(made.id).description and keys(short, made.id) == 1 and proofs(short, made.id) == []


def test_P52_the_key_goes_first_and_a_stuck_step_goes_on_later(short, helper):
    made = helper.create()
    short.sql("requests", """
        CREATE FUNCTION refuse_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'disk full'; END $$;
        CREATE TRIGGER refuse_erasure BEFORE DELETE ON request_content FOR EACH ROW EXECUTE FUNCTION refuse_erasure()""")
    try:
        helper.act("RevokeMandate", made.id)
        wait_until(lambda: keys(short, made.id) == 0, 30, "the key goes before the rows")
        assert rows(short, made.id) > 0 and proofs(short, made.id) == []
        assert helper.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "erased"
    finally:
        short.sql("requests", "DROP FUNCTION refuse_erasure() CASCADE")
    assert_gone(short, made.id, "P23")


def test_P52_without_the_keystore_nothing_is_forgotten(short, helper):
    made = helper.create()
    with short.frozen("keystore"):
        helper.act("Close", made.id, usefulness=1)
        wait_until(lambda: short.sql("requests", "SELECT due_at < clock_timestamp() FROM erasure_task WHERE subject_id = %s",
                                     made.id)[0][0], 30, "due")
        assert proofs(short, made.id) == []
    assert_gone(short, made.id, "P51")


def test_T_TTL_02_killed_at_any_moment_every_erasure_ends_once(short, helper, rng):
    made = [helper.create().id for _ in range(12)]
    for request in made:
        helper.act("Close", request, usefulness=1)
    for _ in range(4):
        # Somewhere in the middle of what is due now.
        moment = time.monotonic() + rng.uniform(0.2, 2.0)
        wait_until(lambda: time.monotonic() > moment, 5, "a moment of chance")
        short.kill("requests")
        short.start("requests")
    for request in made:
        wait_until(lambda request=request: proofs(short, request), 150, "the proof line")
        assert_gone(short, request, "P51")


def test_a_key_of_nothing_is_swept_after_a_day(platforms):
    swept = platforms.get({"requests": {"orphan_sweep_seconds": 1}})
    helper = Person(swept, people.HELPER)
    kept, young = helper.create().id, "0190d000-0000-7000-8000-00000000beef"
    old = "0190d000-0000-7000-8000-00000000dead"
    for request, age in ((old, "2 days"), (young, "1 hour")):
        swept.sql("keystore", "INSERT INTO request_key (request_id, kek_version, wrapped, created_at) "
                              "VALUES (%s, 1, 'x', clock_timestamp() - %s::interval)", request, age)
    swept.sql("keystore", "UPDATE request_key SET created_at = clock_timestamp() - interval '3 days' WHERE request_id = %s", kept)
    wait_until(lambda: keys(swept, old) == 0, 20, "the orphan is swept")
    assert keys(swept, young) == 1 and keys(swept, kept) == 1 and helper.open(kept).description
    swept.sql("keystore", "DELETE FROM request_key WHERE request_id = %s", young)


def test_T_CRY_09_a_rotated_kek_wraps_every_key_anew(platforms):
    rotated = platforms.get({"requests": {"orphan_sweep_seconds": 1}})
    helper, caf = Person(rotated, people.HELPER), Person(rotated, people.CAF)
    made = [helper.create().id for _ in range(5)]
    folder = rotated.local.layout.secrets / "kek"
    (folder / "2.key").write_text(secrets.token_hex(32) + "\n")
    (folder / "2.key").chmod(0o600)
    (folder / "active").write_text("2\n")
    rotated.restart("requests")
    wait_until(lambda: rotated.sql("keystore", "SELECT count(*) FROM request_key WHERE kek_version = 1") == [(0,)], 30,
               "no key is wrapped by the old version")
    rotated.restart("requests")  # with nothing of the old version in memory
    for request in made:
        assert caf.open(request).description
