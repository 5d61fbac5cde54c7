"""Correcting the citizen (P21), marking all seen (P32), half-written messages (P33), what managers see (P34), subjects
without personal data (P20)."""

from __future__ import annotations

import pytest
from requests_calls import (ALL, CITIZEN, HELPER_SIDE, IN_PROGRESS, INSTRUCTOR_SIDE, NEW, REQUESTS, STATE_IN_PROGRESS,
                            STATE_NEW, THREADS, Person, audit_lines, new_request)

from support import people
from support.waiting import wait_until

OVERSIGHT = "aplus/requests/v1/oversight.proto"
CANARY = "Réverbère-témoin"


@pytest.fixture(scope="module")
def helper(platform):
    return Person(platform, people.HELPER)


@pytest.fixture(scope="module")
def caf(platform):
    return Person(platform, people.CAF)


@pytest.fixture(scope="module")
def cpam(platform):
    return Person(platform, people.CPAM)


# --- P20 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["Dossier de Mme Ndiaye-Testeur", "NDIAYE TESTEUR : logement", "Allocataire 1234567",
                                     "NIR 2 84 05 75 123 456 bloqué", "Écrire à awa@exemple.fr"])
def test_P20_a_subject_holds_no_personal_data(helper, subject):
    refused = helper.refused(REQUESTS, "Requests.CreateRequest", new_request(subject=subject))
    assert refused.code == "invalid_argument", subject


def test_P20_ordinary_subjects_pass(helper):
    for subject in ("Allocation logement suspendue depuis 2026", "Retraite : 43 trimestres non reportés", "RSA 07/2026"):
        assert helper.create(subject=subject).id


def test_P20_only_colleagues_are_named_and_only_groups_of_the_area_asked(helper):
    strange = people.USERS[people.STRANGER_HELPER]["id"]
    for changes, code in (({"helper_ids": [strange]}, "invalid_argument"),
                          ({"recipient_group_ids": [people.group_of("caf", "62")]}, "not_addressable"),
                          ({"recipient_group_ids": [people.FS95]}, "not_addressable"),
                          ({"group_id": people.group_of("france-services", "62")}, "forbidden"),
                          ({"usual_channels_tried": False}, "invalid_argument")):
        assert helper.refused(REQUESTS, "Requests.CreateRequest", new_request(**changes)).code == code, changes


# --- P21 --------------------------------------------------------------------------------------------------------


def versions(person: Person, request: str) -> list:
    return list(person.call(REQUESTS, "Requests.ListCitizenVersions", {"request_id": request}).versions)


def test_P21_a_value_is_corrected_and_the_old_one_kept(platform, helper, caf, cpam):
    made = helper.create()
    assert versions(caf, made.id) == []
    version = helper.open(made.id).summary.version
    acted = helper.act("CorrectCitizen", made.id, citizen={"last_name": "Ndiaye-Corrigée", "caf_number": "7654321B"}, version=version)
    assert acted.version > version and acted.state == 1, "a correction is no answer and no message"
    assert caf.open(made.id).citizen.last_name == "Ndiaye-Corrigée"
    old = versions(caf, made.id)
    assert [(one.version, one.citizen.last_name, one.citizen.caf_number, one.replaced_by.name) for one in old] \
        == [(1, "Ndiaye-Testeur", "1234567A", "Camille Moreau")]
    # Entitlement holds for old values as for new ones (P22).
    assert versions(cpam, made.id)[0].citizen.caf_number == "" and versions(cpam, made.id)[0].citizen.nir
    assert made.id in caf.listed(INSTRUCTOR_SIDE, NEW, q="corrigee") + caf.listed(INSTRUCTOR_SIDE, IN_PROGRESS, q="corrigee")
    assert [entry.kind for entry in helper.history(made.id)].count(17) == 1
    # The same again changes nothing.
    again = helper.act("CorrectCitizen", made.id, citizen={"last_name": "Ndiaye-Corrigée"})
    assert again.version == acted.version and len(versions(helper, made.id)) == 1
    helper.say(made.id, "Son nouveau numéro.", citizen={"phone": "07 11 22 33 44"})
    assert [one.version for one in versions(helper, made.id)] == [2, 1]
    assert ("R23", 0, "") in audit_lines(platform, made.id)


