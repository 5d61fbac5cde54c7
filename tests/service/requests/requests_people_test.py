"""Who comes in, who leaves, who signs (P3, P5, P27, P29), what files they may touch (P63), what open pages hear (P74)."""

from __future__ import annotations

import threading
import uuid

import pytest
from requests_calls import (ALL, DRAFTS, HELPER_SIDE, IN_PROGRESS, INSTRUCTOR_SIDE, INTERNAL, LATE, NEW, REQUESTS, STATE_CLOSED,
                            STATE_PROCESSED, THREADS, Person, audit_lines)

from support import people
from support.rpc import messages
from support.waiting import wait_until

DDFIP95 = people.group_of("ddfip", "95")


@pytest.fixture(scope="module")
def helper(platform):
    return Person(platform, people.HELPER)


@pytest.fixture(scope="module")
def caf(platform):
    return Person(platform, people.CAF)


@pytest.fixture(scope="module")
def cpam(platform):
    return Person(platform, people.CPAM)


def events(platform, request: str) -> list[str]:
    """Short names of the events about a request, in their order."""
    return [kind.rsplit(".", 1)[1] for (kind,) in platform.sql(
        "requests", "SELECT e.kind FROM event AS e JOIN event_position AS p ON p.event_id = e.id "
                    "WHERE position(%s::bytea IN e.payload) > 0 ORDER BY p.position", request.encode())]


# --- inviting ---------------------------------------------------------------------------------------------------


def test_P27_a_colleague_is_invited_and_reads_a_stranger_is_not(platform, helper):
    made = helper.create()
    colleague, stranger = Person(platform, people.COLLEAGUE), Person(platform, people.STRANGER_HELPER)
    assert colleague.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"
    refused = helper.refused(REQUESTS, "Requests.InviteHelper", {"request_id": made.id, "user_ids": [stranger.id]})
    assert refused.code == "invalid_argument"
    helper.act("InviteHelper", made.id, user_ids=[colleague.id])
    assert colleague.open(made.id).me == 2 and made.id in colleague.listed(HELPER_SIDE, ALL)
    line = helper.thread(made.id, page_size=50)[-1]
    assert (line.kind, line.person) == (9, "Nadia Benali")
    version = helper.open(made.id).summary.version
    assert helper.act("InviteHelper", made.id, user_ids=[colleague.id]).version == version, "again changes nothing"
    wait_until(lambda: events(platform, made.id) == ["RequestCreated", "HelpersInvited"], 10, "the invited are told")


def test_P27_an_instructor_invites_a_group_and_says_why_between_instructors(platform, helper, caf):
    ddfip = Person(platform, people.SHARED_INSTRUCTOR)
    made = helper.create(recipient_group_ids=[people.CAF95])
    caf.whisper(made.id, "Un mot d’avant.")
    assert ddfip.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"
    caf.act("InviteGroup", made.id, group_ids=[DDFIP95], text="Le taux vient de chez vous.")
    assert ddfip.open(made.id).me == 4
    assert {"Un mot d’avant.", "Le taux vient de chez vous."} <= set(ddfip.texts(made.id))
    assert helper.texts(made.id) == []
    assert [line.group_id for line in helper.thread(made.id) if line.kind == 8] == [DDFIP95]
    assert made.id in ddfip.listed(INSTRUCTOR_SIDE, NEW) and made.id in ddfip.listed(INSTRUCTOR_SIDE, NEW, q="taux")
    refused = caf.refused(REQUESTS, "Requests.InviteGroup", {"request_id": made.id, "group_ids": [people.FS95]})
    assert refused.code == "not_addressable"


def test_P27_experts_come_in_until_it_is_closed(platform, helper, caf):
    made = helper.create()
    expert = Person(platform, people.EXPERT)
    caf.act("InviteExpert", made.id)
    assert expert.open(made.id).me == 3 and expert.open(made.id).citizen.nir == ""
    expert.say(made.id, "Je relance.")
    assert expert.open(made.id).summary.state == 1, "an expert's message is no answer (P40)"
    for code in expert.open(made.id).allowed:
        assert code[0] != "F"
    assert expert.refused(REQUESTS, "Requests.ListFiles", {"request_id": made.id}).code == "forbidden"
    assert expert.refused(REQUESTS, "Requests.Close", {"request_id": made.id, "usefulness": 1}).code == "forbidden"
    assert made.id in expert.listed(HELPER_SIDE, ALL)
    helper.act("Close", made.id, usefulness=1)
    assert expert.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"
    assert made.id not in expert.listed(HELPER_SIDE, 8)
    helper.act("Reopen", made.id)
    assert expert.open(made.id).me == 3


