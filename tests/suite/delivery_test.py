"""What became of the mails, seen in the thread and by those who can put an address right (P75), without a trace of what is
between instructors (P28); everything that is held on somebody in one file (P53); and new terms told to everybody (P70)."""

from __future__ import annotations

import story
from support import people
from support.waiting import wait_until

REFUSED = {"mode": "refuse", "stage": "rcpt", "code": 550}


def refuse(platform, *addresses: str) -> None:
    platform.mailbox._call("POST", "/api/faults", [{**REFUSED, "to": address} for address in addresses])


def delivery(person, told) -> dict:
    return person.get(f"{told.path}/delivery").expect(200).json()


def of_group(person, told, group: str) -> dict:
    return next(one for one in delivery(person, told)["groups"] if one["groupId"] == group)


def failing(person) -> dict[str, dict]:
    """By user id, or group id for a mailbox."""
    rows = person.get("/v1/notifications/undelivered?pageSize=100").expect(200).json().get("recipients", [])
    return {row.get("userId") or row["groupIds"][0]: row for row in rows}


def test_P75_the_thread_shows_who_was_reached_and_a_group_that_was_not_is_an_alarm(platform):
    helper, caf, cpam = (platform.login(who) for who in (people.HELPER, people.CAF, people.CPAM))
    manager, administrator = platform.login(people.MANAGER_ONLY), platform.login(people.ADMINISTRATOR)
    unlucky = people.expected_recipients(people.CPAM95)
    after = platform.mailbox.last_id()
    refuse(platform, *unlucky.people, unlucky.mailbox)
    told = story.create(helper, recipientGroupIds=[people.CAF95, people.CPAM95], helperIds=[people.USERS[people.COLLEAGUE]["id"]])
    wait_until(lambda: of_group(helper, told, people.CPAM95)["state"] == "DELIVERY_STATE_FAILED", 30, "the failure shows")
    wait_until(lambda: of_group(helper, told, people.CAF95)["state"] == "DELIVERY_STATE_REACHED", 30, "so does success")
    colleague = people.USERS[people.COLLEAGUE]["id"]
    wait_until(lambda: {"userId": colleague, "state": "DELIVERY_STATE_REACHED"} in delivery(helper, told)["people"], 30, "by name")
    # Whose address it is, is for the group's own eyes.
    for person in (helper, caf):
        seen = of_group(person, told, people.CPAM95)
        assert seen["failed"] == len(unlucky.people) + 1
        assert not seen.get("failedUserIds") and not seen.get("mailboxFailed")
    seen = of_group(cpam, told, people.CPAM95)
    assert set(seen["failedUserIds"]) == {people.USERS[who]["id"] for who in unlucky.people} and seen["mailboxFailed"]
    platform.login(people.STRANGER_HELPER).get(f"{told.path}/delivery").expect(404, "not_found")
    manager.get(f"{told.path}/delivery").expect(404, "not_found")

    # The alarm: its managers, who can put it right, and the helpers, who can ask somebody else. Once.
    for who, words in ((people.MANAGER_ONLY, "ne reçoit pas les e-mails"), (people.HELPER, "n’a pas pu être prévenu")):
        mail = platform.mailbox.wait(who, after, subject=words)
        assert story.SUBJECT not in mail["text"] and people.CPAM not in mail["text"]
    # One screen of what cannot be delivered, within one's scope.
    ids = {people.USERS[who]["id"] for who in unlucky.people} | {people.CPAM95}
    assert ids <= failing(administrator).keys() and ids <= failing(manager).keys()
    assert not ids & failing(platform.login(people.CAF_MANAGER)).keys()
    for who in (people.HELPER, people.CAF, people.EXPERT, people.OBSERVER):
        platform.login(who).get("/v1/notifications/undelivered").expect(403, "forbidden")

    platform.mailbox.fault("none")
    story.say(caf, told, "Nous regardons.")
    wait_until(lambda: of_group(helper, told, people.CPAM95)["state"] == "DELIVERY_STATE_REACHED", 30, "what arrives counts")
    wait_until(lambda: not ids & failing(administrator).keys(), 30, "and clears the mark")
    alarms = [mail["subject"] for mail in platform.mailbox.messages(people.HELPER, after, subject="n’a pas pu être prévenu")]
    assert len([subject for subject in alarms if told.number in subject]) == 1


def test_P28_P75_what_is_between_instructors_leaves_no_trace_in_delivery(platform):
    helper, caf, cpam = (platform.login(who) for who in (people.HELPER, people.CAF, people.CPAM))
    told = story.create(helper, recipientGroupIds=[people.CAF95, people.CPAM95])
    wait_until(lambda: all(of_group(helper, told, group).get("reached") and not of_group(helper, told, group).get("waiting")
                           for group in (people.CAF95, people.CPAM95)), 30, "all are reached")
    helper.post(f"{told.path}:inviteExpert").expect(200)
    expert = platform.login(people.EXPERT)
    invited = {"userId": people.USERS[people.EXPERT]["id"], "state": "DELIVERY_STATE_REACHED"}
    wait_until(lambda: invited in delivery(helper, told)["people"], 30, "the expert is told")
    before = [delivery(person, told) for person in (helper, expert)]
    after = platform.mailbox.last_id()
    unlucky = people.expected_recipients(people.CPAM95)
    refuse(platform, *unlucky.people, unlucky.mailbox)
    story.say(caf, told, "Entre nous.", visibility="VISIBILITY_INSTRUCTORS")
    wait_until(lambda: of_group(cpam, told, people.CPAM95)["state"] == "DELIVERY_STATE_FAILED", 30, "instructors see it")
    assert [delivery(person, told) for person in (helper, expert)] == before
    platform.mailbox.fault("none")
    # The next round of alarms has passed when a later one is told.
    other = story.create(helper, recipientGroupIds=[people.CAF95])
    wait_until(lambda: of_group(helper, other, people.CAF95).get("reached"), 30, "a later mail")
    alarms = [mail["subject"] for mail in platform.mailbox.messages(people.HELPER, after, subject="n’a pas pu être prévenu")]
    assert not [subject for subject in alarms if told.number in subject]
    assert platform.sql("notifications", "SELECT count(*) FROM unreached_group WHERE request_id = %s", told.id) == [(0,)]
    assert [delivery(person, told) for person in (helper, expert)] == before


