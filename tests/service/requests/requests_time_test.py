"""What time does to a request on which nobody acts (P35, P43, P50): announced, raised, closed; people are reminded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from requests_calls import (ARCHIVED, HELPER_SIDE, INTERNAL, REQUESTS, STATE_CLOSED, STATE_NEW, STATE_PROCESSED, Person)

from support import people
from support.rpc import messages
from support.waiting import wait_until

SETTINGS = {"requests": {"neglect_poll_seconds": 1, "reminder_poll_seconds": 1, "lateness_poll_seconds": 1}}
EVENTS = "aplus/events/v1/requests.proto"
INACTIVE, NO_ANSWER = 4, 5
MOMENTS = ("created_at", "clock_started_at", "last_answer_at", "first_answer_at", "processed_at", "active_at", "close_at",
           "notice_at", "raise_at", "last_message_all", "last_message_instructors", "late_from", "warn_at", "deadline")


@pytest.fixture(scope="module")
def quick(platforms):
    return platforms.get(SETTINGS)


@pytest.fixture(scope="module")
def helper(quick):
    return Person(quick, people.HELPER)


@pytest.fixture(scope="module")
def caf(quick):
    return Person(quick, people.CAF)


def age(platform, requests: str | list[str], span: str) -> None:
    """As if everything on the requests had happened so much earlier; on all of them at once."""
    ids = [requests] if isinstance(requests, str) else requests
    moved = ", ".join(f"{column} = {column} - %s::interval" for column in MOMENTS)
    platform.sql("requests", "UPDATE entry SET at = at - %s::interval WHERE request_id = ANY (%s::uuid[])", span, ids)
    platform.sql("requests", f"UPDATE request SET {moved} WHERE id = ANY (%s::uuid[])", *[span] * len(MOMENTS), ids)


def told(platform, kind: str, request: str) -> list:
    message = getattr(messages(EVENTS), kind)
    return [message.FromString(bytes(payload)) for (payload,) in platform.sql(
        "requests", "SELECT payload FROM event WHERE kind = %s AND position(%s::bytea IN payload) > 0 ORDER BY seq",
        f"aplus.events.v1.{kind}", request.encode())]


def kinds_of_mail(platform, request: str) -> dict[str, set[int]]:
    """What each recipient's mails about a request are, by recipient id."""
    kinds: dict[str, set[int]] = {}
    for recipient, kind in platform.sql("notifications", "SELECT recipient_id::text, kind FROM mail WHERE request_id = %s",
                                        request):
        kinds.setdefault(recipient, set()).add(kind)
    return kinds


def number_of(name: str) -> int:
    """As notifications stores a kind of mail: its place in domain/kind.h."""
    text = (Path(__file__).resolve().parents[3] / "services/notifications/domain/kind.h").read_text()
    names = re.findall(r"^  (k\w+),", text.split("enum class Kind", 1)[1].split("};", 1)[0], re.M)
    return names.index(name)


END_ANNOUNCED, END_UNANSWERED, RAISED = map(number_of, ("kEndAnnounced", "kEndUnanswered", "kRaised"))
PROCESSED_MAIL, TO_BE_CLOSED, FILE_EXPIRING = map(number_of, ("kProcessed", "kToBeClosed", "kFileExpiring"))
CLOSED_INACTIVE = number_of("kClosedInactive")