def test_P29_a_decline_binds_the_group_and_the_helper_learns_when_nobody_is_left(platform, helper, caf, cpam):
    made = helper.create()
    caf.act("Decline", made.id, group_id=people.CAF95, text="C’est la CPAM.", proposed_group_id=DDFIP95)
    assert made.id not in caf.listed(INSTRUCTOR_SIDE, NEW) + caf.listed(INSTRUCTOR_SIDE, IN_PROGRESS)
    assert caf.open(made.id).summary.number == made.number, "still read"
    group = next(one for one in helper.open(made.id).summary.groups if one.group_id == people.CAF95)
    assert (group.state, group.proposed_group_id) == (4, DDFIP95)
    assert caf.refused(REQUESTS, "Requests.Decline", {"request_id": made.id, "group_id": people.CAF95}).code == "impossible"
    assert caf.refused(REQUESTS, "Requests.Decline", {"request_id": made.id, "group_id": people.CPAM95}).code == "forbidden"
    cpam.act("Decline", made.id, group_id=people.CPAM95)
    module = messages("aplus/events/v1/requests.proto")
    told = [module.RequestDeclined.FromString(bytes(payload)) for (payload,) in platform.sql(
        "requests", "SELECT payload FROM event WHERE kind = 'aplus.events.v1.RequestDeclined' "
                    "AND position(%s::bytea IN payload) > 0 ORDER BY seq", made.id.encode())]
    assert [one.nobody_left for one in told] == [False, True]
    assert caf.act("TakeCharge", made.id, group_id=people.CAF95).state == 2, "a group may change its mind"


def test_P3_a_shared_account_signs_what_it_writes(platform, helper):
    shared = Person(platform, people.SHARED_INSTRUCTOR)
    made = helper.create(recipient_group_ids=[DDFIP95], citizen={"first_name": "Awa", "last_name": "Diop", "birth_date": "1980"})
    for proto, method, fields in ((THREADS, "Threads.PostMessage", {"text": "Bonjour"}),
                                  (REQUESTS, "Requests.TakeCharge", {"group_id": DDFIP95}),
                                  (REQUESTS, "Requests.Decline", {"group_id": DDFIP95}),
                                  (REQUESTS, "Requests.MarkProcessed", {}),
                                  (REQUESTS, "Requests.InviteGroup", {"group_ids": [people.CAF95]}),
                                  (REQUESTS, "Requests.InviteExpert", {})):
        assert shared.refused(proto, method, {"request_id": made.id, **fields}).code == "signer_required", method
    shared.say(made.id, "Bonjour", signed_by="Paule Roi, SIP d’Argenteuil")
    line = [line for line in helper.thread(made.id) if line.text == "Bonjour"][0]
    assert line.actor.name == "Paule Roi, SIP d’Argenteuil"
    assert platform.sql("requests", "SELECT signed_by FROM audit_entry WHERE object_id = %s AND operation = 'R5' "
                                    "AND outcome = 0", made.id) == [("Paule Roi, SIP d’Argenteuil",)]


def experts_follow(lines: list, kind: int) -> bool:
    """After the line of this kind come only those of invited experts: one each, of as many as other tests have made."""
    kinds = [line.kind for line in lines]
    return set(kinds[kinds.index(kind) + 1:]) == {10}


