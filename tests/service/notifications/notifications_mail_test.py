"""Mails as the service really sends them: from auth's and requests' events to a real mail server (P70–P73)."""

from __future__ import annotations

import uuid

import grpc
import pytest

from support import people
from support.lives import CANARY, Lives
from support.mailbox import code_of, token_of
from support.waiting import wait_until

LOGIN = "aplus/auth/v1/login.proto"
NOTIFICATIONS = "aplus/notifications/v1/notifications.proto"


def mails_about(platform, number: str) -> list[dict]:
    return [mail for mail in platform.mailbox.messages() if f"n° {number}" in mail["subject"].replace("\u00a0", " ")]


def recipients(mails: list[dict]) -> list[str]:
    return sorted(address for mail in mails for address in mail["envelope"]["to"])


def settled(platform) -> None:
    """Everything queued has reached its end."""
    # In this order: what is consumed later would be queued later.
    wait_until(lambda: consumed(platform) and platform.sql("notifications", "SELECT count(*) FROM mail WHERE state IN (1, 2)")
               [0][0] == 0, seconds=30, what="the queue to empty")


def consumed(platform) -> bool:
    for source in ("auth", "requests"):
        told = platform.sql(source, "SELECT COALESCE(max(position), 0) FROM event_position")[0][0]
        read = platform.sql("notifications", "SELECT position FROM event_cursor WHERE consumer = %s", f"notifications.{source}")
        left = platform.sql(source, "SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT FROM event_position p "
                                    "WHERE p.event_id = e.id)")[0][0]
        if left or not read or read[0][0] < told:
            return False
    return True


def ask_for_link(platform, email: str):
    return platform.rpc.call("auth", LOGIN, "Login.RequestLink", {"email": email})


def test_P10_a_login_mail_holds_link_code_and_hour_and_nothing_is_kept(platform):
    after = platform.mailbox.last_id()
    asked = ask_for_link(platform, people.HELPER)
    mail = platform.mailbox.wait(people.HELPER, after)
    token, code = token_of(mail), code_of(mail)
    assert len(token) == 43 and len(code) == 8
    assert "(heure de Paris)" in mail["text"]
    headers = {name.lower(): value for name, value in mail["headers"].items()} if isinstance(mail["headers"], dict) \
        else {name.lower(): value for name, value in mail["headers"]}
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["x-auto-response-suppress"] == "All"
    assert "list-unsubscribe" not in headers
    assert token in mail["html"] and code in mail["html"]
    # The link works, in the browser that asked.
    session = platform.rpc.call("auth", LOGIN, "Login.ConsumeLink", {"token": token, "binding": asked.binding})
    assert session.session
    # Neither table nor log of ours holds it (P11).
    for (row,) in platform.sql("notifications", "SELECT mail::text FROM mail"):
        assert token not in row and code not in row and people.HELPER not in row
    log = platform.log_text("notifications")
    assert token not in log and code not in log and people.HELPER not in log


def test_P10_an_unknown_address_gets_nothing(platform):
    address = f"personne-{uuid.uuid4().hex}@nulle-part.test"
    before = platform.sql("notifications", "SELECT count(*) FROM mail WHERE state = 6")[0][0]
    ask_for_link(platform, address)
    wait_until(lambda: platform.sql("notifications", "SELECT count(*) FROM mail WHERE state = 6")[0][0] > before,
               what="the mail to be dropped")
    assert platform.mailbox.messages(address) == []


def test_P70_P71_the_whole_path_tells_everybody_concerned_and_nothing_personal(platform):
    lives = Lives(platform)
    made = lives.create([people.CAF95, people.CPAM95], colleagues=[people.COLLEAGUE])
    settled(platform)
    caf, cpam = people.expected_recipients(people.CAF95), people.expected_recipients(people.CPAM95)
    instructors = sorted([*caf.people, *cpam.people, caf.mailbox, cpam.mailbox])
    assert recipients(mails_about(platform, made.number)) == sorted([*instructors, people.COLLEAGUE])

    # Between instructors: nobody of the helper side hears of it (P28).
    before = len(mails_about(platform, made.number))
    lives.write(people.CAF, made.id, private=True)
    settled(platform)
    told = recipients(mails_about(platform, made.number)[before:])
    assert told == sorted(set(instructors) - {people.CAF})

    before = len(mails_about(platform, made.number))
    lives.write(people.CAF, made.id)
    settled(platform)
    told = recipients(mails_about(platform, made.number)[before:])
    assert told == sorted({*instructors, people.HELPER, people.COLLEAGUE} - {people.CAF})

    before = len(mails_about(platform, made.number))
    lives.act(people.CPAM, "MarkProcessed", made.id, group_id=people.CPAM95)
    settled(platform)
    assert recipients(mails_about(platform, made.number)[before:]) == sorted([people.HELPER, people.COLLEAGUE])

    mails = mails_about(platform, made.number)
    for mail in mails:
        whole = f"{mail['subject']} {mail['text']} {mail['html']}"
        assert CANARY not in whole
        assert f"/demandes/{made.id}" in mail["text"]
        for email, row in people.USERS.items():
            assert row["last_name"] not in whole, f"{email} is named"
    # Each mail has an id of its own; a mail is told from the others by it.
    ids = [mail["headers"]["message-id"] if "message-id" in mail["headers"] else mail["headers"]["Message-ID"]
           for mail in mails]
    assert len(set(ids)) == len(ids)
    assert CANARY not in platform.log_text("notifications")