def test_P35_a_processed_request_is_announced_then_closed(quick, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95])
    caf.act("MarkProcessed", made.id)
    age(quick, made.id, "51 days")
    wait_until(lambda: told(quick, "RequestEndAnnounced", made.id), 30, "announced")
    opened = helper.open(made.id).summary
    assert opened.state == STATE_PROCESSED and opened.closes_at.seconds > 0
    assert helper.thread(made.id)[-1].kind == 21
    wait_until(lambda: END_ANNOUNCED in kinds_of_mail(quick, made.id).get(helper.id, ()), 20, "the helper is told")
    assert END_ANNOUNCED not in kinds_of_mail(quick, made.id).get(caf.id, ()), "it is the helper side's to close"

    # A word of the helper starts anew; a private one does not (P28).
    helper.say(made.id, "Je vérifie avec l’usager.")
    assert not helper.open(made.id).summary.HasField("closes_at")
    caf.act("MarkProcessed", made.id)
    age(quick, made.id, "51 days")
    wait_until(lambda: len(told(quick, "RequestEndAnnounced", made.id)) == 2, 30, "announced again")
    closes_at = helper.open(made.id).summary.closes_at
    caf.whisper(made.id, "Toujours rien ?")
    assert helper.open(made.id).summary.closes_at == closes_at

    age(quick, made.id, "10 days")
    wait_until(lambda: helper.open(made.id).summary.state == STATE_CLOSED, 30, "closed")
    opened = helper.open(made.id)
    assert opened.summary.close_reason == INACTIVE and opened.summary.erased_at.seconds > opened.summary.closed_at.seconds
    assert made.id in helper.listed(HELPER_SIDE, ARCHIVED)
    line = helper.thread(made.id)[-1]
    assert line.kind == 6 and line.actor.user_id == "" and len(told(quick, "RequestEndAnnounced", made.id)) == 2
    assert [one.reason for one in told(quick, "RequestClosed", made.id)] == [INACTIVE]
    wait_until(lambda: CLOSED_INACTIVE in kinds_of_mail(quick, made.id).get(helper.id, ()), 20, "the helper is told")
    # It can come back while it exists (P30).
    assert helper.act("Reopen", made.id).state != STATE_CLOSED


def test_P35_an_unanswered_request_is_raised_and_closed_as_such(quick, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95])
    age(quick, made.id, "16 days")
    wait_until(lambda: told(quick, "RequestRaised", made.id), 30, "raised")
    assert list(told(quick, "RequestRaised", made.id)[0].waiting_group_ids) == [people.CAF95]
    assert Person(quick, people.EXPERT).open(made.id).me == 3
    manager, expert = Person(quick, people.CAF_MANAGER), Person(quick, people.EXPERT)
    wait_until(lambda: {manager.id, expert.id} <= {who for who, kinds in kinds_of_mail(quick, made.id).items()
                                                  if RAISED in kinds}, 20, "manager and expert are told")
    assert RAISED not in kinds_of_mail(quick, made.id).get(helper.id, ())
    # A private message is no answer (P40) and postpones nothing.
    caf.whisper(made.id, "Qui s’en occupe ?")
    age(quick, made.id, "15 days")
    wait_until(lambda: len(told(quick, "RequestRaised", made.id)) == 2, 30, "raised again, once")

    age(quick, made.id, "80 days")
    wait_until(lambda: told(quick, "RequestEndAnnounced", made.id), 30, "announced")
    assert not told(quick, "RequestEndAnnounced", made.id)[0].processed
    wait_until(lambda: {helper.id, caf.id} <= {who for who, kinds in kinds_of_mail(quick, made.id).items()
                                              if END_UNANSWERED in kinds}, 20, "both sides are told")
    age(quick, made.id, "10 days")
    wait_until(lambda: helper.open(made.id).summary.state == STATE_CLOSED, 30, "closed")
    assert helper.open(made.id).summary.close_reason == NO_ANSWER
    assert quick.sql("requests", "SELECT rule FROM erasure_task WHERE subject_id = %s", made.id) == [("P51",)]
    wait_until(lambda: quick.sql("stats", "SELECT count(*) FROM request_fact WHERE request_id = %s AND close_reason = 5",
                                 made.id)[0][0] == 1, 20, "shown as such in the figures")
    assert helper.act("Reopen", made.id).state == STATE_NEW


def test_P35_an_answer_in_time_keeps_it_open(quick, helper, caf):
    made = helper.create(recipient_group_ids=[people.CAF95])
    age(quick, made.id, "111 days")
    wait_until(lambda: told(quick, "RequestEndAnnounced", made.id), 30, "announced")
    caf.say(made.id, "Nous y regardons.")
    assert not helper.open(made.id).summary.HasField("closes_at")
    age(quick, made.id, "11 days")
    other = helper.create(recipient_group_ids=[people.CAF95])
    age(quick, other.id, "16 days")
    wait_until(lambda: told(quick, "RequestRaised", other.id), 30, "a round has passed")
    assert helper.open(made.id).summary.state != STATE_CLOSED