def test_P5_a_leavers_requests_are_handed_over(platform, caf):
    events_module = messages("aplus/events/v1/auth.proto")
    leaver, colleague = Person(platform, people.HELPER, sub=str(uuid.uuid4())), Person(platform, people.COLLEAGUE)
    leaver.id = leaver._claims["sub"]
    orphan, inherited = leaver.create(), leaver.create()
    leaver.act("InviteHelper", inherited.id, user_ids=[colleague.id])

    def deactivate(user: str, heir: str = "") -> None:
        payload = events_module.AccountDeactivated(user_id=user, heir_user_id=heir).SerializeToString()
        platform.sql("auth", "INSERT INTO event (id, kind, payload, group_ids, user_ids, lane) VALUES "
                             "(%s, 'aplus.events.v1.AccountDeactivated', %s, '{}', '{}', 1)", str(uuid.uuid4()), payload)

    deactivate(leaver.id)
    wait_until(lambda: caf.thread(orphan.id, page_size=50)[-1].kind in (10, 20), 20, "a line says so")
    # An invited helper inherits; what nobody inherits gets the experts, stays open, and its instructors may close it.
    assert experts_follow(caf.thread(orphan.id, page_size=50), 20)
    assert Person(platform, people.EXPERT).open(orphan.id).me == 3
    assert colleague.thread(inherited.id)[-1].person == "Nadia Benali"
    assert "R9" in caf.open(orphan.id).allowed and "R9" not in caf.open(inherited.id).allowed
    caf.act("MarkProcessed", orphan.id)
    assert caf.act("Close", orphan.id, usefulness=1).state == STATE_CLOSED
    assert caf.refused(REQUESTS, "Requests.Close", {"request_id": inherited.id, "usefulness": 1}).code == "forbidden"


def test_P26_who_joined_after_the_closing_does_not_read_it(platform, helper):
    made = helper.create(recipient_group_ids=[people.CAF95])
    helper.act("Close", made.id, usefulness=1)
    late = Person(platform, people.CAF_MANAGER)
    assert late.open(made.id).me == 4
    platform.sql("requests", "UPDATE membership SET instructor_since = clock_timestamp() WHERE user_id = %s", late.id)
    try:
        assert late.refused(REQUESTS, "Requests.GetRequest", {"request_id": made.id}).code == "not_found"
        assert made.id not in late.listed(INSTRUCTOR_SIDE, 8)
        opened = helper.create(recipient_group_ids=[people.CAF95])
        assert late.open(opened.id).me == 4, "open requests are seen at once"
    finally:
        platform.sql("requests", "UPDATE membership SET instructor_since = '2000-01-01' WHERE user_id = %s", late.id)


# --- time -------------------------------------------------------------------------------------------------------


def test_P40_P42_a_late_request_is_flagged_told_and_the_experts_come(platform, helper, caf):
    made = helper.create()
    platform.sql("requests", "UPDATE request SET clock_started_at = clock_timestamp() - interval '20 days', "
                             "late_from = clock_timestamp() - interval '1 second' WHERE id = %s", made.id)
    wait_until(lambda: helper.open(made.id).summary.late, 60, "flagged within a minute")
    assert made.id in caf.listed(INSTRUCTOR_SIDE, LATE) and made.id in caf.listed(INSTRUCTOR_SIDE, IN_PROGRESS)
    assert experts_follow(helper.thread(made.id, page_size=50), 18)
    assert Person(platform, people.EXPERT).open(made.id).me == 3
    wait_until(lambda: {"RequestLate", "ExpertsInvited"} <= set(events(platform, made.id)), 10, "told")
    module = messages("aplus/events/v1/requests.proto")
    payload = platform.sql("requests", "SELECT payload FROM event WHERE kind = 'aplus.events.v1.RequestLate' "
                                       "AND position(%s::bytea IN payload) > 0", made.id.encode())
    assert len(payload) == 1
    assert set(module.RequestLate.FromString(bytes(payload[0][0])).waiting_group_ids) == {people.CAF95, people.CPAM95}
    caf.act("TakeCharge", made.id, group_id=people.CAF95)
    assert not helper.open(made.id).summary.late and made.id not in caf.listed(INSTRUCTOR_SIDE, LATE)


def test_P42_groups_are_warned_once(platform, helper):
    made = helper.create()
    platform.sql("requests", "UPDATE request SET warn_at = clock_timestamp() - interval '1 second' WHERE id = %s", made.id)
    wait_until(lambda: "RequestLateSoon" in events(platform, made.id), 60, "warned")
    helper.say(made.id, "Une précision")
    assert platform.sql("requests", "SELECT warn_at FROM request WHERE id = %s", made.id) == [(None,)]
    assert events(platform, made.id).count("RequestLateSoon") == 1


# --- files ------------------------------------------------------------------------------------------------------


