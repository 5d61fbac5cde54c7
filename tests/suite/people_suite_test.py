"""People and groups as pages look after them, through the gateway (P4, P5, P7)."""

from __future__ import annotations

import secrets

import story
from support import people
from support.waiting import wait_until


def new_helper(platform, manager) -> tuple[str, str]:
    email = f"depart-{secrets.token_hex(6)}@fs95.test"
    user = manager.post("/v1/accounts", {"email": email, "firstName": "Sur", "lastName": "Départ",
                                         "groupId": people.FS95}).expect(201).json()["userId"]
    return user, email


def last_line(person, told) -> dict:
    return person.get(f"{told.path}/messages?pageSize=50").expect(200).json()["messages"][-1]


def test_P5_a_leaver_is_handed_over_within_a_second(platform):
    manager, caf, heir = (platform.login(who) for who in (people.HELPER_MANAGER, people.CAF, people.COLLEAGUE))
    user, email = new_helper(platform, manager)
    leaver = platform.login(email, fresh=True)
    told = story.create(leaver, recipientGroupIds=[people.CAF95])
    wait_until(lambda: manager.get(f"/v1/accounts/{user}/open-requests").expect(200).json().get("open") == 1, 5, "counted")
    effects = manager.get(f"/v1/accounts/{user}/deactivation").expect(200).json()
    named = people.USERS[people.COLLEAGUE]["id"]
    assert named in [one["userId"] for one in effects["heirs"]]
    heir.get(told.path).expect(404)
    after = platform.mailbox.last_id()
    manager.post(f"/v1/accounts/{user}:deactivate", {"heirUserId": named}).expect(200)
    wait_until(lambda: leaver.get("/v1/me").status == 401, 1, "the session ends everywhere")
    wait_until(lambda: heir.get(told.path).status == 200, 1, "the heir reads it")
    kinds = [line["kind"] for line in heir.get(f"{told.path}/messages?pageSize=50").expect(200).json()["messages"]]
    assert "ENTRY_KIND_OWNER_LEFT" in kinds
    platform.mailbox.wait(people.CAF, after, subject="a quitté le service")
    heir.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200)


def test_P5_when_the_system_deactivates_the_experts_come(platform):
    manager, caf = platform.login(people.HELPER_MANAGER), platform.login(people.CAF)
    user, email = new_helper(platform, manager)
    leaver = platform.login(email, fresh=True)
    told = story.create(leaver, recipientGroupIds=[people.CAF95], helperIds=[people.USERS[people.COLLEAGUE]["id"]])
    platform.sql("auth", "UPDATE account SET active_since = now() - interval '190 days', last_login_at = now() - interval "
                         "'190 days', inactivity_warnings = 2, inactivity_warned_at = now() - interval '30 days' "
                         "WHERE id = %s", user)
    after = platform.mailbox.last_id()
    platform.restart("auth")
    wait_until(lambda: platform.login(people.EXPERT).get(told.path).status == 200, 20, "the experts are invited")
    # P6: whoever it was hears of it, though the account is closed.
    platform.mailbox.wait(email, after, subject="est désactivé")
    caf.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200)


def test_P7_misuse_is_reported_to_administrators_by_number(platform):
    helper, caf, administrator = (platform.login(who) for who in (people.HELPER, people.CAF, people.ADMINISTRATOR))
    told = story.create(helper, recipientGroupIds=[people.CAF95])
    stranger = platform.login(people.STRANGER_HELPER)
    stranger.post(f"{told.path}:reportMisuse", {"kind": "MISUSE_KIND_WORDS"}).expect(404, "not_found")
    after = platform.mailbox.last_id()
    caf.post(f"{told.path}:reportMisuse", {"kind": "MISUSE_KIND_WORDS"}).expect(202)
    caf.post(f"{told.path}:reportMisuse", {"kind": "MISUSE_KIND_WORDS"}).expect(202)
    mail = platform.mailbox.wait(people.ADMINISTRATOR, after, subject="signalé")
    assert told.number in mail["subject"].replace("\u00a0", " ") and story.SUBJECT not in mail["text"]
    reports = [row for row in administrator.get("/v1/misuse-reports").expect(200).json()["reports"]
               if row["requestNumber"] == told.number]
    assert [(row["kind"], row["reporterUserId"]) for row in reports] == [("MISUSE_KIND_WORDS", people.USERS[people.CAF]["id"])]
    administrator.get(told.path).expect(404)
    for who in (people.HELPER, people.CAF_MANAGER, people.EXPERT, people.OBSERVER):
        platform.login(who).get("/v1/misuse-reports").expect(403, "forbidden")


def test_P4_revocation_takes_effect_everywhere_within_a_second(platform):
    manager = platform.login(people.HELPER_MANAGER)
    user, email = new_helper(platform, manager)
    person = platform.login(email, fresh=True)
    told = story.create(person, recipientGroupIds=[people.CAF95])
    person.get(told.path).expect(200)
    manager.delete(f"/v1/groups/{people.FS95}/members/{user}").expect(204)
    wait_until(lambda: person.get(told.path).status == 401, 1, "the session has ended")
    again = platform.login(email, fresh=True)
    assert again.get("/v1/me").expect(200).json().get("memberships", []) == []
    manager.post(f"/v1/groups/{people.FS95}/members/{user}:restore", {}).expect(200)
    wait_until(lambda: len(again.get("/v1/me").expect(200).json().get("memberships", [])) == 1, 1, "back at once")
