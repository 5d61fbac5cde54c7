"""The main job of requests, call by call: who sees what, who may do what, what each act changes."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from requests_calls import (ALL, ARCHIVED, DRAFTS, HELPER_SIDE, IN_PROGRESS, INSTRUCTOR_SIDE, MINE, NEW, PROCESSED, REQUESTS,
                            STATE_CLOSED, STATE_IN_PROGRESS, STATE_NEW, STATE_PROCESSED, THREADS, TO_ARCHIVE, Person,
                            Refused, audit_lines, new_request)

from support import people
from support.waiting import wait_until


@pytest.fixture(scope="module")
def helper(platform):
    return Person(platform, people.HELPER)


@pytest.fixture(scope="module")
def caf(platform):
    return Person(platform, people.CAF)


@pytest.fixture(scope="module")
def cpam(platform):
    return Person(platform, people.CPAM)


def test_P20_P26_a_request_is_created_and_seen_by_who_takes_part(platform, helper, caf, cpam):
    colleague = Person(platform, people.COLLEAGUE)
    made = helper.create(helper_ids=[colleague.id])
    assert made.number[2] == "-" and len(made.number) == 10 and made.version == 1
    for person, side in ((helper, 1), (colleague, 2), (caf, 4), (cpam, 4)):
        opened = person.open(made.id)
        assert opened.summary.number == made.number and opened.me == side
        assert opened.description.startswith("Le versement")
        assert opened.creator.name == "Camille Moreau" and opened.creator.group_id == people.FS95
        assert [group.group_id for group in opened.summary.groups] == [people.CAF95, people.CPAM95]
        assert {group.organisation for group in opened.summary.groups} == {"CAF", "CPAM"}
    assert made.id in helper.listed(HELPER_SIDE, ALL) and made.id in helper.listed(HELPER_SIDE, MINE)
    assert made.id in colleague.listed(HELPER_SIDE, ALL) and made.id not in colleague.listed(HELPER_SIDE, MINE)
    assert made.id in caf.listed(INSTRUCTOR_SIDE, NEW) and made.id in cpam.listed(INSTRUCTOR_SIDE, NEW)


def test_P22_identifiers_are_shown_to_the_entitled(platform, helper, caf, cpam):
    made = helper.create()
    assert helper.open(made.id).citizen.caf_number == "1234567A"
    assert caf.open(made.id).citizen.caf_number == "1234567A"
    assert caf.open(made.id).citizen.nir.startswith("284")
    seen = cpam.open(made.id).citizen
    assert seen.nir.startswith("284") and seen.caf_number == ""
    refused = helper.refused(REQUESTS, "Requests.CreateRequest", new_request(recipient_group_ids=[people.CPAM95]))
    assert refused.code == "not_entitled"


def test_P30_P29_P40_answer_process_close(platform, helper, caf, cpam):
    made = helper.create()
    before = caf.counts(INSTRUCTOR_SIDE)
    assert caf.act("MarkRead", made.id).state == STATE_NEW
    after = caf.counts(INSTRUCTOR_SIDE)
    assert (after[NEW], after[IN_PROGRESS]) == (before[NEW] - 1, before[IN_PROGRESS] + 1)
    assert made.id in helper.listed(HELPER_SIDE, IN_PROGRESS), "opened by an instructor: no longer new for the helper"

    assert caf.act("TakeCharge", made.id, group_id=people.CAF95).state == STATE_IN_PROGRESS
    opened = cpam.open(made.id).summary
    assert opened.in_charge.name == "Léa Bernard" and opened.in_charge.group_id == people.CAF95
    states = {group.group_id: group.state for group in opened.groups}
    assert states == {people.CAF95: 2, people.CPAM95: 1}
    assert caf.say(made.id, "Pouvez-vous joindre le bail ?").version > 1
    assert helper.open(made.id).summary.unread == 1
    helper.act("MarkRead", made.id, message_id=[line for line in helper.thread(made.id) if line.text][-1].id)
    assert helper.open(made.id).summary.unread == 0

    assert caf.act("MarkProcessed", made.id).state == STATE_PROCESSED
    assert caf.refused(REQUESTS, "Requests.MarkProcessed", {"request_id": made.id}).code == "impossible"
    assert made.id in helper.listed(HELPER_SIDE, TO_ARCHIVE) and made.id in caf.listed(INSTRUCTOR_SIDE, PROCESSED)
    # A helper's message puts it back (P30).
    helper.say(made.id, "Toujours rien reçu.")
    assert helper.open(made.id).summary.state == STATE_IN_PROGRESS
    caf.act("MarkProcessed", made.id, text="C’est corrigé.")
    assert caf.refused(REQUESTS, "Requests.Close", {"request_id": made.id, "usefulness": 1}).code == "forbidden"
    assert helper.act("Close", made.id, usefulness=1, comment="Rapide").state == STATE_CLOSED
    assert made.id in helper.listed(HELPER_SIDE, ARCHIVED) and made.id in caf.listed(INSTRUCTOR_SIDE, ARCHIVED)
    refused = helper.refused(REQUESTS, "Requests.Close", {"request_id": made.id, "usefulness": 1})
    assert refused.code == "impossible" and refused.metadata["state"] == "REQUEST_STATE_CLOSED"
    assert helper.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "Encore"}).code == "impossible"
    assert caf.open(made.id).summary.closed_at.seconds > 0, "read until it is erased"
    assert helper.act("Reopen", made.id, reason="Trop tôt").state == STATE_IN_PROGRESS
    assert "Trop tôt" in caf.texts(made.id)
    kinds = [entry.kind for entry in helper.history(made.id)]
    assert kinds[0] == 1 and {2, 3, 5, 6, 7, 16} <= set(kinds)


def test_P28_nothing_that_the_helper_side_gets_changes_by_a_private_message(platform, helper, caf, cpam):
    colleague, both = Person(platform, people.COLLEAGUE), Person(platform, people.BOTH_SIDES)
    made = helper.create(helper_ids=[colleague.id])
    caf.act("MarkRead", made.id)
    helper.act("InviteExpert", made.id)
    expert = Person(platform, people.EXPERT)
    answer = caf.say(made.id, "Bonjour")
    # Whoever reads a private line has read what stands above it: that much the helper side may know already.
    caf.act("MarkRead", made.id, message_id=answer.id)
    helper.act("MarkRead", made.id)

    def everything(person: Person) -> list[bytes]:
        answers = [person.call(REQUESTS, "Requests.GetRequest", {"request_id": made.id}),
                   person.call(THREADS, "Threads.ListMessages", {"request_id": made.id, "page_size": 2}),
                   person.call(REQUESTS, "Requests.ListHistory", {"request_id": made.id}),
                   person.call(REQUESTS, "Requests.CountRequests", {"side": HELPER_SIDE}),
                   person.call(REQUESTS, "Requests.CountRequests", {"side": INSTRUCTOR_SIDE}),
                   person.call(REQUESTS, "Requests.ListRequests", {"side": HELPER_SIDE, "tab": ALL}),
                   person.call(REQUESTS, "Requests.ListRequests", {"side": INSTRUCTOR_SIDE, "tab": NEW}),
                   person.call(REQUESTS, "Requests.ListRequests", {"side": HELPER_SIDE, "tab": ALL, "q": "mutation"})]
        return [answer.SerializeToString(deterministic=True) for answer in answers]

    sides = [helper, colleague, expert]
    before = [everything(person) for person in sides]
    seen = caf.open(made.id).summary.version
    private = caf.whisper(made.id, "Entre nous : bloqué depuis la mutation.")
    caf.act("MarkRead", made.id, message_id=private.id)
    cpam.whisper(made.id, "Je regarde la mutation aussi.")
    assert [everything(person) for person in sides] == before
    assert caf.open(made.id).summary.version > seen
    assert "Je regarde la mutation aussi." in caf.texts(made.id)
    for person in sides:
        assert person.refused(REQUESTS, "Requests.MarkRead",
                              {"request_id": made.id, "message_id": private.id}).code == "not_found"
        assert person.refused(THREADS, "Threads.PostMessage",
                              {"request_id": made.id, "text": "x", "visibility": 2}).code == "forbidden"
    # A version that a helper has seen stays good.
    helper.say(made.id, "Merci", version=helper.open(made.id).summary.version)
    # Found by who reads it, and by nobody else.
    assert made.id in cpam.listed(INSTRUCTOR_SIDE, IN_PROGRESS, q="mutation") + cpam.listed(INSTRUCTOR_SIDE, NEW, q="mutation")
    assert made.id not in helper.listed(HELPER_SIDE, ALL, q="mutation")
    assert both.email


def test_P28_who_stands_on_both_sides_counts_as_helper_side(platform, caf):
    row = people.USERS[people.BOTH_SIDES]
    both = Person(platform, people.BOTH_SIDES)
    helper_group = next(m["group_id"] for m in row["memberships"] if "helper" in m["roles"])
    made = both.create(group_id=helper_group, area_id=people.GROUPS[helper_group]["area_ids"][0])
    caf.say(made.id, "Bonjour")
    caf.whisper(made.id, "Entre nous")
    assert "Entre nous" not in both.texts(made.id) and "Bonjour" in both.texts(made.id)
    assert both.open(made.id).me == 1
    assert made.id not in both.listed(INSTRUCTOR_SIDE, NEW) + both.listed(INSTRUCTOR_SIDE, IN_PROGRESS)
    assert both.refused(REQUESTS, "Requests.MarkProcessed", {"request_id": made.id}).code == "forbidden"


def test_P25_T_REL_18_the_same_key_is_one_effect(platform, helper, caf):
    key, body = str(uuid.uuid4()), new_request()
    first = helper.call(REQUESTS, "Requests.CreateRequest", body, key=key)
    for _ in range(4):
        assert helper.call(REQUESTS, "Requests.CreateRequest", body, key=key).id == first.id
    assert helper.refused(REQUESTS, "Requests.CreateRequest", new_request(subject="Autre"), key=key).code == "key_reused"
    assert helper.refused(REQUESTS, "Requests.CreateRequest", body, key=None).code == "key_required"

    key = str(uuid.uuid4())
    with ThreadPoolExecutor(5) as pool:
        def post(_):
            try:
                return Person(platform, people.CAF).say(first.id, "Une fois", key=key).id
            except Refused as refusal:
                return refusal.code
        ids = set(pool.map(post, range(5)))
    assert len({one for one in ids if "-" in one}) == 1 and {one for one in ids if "-" not in one} <= {"key_running"}
    assert caf.texts(first.id).count("Une fois") == 1
    # Acts take a key as well.
    key = str(uuid.uuid4())
    taken = [caf.call(REQUESTS, "Requests.TakeCharge", {"request_id": first.id, "group_id": people.CAF95}, key=key)
             for _ in range(3)]
    assert len({one.version for one in taken}) == 1


def test_P30_one_of_two_closes_the_other_learns_the_state(platform, helper):
    for _ in range(5):
        made = helper.create()
        with ThreadPoolExecutor(2) as pool:
            def close(face):
                try:
                    return helper.act("Close", made.id, usefulness=face).state
                except Refused as refusal:
                    return refusal.code, refusal.metadata["state"]
            answers = list(pool.map(close, (1, 3)))
        assert sorted(map(str, answers)) == sorted(map(str, [STATE_CLOSED, ("impossible", "REQUEST_STATE_CLOSED")]))


def test_412_a_stale_version_answers_the_present_one(helper, caf):
    made = helper.create()
    seen = caf.open(made.id).summary.version
    helper.say(made.id, "Une précision.")
    refused = caf.refused(REQUESTS, "Requests.TakeCharge", {"request_id": made.id, "group_id": people.CAF95}, version=seen)
    assert refused.code == "stale" and refused.metadata["state"] == "REQUEST_STATE_NEW"
    assert caf.act("TakeCharge", made.id, group_id=people.CAF95, version=int(refused.metadata["version"])).state \
        == STATE_IN_PROGRESS


STRANGERS = (people.STRANGER_HELPER, people.MANAGER_ONLY, people.ADMINISTRATOR, people.EXPERT, people.OBSERVER,
             people.HELPER_MANAGER)


@pytest.mark.parametrize("who", STRANGERS)
def test_T_AZ_03_a_foreign_id_answers_as_an_unknown_one(platform, helper, who):
    made = helper.create(recipient_group_ids=[people.CAF95])
    stranger = Person(platform, who)
    unknown = str(uuid.uuid4())
    calls = [(REQUESTS, "Requests.GetRequest", {}), (THREADS, "Threads.ListMessages", {}), (REQUESTS, "Requests.ListFiles", {}),
             (REQUESTS, "Requests.MarkRead", {}), (REQUESTS, "Requests.TakeCharge", {"group_id": people.CAF95}),
             (REQUESTS, "Requests.Decline", {"group_id": people.CAF95}), (REQUESTS, "Requests.MarkProcessed", {}),
             (REQUESTS, "Requests.Close", {"usefulness": 1}), (REQUESTS, "Requests.Reopen", {}),
             (REQUESTS, "Requests.InviteGroup", {"group_ids": [people.CPAM95]}), (REQUESTS, "Requests.InviteExpert", {}),
             (REQUESTS, "Requests.InviteHelper", {"user_ids": [helper.id]}), (REQUESTS, "Requests.RevokeMandate", {}),
             (REQUESTS, "Requests.Withdraw", {}), (THREADS, "Threads.PostMessage", {"text": "Bonjour"}),
             (THREADS, "Threads.PostMessage", {"text": "Bonjour", "visibility": 2}),
             (REQUESTS, "Requests.CorrectCitizen", {"citizen": {"last_name": "Autre"}}),
             (REQUESTS, "Requests.ListCitizenVersions", {}), (THREADS, "Threads.GetMessageDraft", {}),
             (THREADS, "Threads.PutMessageDraft", {"text": "Bonjour"}), (DRAFTS, "Drafts.GetDraft", None)]
    for proto, method, fields in calls:
        answers = []
        for one in (made.id, unknown):
            name = "draft_id" if fields is None else "request_id"
            refused = stranger.refused(proto, method, {name: one, **(fields or {})})
            answers.append((refused.code, refused.metadata))
        assert answers[0] == answers[1], f"{who} {method}: {answers}"
        assert answers[0][0] == "not_found", f"{who} {method}: {answers}"
    assert made.id not in stranger.listed(HELPER_SIDE, ALL) + stranger.listed(INSTRUCTOR_SIDE, NEW)
    # P90: a refused reading writes a line whether the thing exists or not.
    for one in (made.id, unknown):
        assert [line for line in audit_lines(platform, one) if line[1] == 1 and line[0] == "R2"]


def test_P34_a_manager_reads_metadata_only(platform, helper):
    made = helper.create()
    manager = Person(platform, people.HELPER_MANAGER)
    entries = manager.history(made.id)
    assert [entry.kind for entry in entries] == [1]
    assert manager.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"


def test_P90_each_showing_and_change_leaves_one_line(platform, helper, caf):
    made = helper.create()
    assert [line[0] for line in audit_lines(platform, made.id)] == ["A1"]
    for act, operation in ((lambda: caf.open(made.id), "R2"), (lambda: caf.thread(made.id), "R3"),
                           (lambda: caf.history(made.id), "R16"), (lambda: caf.say(made.id, "Bonjour"), "R5"),
                           (lambda: caf.whisper(made.id, "Psst"), "R6"),
                           (lambda: caf.act("TakeCharge", made.id, group_id=people.CAF95), "R7"),
                           (lambda: caf.act("MarkProcessed", made.id), "R8"),
                           (lambda: helper.act("Close", made.id, usefulness=2), "R9")):
        before = len(audit_lines(platform, made.id))
        act()
        assert [line[0] for line in audit_lines(platform, made.id)][before:] == [operation]


def test_P32_search_ignores_case_and_accents(helper, caf):
    word = f"m{uuid.uuid4().hex[:11]}"
    made = helper.create(subject=f"Dossier {word} bloqué", citizen={"first_name": "Zélie", "last_name": f"Ômb{word}",
                                                                    "birth_date": "1950"})
    other = helper.create(subject="Dossier ordinaire")
    for q in (word, word.upper(), f"ZELIE {word}", f"omb{word[:4]}", made.number, f"dossier {word} BLOQUE"):
        assert made.id in caf.listed(INSTRUCTOR_SIDE, NEW, q=q), q
        assert other.id not in caf.listed(INSTRUCTOR_SIDE, NEW, q=q), q
    helper.say(made.id, f"Un mot rare : serrurier{word}")
    assert caf.listed(INSTRUCTOR_SIDE, NEW, q=f"serrurier{word}") == [made.id]


def test_P32_pages_by_cursor_hold_each_request_once(platform, helper):
    made = [helper.create(subject=f"Page {i}").id for i in range(7)]
    for order in (0, 1, 2):
        seen, token = [], ""
        while True:
            page = helper.call(REQUESTS, "Requests.ListRequests", {"side": 1, "tab": MINE, "order_by": order, "page_size": 3,
                                                                   "page_token": token})
            seen += [row.id for row in page.requests]
            token = page.next_page_token
            if not token or set(made) <= set(seen):
                break
        assert len(seen) == len(set(seen)) and set(made) <= set(seen), order
    colleague = Person(platform, people.COLLEAGUE)
    page = helper.call(REQUESTS, "Requests.ListRequests", {"side": 1, "tab": MINE, "page_size": 3})
    for person, fields in ((colleague, {"tab": MINE}), (helper, {"tab": ALL}), (helper, {"tab": MINE, "order_by": 1})):
        assert person.refused(REQUESTS, "Requests.ListRequests",
                              {"side": 1, "page_token": page.next_page_token, **fields}).code == "invalid_argument"


def test_P24_a_draft_is_its_authors_and_becomes_the_request(platform, helper):
    made = helper.call(DRAFTS, "Drafts.CreateDraft", {"group_id": people.FS95})
    helper.call(DRAFTS, "Drafts.PutDraft", {"draft_id": made.id, "draft": {"subject": "À moitié", "citizen": {"last_name": "Secret"}}})
    draft = helper.call(DRAFTS, "Drafts.GetDraft", {"draft_id": made.id})
    assert draft.draft.subject == "À moitié" and draft.draft.citizen.last_name == "Secret"
    assert made.id in [row.id for row in helper.call(DRAFTS, "Drafts.ListDrafts").drafts]
    colleague = Person(platform, people.COLLEAGUE)
    assert colleague.refused(DRAFTS, "Drafts.GetDraft", {"draft_id": made.id}).code == "not_found"
    assert colleague.refused(REQUESTS, "Requests.CreateRequest", new_request(draft_id=made.id)).code == "not_found"
    request = helper.create(draft_id=made.id)
    assert request.id == made.id and helper.open(made.id).summary.subject == "Allocation logement suspendue"
    assert helper.refused(DRAFTS, "Drafts.GetDraft", {"draft_id": made.id}).code == "not_found"
    assert platform.sql("requests", "SELECT count(*) FROM draft_content WHERE draft_id = %s", made.id) == [(0,)]

    gone = helper.call(DRAFTS, "Drafts.CreateDraft", {})
    helper.call(DRAFTS, "Drafts.DeleteDraft", {"draft_id": gone.id})
    assert helper.refused(DRAFTS, "Drafts.GetDraft", {"draft_id": gone.id}).code == "not_found"
    wait_until(lambda: platform.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = %s", gone.id) == [(0,)],
               30, "the draft's key is gone")
