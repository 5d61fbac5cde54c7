"""The same call twice, and two people at once (P25, P30, T-REL-18)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import story
from support import people


def test_P25_the_same_key_makes_one_request(platform):
    helper = platform.login(people.HELPER)
    key, body = str(uuid.uuid4()), story.body()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: helper.copy().create("/v1/requests", body, key=key), range(5)))
    made = {answer.json()["id"] for answer in answers if answer.status == 201}
    assert len(made) == 1, [answer.status for answer in answers]
    assert all(answer.status == 201 or answer.code == "key_running" for answer in answers)
    again = helper.create("/v1/requests", body, key=key).expect(201).json()
    assert {again["id"]} == made
    helper.create("/v1/requests", story.body(subject="Autre sujet"), key=key).expect(422, "key_reused")
    helper.post("/v1/requests", body).expect(400, "key_required")


def test_P20_who_names_himself_among_the_helpers_is_the_creator(platform):
    helper = platform.login(people.HELPER)
    me = helper.get("/v1/me").expect(200).json()["user"]["id"]
    told = story.create(helper, helperIds=[me, me.upper()])
    kinds = [row["kind"] for row in helper.get(told.path).expect(200).json()["request"]["participants"]]
    assert kinds == ["PARTICIPANT_KIND_CREATOR"]


def test_T_REL_18_a_message_repeated_is_one_message(platform):
    helper = platform.login(people.HELPER)
    told = story.create(helper)
    key = str(uuid.uuid4())
    ids = {helper.create(f"{told.path}/messages", {"text": "Une fois"}, key=key).expect(201).json()["id"] for _ in range(5)}
    assert len(ids) == 1
    texts = [entry.get("text") for entry in helper.get(f"{told.path}/messages").json()["messages"]]
    assert texts.count("Une fois") == 1


def test_P30_two_people_at_once_one_wins_the_other_learns_the_state(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    for _ in range(5):
        told = story.create(helper)
        caf.post(f"{told.path}:markProcessed").expect(200)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(
                lambda face: helper.copy().post(f"{told.path}:close", {"usefulness": face}),
                ("USEFULNESS_GOOD", "USEFULNESS_BAD")))
        assert sorted(answer.status for answer in answers) == [200, 409]
        lost = next(answer for answer in answers if answer.status == 409).json()
        assert lost["code"] == "impossible" and lost["state"] == "REQUEST_STATE_CLOSED"


def test_a_stale_version_answers_412_with_the_present_one(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told = story.create(helper)
    seen = caf.get(told.path).expect(200).json()["request"]["summary"]["version"]
    story.say(helper, told, "Une précision.")
    stale = caf.post(f"{told.path}:takeCharge", {"groupId": people.CAF95}, version=seen).expect(412, "stale").json()
    assert stale["state"] == "REQUEST_STATE_NEW" and int(stale["version"]) > int(seen)
    caf.post(f"{told.path}:takeCharge", {"groupId": people.CAF95}, version=stale["version"]).expect(200)