def test_P21_P22_P23_corrections_that_are_refused(platform, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95])
    for citizen, code in (({"last_name": ""}, "invalid_argument"), ({"nir": "2840575123457" + "00"}, "invalid_argument"),
                          ({"tax_number": "1234567890123"}, "not_entitled"), ({"birth_date": "hier"}, "invalid_argument")):
        refused = helper.refused(REQUESTS, "Requests.CorrectCitizen", {"request_id": made.id, "citizen": citizen})
        assert refused.code == code, citizen
    assert caf.refused(REQUESTS, "Requests.CorrectCitizen",
                       {"request_id": made.id, "citizen": {"last_name": "X"}}).code == "forbidden"
    stranger = Person(platform, people.STRANGER_HELPER)
    assert stranger.refused(REQUESTS, "Requests.CorrectCitizen",
                            {"request_id": made.id, "citizen": {"last_name": "X"}}).code == "not_found"
    assert stranger.refused(REQUESTS, "Requests.ListCitizenVersions", {"request_id": made.id}).code == "not_found"
    # The number on which a mandate by telephone rests is corrected, never taken away.
    by_phone = helper.create(mandate={"kind": 3, "given_on": new_request()["mandate"]["given_on"]})
    helper.act("CorrectCitizen", by_phone.id, citizen={"phone": "06 99 88 77 66"})
    assert helper.refused(REQUESTS, "Requests.CorrectCitizen",
                          {"request_id": by_phone.id, "citizen": {"phone": ""}}).code == "mandate_incomplete"
    helper.act("Close", made.id, usefulness=1)
    assert helper.refused(REQUESTS, "Requests.CorrectCitizen",
                          {"request_id": made.id, "citizen": {"phone": "06 99 88 77 66"}}).code == "impossible"


# --- P31 --------------------------------------------------------------------------------------------------------


def test_P31_a_comment_reaches_the_statistics_team_and_names_nobody(platform, helper):
    made = helper.create()
    for comment in ("Merci pour Mme Ndiaye-Testeur", "Rappelée au 06 12 34 56 78", "Écrire à awa@exemple.fr"):
        refused = helper.refused(REQUESTS, "Requests.Close", {"request_id": made.id, "usefulness": 1, "comment": comment})
        assert refused.code == "invalid_argument", comment
    helper.act("Close", made.id, usefulness=1, comment="Réponse claire et rapide.")

    def comments(person: Person) -> list[tuple[str, str, int]]:
        answer = person.call(OVERSIGHT, "Oversight.ListComments", {"page_size": 100})
        return [(one.number, one.comment, one.usefulness) for one in answer.comments]

    administrator = Person(platform, people.ADMINISTRATOR)
    assert (made.number, "Réponse claire et rapide.", 1) in comments(administrator)
    for email in (people.HELPER, people.CAF, people.CAF_MANAGER, people.EXPERT, people.OBSERVER):
        assert Person(platform, email).refused(OVERSIGHT, "Oversight.ListComments", {}).code == "forbidden", email
    helper.act("RevokeMandate", made.id)
    wait_until(lambda: made.number not in [number for number, _, _ in comments(administrator)], 30, "gone with the request")


# --- P32 --------------------------------------------------------------------------------------------------------


def test_P32_all_is_marked_seen_at_once(platform, helper):
    agent = Person(platform, people.CPAM_MANAGER)
    made = [helper.create(recipient_group_ids=[people.CPAM95], citizen={**CITIZEN, "caf_number": ""}).id for _ in range(3)]
    assert set(made) <= set(agent.listed(INSTRUCTOR_SIDE, NEW))
    answer = agent.call(REQUESTS, "Requests.MarkAllSeen", {})
    assert answer.seen >= 3 and not answer.more
    assert agent.counts(INSTRUCTOR_SIDE)[NEW] == 0 and set(made) <= set(agent.listed(INSTRUCTOR_SIDE, IN_PROGRESS))
    # As opened one by one: the helper sees it, the trail has a line each, nothing is read.
    opened = helper.open(made[0])
    assert [(mark.user_id, mark.message_id) for mark in opened.read_marks if mark.user_id == agent.id] == [(agent.id, "")]
    assert "R22" not in opened.allowed, "an instructor has opened it"
    assert [line[0] for line in audit_lines(platform, made[1])] == ["A1", "R19"]
    assert agent.call(REQUESTS, "Requests.MarkAllSeen", {}).seen == 0
    assert agent.call(REQUESTS, "Requests.MarkAllSeen", {"group_id": people.CAF95}).seen == 0, "not a group of his"