def test_P43_the_helper_side_is_reminded_once_a_week_of_what_waits(quick, caf):
    # People for whom nothing else waits.
    helper, colleague = Person(quick, people.TWO_GROUPS), Person(quick, people.COLLEAGUE)
    processed = helper.create(recipient_group_ids=[people.CAF95])
    caf.act("MarkProcessed", processed.id)
    unread = helper.create(recipient_group_ids=[people.CAF95], helper_ids=[colleague.id])
    answer = caf.say(unread.id, "Il manque le bail.")
    helper.act("MarkRead", unread.id, message_id=answer.id)
    age(quick, processed.id, "8 days")
    age(quick, unread.id, "11 days")

    def reminded(request: str) -> list[tuple[str, int]]:
        return [(one.user_id, one.what) for one in told(quick, "HelperReminded", request)]

    wait_until(lambda: reminded(processed.id) and reminded(unread.id), 30, "reminded")
    assert reminded(processed.id) == [(helper.id, 1)]
    assert reminded(unread.id) == [(colleague.id, 2)], "who has read it is not reminded"
    # Not again within the week; again after it.
    quick.sql("requests", "UPDATE reminded SET at = at - interval '6 days'")
    assert quick.sql("requests", "SELECT count(*) FROM reminded WHERE at < clock_timestamp() - interval '7 days'") == [(0,)]
    quick.sql("requests", "UPDATE reminded SET at = at - interval '1 day' WHERE user_id = %s", helper.id)
    wait_until(lambda: len(reminded(processed.id)) == 2, 30, "a week later")
    assert len(reminded(unread.id)) == 1
    # Closed: nothing waits any more.
    helper.act("Close", processed.id, usefulness=1)
    quick.sql("requests", "UPDATE reminded SET at = at - interval '8 days'")
    wait_until(lambda: len(reminded(unread.id)) == 2, 30, "the other one goes on")
    assert len(reminded(processed.id)) == 2


def test_P43_P72_one_round_of_reminders_is_one_mail(quick, caf):
    helper = Person(quick, people.STRANGER_HELPER)
    group = people.USERS[people.STRANGER_HELPER]["memberships"][0]["group_id"]
    made = [helper.create(group_id=group, recipient_group_ids=[people.CAF95]) for _ in range(3)]
    for one in made:
        caf.act("MarkProcessed", one.id)
        wait_until(lambda one=one: PROCESSED_MAIL in kinds_of_mail(quick, one.id).get(helper.id, ()), 20, "told that it is processed")
    age(quick, [one.id for one in made], "8 days")
    wait_until(lambda: all(TO_BE_CLOSED in kinds_of_mail(quick, one.id).get(helper.id, ()) for one in made), 30, "reminded")
    digest = quick.mailbox.wait(people.STRANGER_HELPER, subject="3 demandes en attente", seconds=40)
    for one in made:
        assert one.number in digest["text"]
    assert "à clôturer" in digest["text"]


def test_P50_a_file_that_a_side_has_not_opened_is_announced_before_it_goes(quick, helper, caf):
    cpam = Person(quick, people.CPAM)
    made = helper.create()
    file = "0190d000-0000-7000-8000-00000000f11e"
    helper.call(INTERNAL, "FileAccess.RegisterFile", {"file_id": file, "request_id": made.id, "name": "bail.pdf",
                                                      "type": "application/pdf"}, certificate="files")
    quick.rpc.call("requests", INTERNAL, "FileAccess.RecordFileState",
                   {"file_id": file, "state": 3, "size": 10, "type": "application/pdf"}, certificate="files")
    helper.say(made.id, "Le bail", file_ids=[file])
    caf.call(INTERNAL, "FileAccess.AuthorizeFile", {"file_id": file, "operation": 1}, certificate="files")
    listed = cpam.call(REQUESTS, "Requests.ListFiles", {"request_id": made.id}).files[0]
    assert [(one.by.name, one.by.group_id) for one in listed.downloads] == [("Léa Bernard", people.CAF95)]
    quick.sql("requests", "UPDATE file SET readable_until = clock_timestamp() + interval '2 days' WHERE id = %s", file)
    wait_until(lambda: told(quick, "FileExpiring", made.id), 30, "announced")
    event = told(quick, "FileExpiring", made.id)[0]
    assert list(event.group_ids) == [people.CPAM95], "CAF has it"
    assert list(event.user_ids) == [], "the uploader has it"
    wait_until(lambda: FILE_EXPIRING in kinds_of_mail(quick, made.id).get(cpam.id, ()), 20, "told")
    assert FILE_EXPIRING not in kinds_of_mail(quick, made.id).get(caf.id, ())
    assert quick.sql("requests", "SELECT warned_at IS NOT NULL FROM file WHERE id = %s", file) == [(True,)]