def test_P53_everything_that_is_held_on_somebody_is_one_file(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told = story.create(helper, recipientGroupIds=[people.CAF95])
    wait_until(lambda: of_group(helper, told, people.CAF95).get("reached"), 30, "the instructor is told")
    caf.post(f"{told.path}:markRead").expect(200)
    shown = "SELECT count(*) FROM audit_entry WHERE operation = 'A8' AND actor = ANY (%s::uuid[])"
    actors = [people.USERS[who]["id"] for who in (people.HELPER, people.CAF)]
    lines = platform.sql("requests", shown, actors)[0][0]
    for person, who in ((helper, people.HELPER), (caf, people.CAF)):
        answer = person.get("/v1/me/data").expect(200)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="aplus-mes-donnees.json"'
        assert answer.headers["Cache-Control"] == "no-store"
        held = answer.json()
        assert held["account"]["user"]["email"] == who and held["account"]["memberships"]
        assert any(session["current"] for session in held["sessions"])
        assert held["frequency"].startswith("FREQUENCY_")
        traces = {trace["requestId"]: trace for trace in held["traces"]}
        assert traces[told.id]["number"] == told.number
        # What others wrote, and what is the citizen's, is nobody's personal file.
        for secret in (story.DESCRIPTION, story.SUBJECT, story.CITIZEN["lastName"], people.COLLEAGUE):
            assert secret not in answer.body.decode()
    assert told.number in {notice["requestNumber"] for notice in held["notifications"]}
    assert ("new_request", told.number) in {(mail["kind"], mail["requestNumber"]) for mail in held["mails"]}
    assert platform.sql("requests", shown, actors)[0][0] >= lines + 2
    platform.browser().get("/v1/me/data").expect(401)


def test_P70_new_terms_are_told_to_every_active_account(platform):
    administrator = platform.login(people.ADMINISTRATOR, fresh=True)
    after = platform.mailbox.last_id()
    version = administrator.get("/v1/me").expect(200).json()["terms"]["current"]
    newest = platform.sql("auth", "SELECT max(version) FROM terms_version")[0][0]
    administrator.post("/v1/terms", {"version": max(version, newest) + 1, "inForce": "2099-01-01T00:00:00Z"}).expect(201)
    for who in (people.HELPER, people.CAF_MANAGER, people.EXPERT, people.OBSERVER):
        mail = platform.mailbox.wait(who, after, subject="conditions d’utilisation")
        assert "entrée en vigueur" in mail["text"]
    active = platform.sql("auth", "SELECT count(*) FROM account WHERE active")[0][0]
    event = platform.sql("auth", "SELECT id::text FROM event WHERE kind = 'aplus.events.v1.TermsPublished' ORDER BY id DESC LIMIT 1")
    wait_until(lambda: platform.sql("notifications", "SELECT count(DISTINCT recipient_id), count(*) FROM mail WHERE event_id = %s",
                                    event[0][0]) == [(active, active)], 20, "everybody once")


def test_P72_a_group_may_hear_twice_a_day_and_its_members_choose_for_themselves(platform):
    manager, helper = platform.login("elodie.morin@caf75.test"), platform.login(people.STRANGER_HELPER)
    group = people.group_of("caf", "75")
    path = f"/v1/groups/{group}/notification-default"
    assert manager.get(path).expect(200).json()["frequency"] == "FREQUENCY_EACH"
    for who in (people.CAF_MANAGER, people.HELPER, "romain.perrin@caf75.test"):
        platform.login(who).put(path, {"frequency": "FREQUENCY_TWICE_A_DAY"}).expect(403, "forbidden")
    manager.put(path, {"frequency": "FREQUENCY_DAILY"}).expect(400, "invalid_argument")
    manager.put(path, {"frequency": "FREQUENCY_TWICE_A_DAY"}).expect(200)
    # His own choice goes before the group's.
    manager.put("/v1/notifications/preferences", {"frequency": "FREQUENCY_EACH"}).expect(200)
    after = platform.mailbox.last_id()
    told = story.create(helper, groupId=people.group_of("france-services", "75"), areaId="75", recipientGroupIds=[group])
    platform.mailbox.wait("elodie.morin@caf75.test", after, subject=told.number)
    platform.mailbox.wait(people.mailbox_of(group), after, subject=told.number)
    held = platform.sql("notifications", "SELECT state FROM mail WHERE request_id = %s AND recipient_id = %s", told.id,
                        people.USERS["romain.perrin@caf75.test"]["id"])
    assert held == [(0,)], "held until eleven or fifteen o'clock"
    manager.put(path, {"frequency": "FREQUENCY_EACH"}).expect(200)
    platform.sql("notifications", "DELETE FROM mail WHERE request_id = %s AND state = 0", told.id)