def register(platform, person: Person, target: str, name: str = "bail été.pdf") -> str:
    file = str(uuid.uuid4())
    person.call(INTERNAL, "FileAccess.RegisterFile",
                {"file_id": file, "request_id": target, "name": name, "type": "application/pdf"}, certificate="files")
    platform.rpc.call("requests", INTERNAL, "FileAccess.RecordFileState",
                      {"file_id": file, "state": 3, "size": 1234, "type": "application/pdf"}, certificate="files")
    return file


def authorize(person: Person, file: str, operation: int = 1):
    return person.call(INTERNAL, "FileAccess.AuthorizeFile", {"file_id": file, "operation": operation}, certificate="files")


def denied(person: Person, file: str, operation: int = 1) -> str:
    return person.refused(INTERNAL, "FileAccess.AuthorizeFile", {"file_id": file, "operation": operation},
                          certificate="files").code


def test_P63_files_are_read_like_what_carries_them(platform, helper, caf, cpam):
    draft = helper.call(DRAFTS, "Drafts.CreateDraft", {}).id
    file = register(platform, helper, draft)
    assert denied(caf, file) == "not_found" and authorize(helper, file).name == "bail été.pdf"
    made = helper.create(draft_id=draft, file_ids=[file])
    answer = authorize(caf, file)
    assert (answer.request_id, answer.name, answer.size) == (made.id, "bail été.pdf", 1234)
    listed = caf.call(REQUESTS, "Requests.ListFiles", {"request_id": made.id}).files
    assert [(one.id, one.name, one.state, one.downloaded_by_me) for one in listed] == [(file, "bail été.pdf", 3, True)]
    stranger, expert = Person(platform, people.STRANGER_HELPER), Person(platform, people.EXPERT)
    helper.act("InviteExpert", made.id)
    assert denied(stranger, file) == "not_found" == denied(stranger, str(uuid.uuid4()))
    assert denied(expert, file) == "forbidden"
    assert denied(caf, file, 2) == "forbidden", "only the uploader deletes (P36)"
    assert authorize(helper, file, 2).request_id == made.id
    # One line of the history a person, one of the trail each time (P90).
    authorize(caf, file)
    assert [entry.kind for entry in caf.history(made.id)].count(14) == 1
    assert len([line for line in audit_lines(platform, file) if line[0] == "F3" and line[1] == 0]) == 3

    # Between instructors (P28): unknown to the helper side, names included.
    private = register(platform, caf, made.id, "interne.pdf")
    assert denied(cpam, private) == "not_found", "not sent yet"
    caf.whisper(made.id, "Voir pièce", file_ids=[private])
    assert authorize(cpam, private).name == "interne.pdf"
    assert denied(helper, private) == "not_found"
    names = [one.name for one in helper.call(REQUESTS, "Requests.ListFiles", {"request_id": made.id}).files]
    assert names == ["bail été.pdf"]

    platform.rpc.call("requests", INTERNAL, "FileAccess.RecordFileState", {"file_id": file, "state": 5}, certificate="files")
    assert denied(caf, file) == "erased"
    listed = caf.call(REQUESTS, "Requests.ListFiles", {"request_id": made.id}).files
    assert (listed[0].name, listed[0].state) == ("", 5), "the fact stays, the name goes (P50)"


def test_P62_nothing_is_given_out_before_its_verdict(platform, helper):
    made = helper.create()
    file = str(uuid.uuid4())
    helper.call(INTERNAL, "FileAccess.RegisterFile", {"file_id": file, "request_id": made.id, "name": "a.pdf"}, certificate="files")
    for state, code in ((1, "file_not_ready"), (2, "file_not_ready"), (4, "erased")):
        platform.rpc.call("requests", INTERNAL, "FileAccess.RecordFileState", {"file_id": file, "state": state}, certificate="files")
        assert denied(helper, file) == code