def test_P32_lists_filter_by_group_area_organisation_state_and_late(platform):
    helper = Person(platform, "olivier.rousseau@fs62.test")
    own = people.group_of("france-services", "62")
    other, plain = people.group_of("prefecture", "67"), {"first_name": "Ida", "last_name": "Filtre", "birth_date": "1960"}
    here = helper.create(group_id=own, area_id="62", recipient_group_ids=[people.group_of("caf", "62")], citizen=plain).id
    there = helper.create(group_id=own, area_id="67", recipient_group_ids=[other], citizen=plain).id
    agent = Person(platform, "blandine.fischer@pref67.test")
    agent.act("TakeCharge", there, group_id=other)
    platform.sql("requests", "UPDATE person_work SET late = true WHERE request_id = %s", here)

    def found(**filters) -> set[str]:
        return {here, there} & set(helper.listed(HELPER_SIDE, ALL, **filters))

    assert found() == {here, there} == found(group_id=own)
    assert found(group_id=people.FS95) == set()
    assert (found(area_id="62"), found(area_id="67"), found(area_id="75")) == ({here}, {there}, set())
    assert (found(organisation_id="caf"), found(organisation_id="prefecture")) == ({here}, {there})
    assert (found(state=STATE_NEW), found(state=STATE_IN_PROGRESS)) == ({here}, {there})
    assert (found(late=True), found(late=False)) == ({here}, {there})
    assert found(area_id="62", state=STATE_IN_PROGRESS) == set()
    assert found(area_id="67", q="filtre") == {there}
    # By deadline: what waits for its first answer comes before what has two weeks.
    order = [row for row in helper.listed(HELPER_SIDE, ALL, order_by=2) if row in (here, there)]
    assert order == [here, there]


def test_P32_a_counter_is_true_up_to_a_thousand(platform):
    group, agent = people.group_of("prefecture", "62"), Person(platform, "justine.colin@pref62.test")
    helper = Person(platform, "olivier.rousseau@fs62.test")
    made = helper.create(group_id=people.group_of("france-services", "62"), area_id="62", recipient_group_ids=[group],
                         citizen={"first_name": "Ida", "last_name": "Compte", "birth_date": "1960"}).id

    def counted() -> tuple[int, bool]:
        answer = agent.call(REQUESTS, "Requests.CountRequests", {"side": INSTRUCTOR_SIDE})
        return next((row.count, row.more) for row in answer.tabs if row.tab == NEW)

    before = counted()
    assert before[0] >= 1 and not before[1]
    copies = [row for (row,) in platform.sql("requests", """
        WITH copied AS (
          INSERT INTO request
          SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number', 'copie-' || n))).*
            FROM request r, generate_series(1, 1000) n
           WHERE r.id = %s
          RETURNING id), work AS (
          INSERT INTO group_work
          SELECT (jsonb_populate_record(w, jsonb_build_object('request_id', c.id))).*
            FROM group_work w, copied c
           WHERE w.request_id = %s)
        SELECT id::text FROM copied""", made, made)]
    try:
        assert counted() == (1000, True)
        platform.sql("requests", "DELETE FROM group_work WHERE request_id = ANY (%s::uuid[])", copies[:before[0]])
        assert counted() == (1000, True), "a thousand and more"
        platform.sql("requests", "DELETE FROM group_work WHERE request_id = ANY (%s::uuid[])", copies[:before[0] + 1])
        assert counted() == (999, False)
    finally:
        platform.sql("requests", "DELETE FROM group_work WHERE request_id = ANY (%s::uuid[])", copies)
        platform.sql("requests", "DELETE FROM request WHERE id = ANY (%s::uuid[])", copies)


# --- P29 ---------------------------------------------------------------------------------------------------------


