"""Who has no part learns nothing (P26, T-AZ-03): what no single call of the sweeps (foreign_ids_test.py) tells."""

from __future__ import annotations

import uuid

import pytest
import story
from support import people, samples

STRANGERS = (people.STRANGER_HELPER, people.HELPER_MANAGER, people.MANAGER_ONLY, people.ADMINISTRATOR, people.EXPERT,
             people.OBSERVER)


@pytest.fixture(scope="module")
def told(platform):
    return story.create_with_files(platform.login(people.HELPER), recipientGroupIds=[people.CAF95],
                                   citizen={key: value for key, value in story.CITIZEN.items()})


def same(answer) -> tuple:
    """What a stranger could compare, without the ids that each answer has of its own."""
    problem = answer.json()
    problem.pop("instance", None)
    headers = sorted((name.lower(), value) for name, value in answer.headers.items()
                     if name.lower() not in ("date", "content-length", "x-request-id"))
    return answer.status, problem, headers


@pytest.mark.parametrize("who", STRANGERS)
def test_P26_lists_counters_and_search_hold_nothing_of_it(platform, told, who):
    stranger = platform.login(who)
    for side in ("SIDE_HELPER", "SIDE_INSTRUCTOR"):
        for query in ("", "&q=Ndiaye", f"&q={told.number}", "&q=logement"):
            answer = stranger.get(f"/v1/requests?side={side}{query}").expect(200).json()
            assert told.id not in [row["id"] for row in answer.get("requests", [])]


def test_P63_an_invited_expert_reads_but_gets_no_file(platform, told):
    helper, expert = platform.login(people.HELPER), platform.login(people.EXPERT)
    mine = story.create_with_files(helper)
    helper.post(f"{mine.path}:inviteExpert").expect(200)
    expert.get(mine.path).expect(200)
    expert.get(f"{mine.path}/files").expect(403, "forbidden")
    for file in mine.files:
        expert.get(f"/v1/files/{file}").expect(403, "forbidden")
        expert.get(f"/v1/files/{file}", headers={"Range": "bytes=0-0"}).expect(403)
    assert "carte.jpg" not in expert.get(f"{mine.path}/messages").expect(200).body.decode()


def refusals_of_creating(platform) -> int:
    return platform.sql("requests", "SELECT count(*) FROM audit_entry WHERE operation = 'A1' AND outcome = 1")[0][0]


def test_T_AZ_03_a_foreign_draft_answers_as_an_unknown_one(platform, told):
    helper, stranger = platform.login(people.HELPER), platform.login(people.STRANGER_HELPER)
    draft = helper.create("/v1/drafts", {}).expect(201).json()["id"]
    group = stranger.get("/v1/me").expect(200).json()["memberships"][0]["group"]
    area = group["areaIds"][0]
    body = story.body(groupId=group["id"], areaId=area, recipientGroupIds=[people.group_of("caf", area)], helperIds=[])
    answers, lines = [], []
    for foreign in (str(uuid.uuid4()), draft, told.id):
        before = refusals_of_creating(platform)
        answers.append(same(stranger.create("/v1/requests", {**body, "draftId": foreign})))
        lines.append(refusals_of_creating(platform) - before)
    assert answers[0][0] == 404 and answers[0] == answers[1] == answers[2]
    # The same work for each, the line of the refusal included.
    assert lines == [1, 1, 1]


def test_P28_a_private_file_does_not_exist_for_the_helper_side(platform):
    helper, caf, expert = (platform.login(who) for who in (people.HELPER, people.CAF, people.EXPERT))
    mine = story.create(helper)
    file = caf.upload(f"{mine.path}/files", samples.pdf(), "note.pdf", samples.PDF).expect(201).json()["id"]
    caf.create(f"{mine.path}/messages", {"text": "Entre nous", "visibility": "VISIBILITY_INSTRUCTORS",
                                         "fileIds": [file]}).expect(201)
    helper.post(f"{mine.path}:inviteExpert").expect(200)
    for person in (helper, expert):
        for method in ("GET", "DELETE"):
            assert same(person.call(method, f"/v1/files/{file}")) == same(person.call(method, f"/v1/files/{uuid.uuid4()}"))


def test_P28_live_cursors_do_not_count_what_others_write(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    mine = story.create(helper)

    def cursor() -> str:
        with helper.stream("/v1/live") as live:
            return next(line for line in live if line.startswith(b"id:"))[3:].strip().decode()

    first, again = cursor(), cursor()
    story.say(caf, mine, "Entre nous", visibility="VISIBILITY_INSTRUCTORS")
    cursors = {first, again, cursor()}
    assert len(cursors) == 3 and len({len(one) for one in cursors}) == 1, "nothing to compare"
    with helper.stream("/v1/live", headers={"Last-Event-ID": first}) as live:
        assert live.status == 200