def test_P26_who_is_on_both_sides_counts_as_helper_side(platform):
    lives = Lives(platform)
    both = people.BOTH_SIDES
    if not any(row["group_id"] == people.FS95 for row in people.USERS[both]["memberships"]):
        pytest.skip("the demonstration has nobody on both sides here")
    made = lives.create([people.CAF95], colleagues=[both])
    settled(platform)
    before = len(mails_about(platform, made.number))
    assert recipients(mails_about(platform, made.number)).count(both) == 1
    lives.write(people.CAF, made.id, private=True)
    settled(platform)
    assert both not in recipients(mails_about(platform, made.number)[before:])


def test_P74_what_is_new_is_listed_page_by_page_for_oneself_only(platform):
    lives = Lives(platform)
    numbers = [lives.create([people.CPAM95]).number for _ in range(3)]
    settled(platform)
    token = platform.identities.token(people.CPAM_MANAGER)
    reader = people.CPAM if people.CPAM in people.expected_recipients(people.CPAM95).people else people.CPAM_MANAGER
    token = platform.identities.token(reader)

    def page(size: int, place: str = "", by: str = token):
        return platform.rpc.call("notifications", NOTIFICATIONS, "Notifications.ListNotifications",
                                 {"page_size": size, "page_token": place}, token=by)

    seen, place = [], ""
    while True:
        answer = page(2, place)
        seen += [line.request_number for line in answer.notifications]
        place = answer.next_page_token
        if not place or set(numbers) <= set(seen):
            break
    assert [number for number in seen if number in numbers] == list(reversed(numbers))
    # Somebody else's place is no place of mine.
    first = page(1)
    with pytest.raises(grpc.RpcError) as refused:
        page(1, first.next_page_token, platform.identities.token(people.HELPER))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_P72_preferences_are_kept_and_obeyed(platform):
    lives = Lives(platform)
    user = people.CAF_MANAGER
    token = platform.identities.token(user)

    def preferences(method: str, **fields):
        return platform.rpc.call("notifications", NOTIFICATIONS, f"Notifications.{method}", fields, token=token).frequency

    assert preferences("GetPreferences") == 1
    try:
        assert preferences("SetPreferences", frequency=4) == 4
        assert preferences("GetPreferences") == 4
        made = lives.create([people.CAF95])
        settled(platform)
        assert user not in recipients(mails_about(platform, made.number))
        assert people.CAF in recipients(mails_about(platform, made.number))
        # Login mails leave whatever the preference.
        after = platform.mailbox.last_id()
        ask_for_link(platform, user)
        platform.mailbox.wait(user, after)
        audit = platform.sql("notifications", "SELECT count(*) FROM audit_entry WHERE operation = 'N2' AND actor = %s",
                             people.USERS[user]["id"])
        assert audit[0][0] == 1
    finally:
        preferences("SetPreferences", frequency=1)


def test_P36_nothing_more_is_said_of_a_withdrawn_request(platform):
    lives = Lives(platform)
    platform.mailbox.fault("tempfail", stage="rcpt")
    try:
        made = lives.create([people.CAF95])
        wait_until(lambda: platform.sql("notifications", "SELECT count(*) FROM mail WHERE request_number = %s", made.number)[0][0]
                   and consumed(platform), what="the mails to be queued")
        lives.act(people.HELPER, "Withdraw", made.id)
        wait_until(lambda: platform.sql("notifications", "SELECT count(*) FROM mail WHERE request_number = %s",
                                        made.number)[0][0] == 0, seconds=20, what="the queued mails to go with the erasure")
    finally:
        platform.mailbox.fault("none")
    settled(platform)
    assert mails_about(platform, made.number) == []


def test_P73_a_mail_is_with_the_relay_within_a_second(platform):
    """From the event's commit in requests to the relay's yes, median (ARCHITECTURE 13)."""
    numbers = [Lives(platform).create([people.CPAM95]).number for _ in range(8)]
    settled(platform)
    (median,), = platform.sql("notifications", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - "
                                               "asked_at)) FROM mail WHERE state = 3 AND request_number = ANY (%s)", numbers)
    print(f"median {float(median) * 1000:.0f} ms")
    assert median < 1


def test_no_session_no_list(platform):
    with pytest.raises(grpc.RpcError) as refused:
        platform.rpc.call("notifications", NOTIFICATIONS, "Notifications.ListNotifications", {})
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