def test_files_are_sent_once_and_by_their_uploader(platform, helper, caf):
    made = helper.create()
    file = register(platform, helper, made.id)
    assert caf.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "x", "file_ids": [file]}).code \
        == "invalid_argument"
    helper.say(made.id, "Le voici", file_ids=[file])
    assert helper.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "x", "file_ids": [file]}).code \
        == "invalid_argument"
    assert [list(line.file_ids) for line in caf.thread(made.id) if line.text == "Le voici"] == [[file]]
    other = helper.create()
    foreign = register(platform, helper, other.id)
    assert helper.refused(THREADS, "Threads.PostMessage", {"request_id": made.id, "text": "x", "file_ids": [foreign]}).code \
        == "invalid_argument"
    for _ in range(10):
        register(platform, helper, made.id)
    assert helper.refused(INTERNAL, "FileAccess.RegisterFile",
                          {"file_id": str(uuid.uuid4()), "request_id": made.id, "name": "x.pdf"}, certificate="files").code \
        == "too_many_files"


def test_only_the_files_service_asks_about_files(platform, helper):
    made = helper.create()
    for certificate in ("gateway", "stats", "notifications"):
        assert helper.refused(INTERNAL, "FileAccess.RegisterFile",
                              {"file_id": str(uuid.uuid4()), "request_id": made.id, "name": "x.pdf"},
                              certificate=certificate).code in ("forbidden", "unauthenticated")


# --- open pages -------------------------------------------------------------------------------------------------


class Watching:
    """A live stream, collected in the background."""

    def __init__(self, platform, person: Person, last: str = "") -> None:
        request = messages(INTERNAL).WatchLiveRequest(last_event_id=last)
        answer = messages("aplus/api/v1/transfer.proto").LiveEvent
        stub = platform.rpc.channel("requests").unary_stream(
            "/aplus.requests.v1.Live/WatchLive", request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString)
        self._stream = stub(request, metadata=(("x-aplus-identity", platform.identities.token(person.email)),))
        self.events: list = []
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        try:
            for event in self._stream:
                self.events.append(event)
        except Exception:
            return

    def heard(self, request: str) -> list[str]:
        return [event.kind for event in self.events if event.request_id == request]

    def __enter__(self) -> "Watching":
        wait_until(lambda: self.events, 10, "the stream begins")
        return self

    def __exit__(self, *_) -> None:
        self._stream.cancel()
        self._thread.join(5)


def test_P74_P28_open_pages_hear_what_concerns_them(platform, helper, caf, cpam):
    made = helper.create()
    stranger = Person(platform, people.STRANGER_HELPER)
    with Watching(platform, helper) as page, Watching(platform, cpam) as agent, Watching(platform, stranger) as other:
        caf.act("TakeCharge", made.id, group_id=people.CAF95)
        wait_until(lambda: "message" in page.heard(made.id) and "message" in agent.heard(made.id), 10, "both hear")
        heard = len(page.heard(made.id))
        caf.whisper(made.id, "Entre nous")
        helper.say(made.id, "Merci")
        wait_until(lambda: len(agent.heard(made.id)) >= 3, 10, "the private one and the open one")
        wait_until(lambda: len(page.heard(made.id)) > heard, 10, "the open one")
        assert len(page.heard(made.id)) == heard + 1, "the private message stirs no helper's page"
        assert not other.heard(made.id)
        cursor = page.events[-1].cursor
        assert any(event.event == "counters" for event in page.events)
    caf.act("MarkProcessed", made.id)
    # Back again after the last event: nothing lost, nothing twice.
    with Watching(platform, helper, cursor) as page:
        wait_until(lambda: page.heard(made.id), 10, "what came meanwhile")
        assert page.heard(made.id) == ["state"]
        assert helper.open(made.id).summary.state == STATE_PROCESSED
    with Watching(platform, helper, "999999999") as page:
        assert page.events[0].event == "reset"


def test_P82_events_hold_no_word_of_it(platform, helper, caf):
    made = helper.create(subject="Sujet-témoin", citizen={"first_name": "Prénomtémoin", "last_name": "Nomtémoin",
                                                          "birth_date": "1944"})
    caf.say(made.id, "Texte-témoin")
    payloads = b"".join(bytes(payload) for (payload,) in platform.sql(
        "requests", "SELECT payload FROM event WHERE position(%s::bytea IN payload) > 0", made.id.encode()))
    for word in ("témoin", "1944"):
        assert word.encode() not in payloads
    for table in ("request_content", "message_content", "search_entry", "audit_entry"):
        for (row,) in platform.sql("requests", f"SELECT t::text FROM {table} AS t"):
            assert "émoin" not in row