def test_P29_a_standard_procedure_is_ticked_on_an_answer_that_names_it(helper, caf):
    made = helper.create()
    assert not helper.open(made.id).standard_procedure
    for person, fields in ((helper, {}), (caf, {"visibility": 2})):
        refused = person.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "Voyez le site.",
                                                                  "standard_procedure": True, **fields})
        assert refused.code == "invalid_argument", "only an answer that all may read"
    assert caf.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "",
                                                        "standard_procedure": True}).code == "invalid_argument"
    caf.say(made.id, "Téléservice « Demander une aide au logement ».", standard_procedure=True)
    assert helper.open(made.id).standard_procedure
    assert [line.text for line in helper.thread(made.id) if line.standard_procedure] == \
        ["Téléservice « Demander une aide au logement »."]


# --- P33 --------------------------------------------------------------------------------------------------------


def draft_of(person: Person, request: str):
    return person.call(THREADS, "Threads.GetMessageDraft", {"request_id": request})


def keep(person: Person, request: str, text: str, **fields):
    return person.call(THREADS, "Threads.PutMessageDraft", {"request_id": request, "text": text, **fields})


def test_P33_a_half_written_message_is_kept_for_its_writer_who_hears_of_newer_ones(platform, helper, caf, cpam):
    made = helper.create()
    assert draft_of(caf, made.id).text == ""
    keep(caf, made.id, f"{CANARY} : commencé", visibility=2)
    kept = draft_of(caf, made.id)
    assert (kept.text, kept.visibility, kept.newer_messages) == (f"{CANARY} : commencé", 2, 0)
    assert draft_of(cpam, made.id).text == "" and draft_of(helper, made.id).text == ""
    helper.say(made.id, "Une précision.")
    cpam.whisper(made.id, "Je l’ai.")
    assert keep(caf, made.id, f"{CANARY} : presque fini", visibility=2).newer_messages == 2
    # The helper side counts what it may read (P28).
    keep(helper, made.id, "Et encore")
    cpam.whisper(made.id, "Toujours moi.")
    assert draft_of(helper, made.id).newer_messages == 0
    # Sealed: its words stand in no row.
    for (row,) in platform.sql("requests", "SELECT d::text FROM message_draft AS d"):
        assert "moin" not in row and CANARY.encode().hex() not in row
    caf.whisper(made.id, "Envoyé.")
    assert draft_of(caf, made.id).text == "", "sending takes it away"
    keep(helper, made.id, "")
    assert draft_of(helper, made.id).text == ""
    stranger = Person(platform, people.STRANGER_HELPER)
    for method, fields in (("GetMessageDraft", {}), ("PutMessageDraft", {"text": "x"})):
        assert stranger.refused(THREADS, f"Threads.{method}", {"request_id": made.id, **fields}).code == "not_found"
    assert helper.refused(THREADS, "Threads.PutMessageDraft",
                          {"request_id": made.id, "text": "x", "visibility": 2}).code == "forbidden"


def test_P33_P24_half_written_messages_end_with_their_time_and_with_the_request(platform, helper, caf):
    made = helper.create()
    keep(caf, made.id, "À suivre")
    platform.sql("requests", "UPDATE message_draft SET erase_at = clock_timestamp() WHERE request_id = %s", made.id)
    assert draft_of(caf, made.id).text == ""
    keep(caf, made.id, "De nouveau")
    helper.act("Close", made.id, usefulness=1)
    assert caf.refused(THREADS, "Threads.PutMessageDraft", {"request_id": made.id, "text": "x"}).code == "impossible"
    assert draft_of(caf, made.id).text == "De nouveau", "it may be reopened"
    helper.act("RevokeMandate", made.id)
    wait_until(lambda: platform.sql("requests", "SELECT count(*) FROM message_draft WHERE request_id = %s", made.id) == [(0,)],
               30, "erased with the request")


# --- P34 --------------------------------------------------------------------------------------------------------


def metadata(person: Person, request: str):
    return person.call(OVERSIGHT, "Oversight.GetMetadata", {"request_id": request}).request


def overseen(person: Person, **filters) -> list[str]:
    answer = person.call(OVERSIGHT, "Oversight.ListMetadata", {"page_size": 100, **filters})
    return [one.id for one in answer.requests]


def test_P34_managers_and_administrators_see_metadata_and_nothing_else(platform, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95], subject=f"Sujet {CANARY}",
                         description=f"Description {CANARY}",
                         citizen={**CITIZEN, "first_name": CANARY, "last_name": "Témoin-" + CANARY})
    caf.say(made.id, f"Réponse {CANARY}")
    caf.whisper(made.id, "Entre nous.")
    helper.say(made.id, "Merci.")
    caf.act("MarkProcessed", made.id)
    helper.act("Close", made.id, usefulness=2, comment=f"Avis {CANARY}")
    for email in (people.CAF_MANAGER, people.HELPER_MANAGER, people.ADMINISTRATOR, people.HELPER, people.CAF):
        person = Person(platform, email)
        seen = metadata(person, made.id)
        assert (seen.number, seen.state, seen.area_id, seen.usefulness, seen.close_reason) == (made.number, 4, "95", 2, 1), email
        assert (seen.messages, seen.files, seen.helpers, seen.experts) == (2, 0, 1, 0), f"{email}: private ones uncounted (P28)"
        assert seen.HasField("first_answer_at") and seen.processed_seconds >= 0
        assert [group.group_id for group in seen.groups] == [people.CAF95]
        assert CANARY.encode() not in seen.SerializeToString()
    for email in (people.CAF_MANAGER, people.HELPER_MANAGER, people.ADMINISTRATOR):
        assert made.id in overseen(Person(platform, email)), email
    for email in (people.MANAGER_ONLY, people.STRANGER_HELPER, people.OBSERVER, people.EXPERT):
        assert Person(platform, email).refused(OVERSIGHT, "Oversight.GetMetadata", {"request_id": made.id}).code == "not_found"


def test_P34_each_oversees_his_own(platform, helper):
    made = helper.create(recipient_group_ids=[people.CAF95])
    manager, administrator = Person(platform, people.CAF_MANAGER), Person(platform, people.ADMINISTRATOR)
    assert made.id not in overseen(Person(platform, people.MANAGER_ONLY))
    assert manager.refused(OVERSIGHT, "Oversight.ListMetadata", {"group_id": people.CPAM95}).code == "forbidden"
    for email in (people.HELPER, people.CAF, people.EXPERT, people.OBSERVER):
        assert Person(platform, email).refused(OVERSIGHT, "Oversight.ListMetadata", {}).code == "forbidden", email
    assert made.id in overseen(administrator, group_id=people.CAF95)
    assert made.id not in overseen(administrator, group_id=people.CPAM95)
    assert made.id in overseen(manager, state=1, area_id="95", late=False)
    assert made.id not in overseen(manager, state=4) + overseen(manager, area_id="75") + overseen(manager, late=True)


def test_P34_pages_by_cursor_hold_each_once(platform, helper):
    manager = Person(platform, people.CAF_MANAGER)
    made = [helper.create(recipient_group_ids=[people.CAF95]).id for _ in range(5)]
    seen, token = [], ""
    while not set(made) <= set(seen):
        page = manager.call(OVERSIGHT, "Oversight.ListMetadata", {"page_size": 2, "page_token": token})
        seen += [one.id for one in page.requests]
        token = page.next_page_token
        assert token or set(made) <= set(seen)
    assert len(seen) == len(set(seen)) and seen == sorted(seen, reverse=True)
    other = Person(platform, people.HELPER_MANAGER)
    page = manager.call(OVERSIGHT, "Oversight.ListMetadata", {"page_size": 2})
    assert other.refused(OVERSIGHT, "Oversight.ListMetadata",
                         {"page_size": 2, "page_token": page.next_page_token}).code == "invalid_argument"


# --- P53 --------------------------------------------------------------------------------------------------------


def test_P53_everybody_sees_what_is_held_on_him_and_on_nobody_else(platform, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95], subject=f"Sujet {CANARY}")
    caf.act("MarkRead", made.id)
    caf.say(made.id, f"Réponse {CANARY}")
    caf.whisper(made.id, "Entre nous")

    def trace(person: Person):
        answer = person.call("aplus/requests/v1/traces.proto", "Traces.ListMyTraces", {"page_size": 100})
        assert CANARY.encode() not in answer.SerializeToString()
        return next((one for one in answer.traces if one.request_id == made.id), None)

    mine, his = trace(helper), trace(caf)
    assert (list(mine.parts), mine.messages, mine.HasField("opened_at")) == ([1], 0, False)
    assert (list(his.parts), his.messages, his.HasField("opened_at")) == ([], 2, True)
    assert trace(Person(platform, people.STRANGER_HELPER)) is None
    assert trace(Person(platform, people.ADMINISTRATOR)) is None
