"""Every id in every request replaced by ids of other people's things and by ids of nothing: the answers are one and the
same (T-AZ-03), found from the descriptors."""

from __future__ import annotations

import statistics
import time
import uuid

import pytest
import story
from google.protobuf.descriptor import FieldDescriptor
from support import matrix, people, samples
from support.methods import Edge, Method, Seen, fields_of, methods, options_of

UUID = 1  # aplus.api.v1.Format
# A draft is half-written: what it names is looked at when the request is made.
KEPT_UNREAD = {"Drafts.PutDraft"}
ASKERS = tuple(persona for persona in matrix.PERSONAS if persona.name in ("creator", "instructor", "instructor-and-manager"))

# Others who have no part in Paris, where the foreign things are, and no eye on it.
STRANGERS = tuple(persona for persona in matrix.PERSONAS if persona.name in (
    "invited-helper", "manager", "shared-instructor", "colleague-and-manager"))


@pytest.fixture(scope="module")
def stage(platform):
    return matrix.Stage(platform)


@pytest.fixture(scope="module")
def foreign(platform) -> dict[str, list[str]]:
    """Ids of things of people in another département, by what they are."""
    return things(platform)


def things(platform, requests: int = 1) -> dict[str, list[str]]:
    stranger, manager = platform.login(people.STRANGER_HELPER), platform.login("fatou.diallo@fs75.test")
    found: dict[str, list[str]] = {"request": [], "file": [], "draft": [], "message": []}
    for _ in range(requests):
        body = story.body(groupId=people.group_of("france-services", "75"), areaId="75",
                          recipientGroupIds=[people.group_of("caf", "75")])
        draft = stranger.post("/v1/drafts", {"groupId": body["groupId"]}).expect(201).json()["id"]
        file = stranger.upload(f"/v1/drafts/{draft}/files", samples.pdf(), "note.pdf", samples.PDF).expect(201).json()["id"]
        told = stranger.create("/v1/requests", {**body, "draftId": draft, "fileIds": [file]}).expect(201).json()["id"]
        found["request"].append(told)
        found["file"].append(file)
        found["draft"].append(stranger.post("/v1/drafts", {"groupId": body["groupId"]}).expect(201).json()["id"])
        found["message"].append(stranger.create(f"/v1/requests/{told}/messages", {"text": "Bonjour"}).expect(201).json()["id"])
    table = manager.post(f"/v1/groups/{people.group_of('france-services', '75')}/imports",
                         {"csv": "prénom;nom;e-mail\nSujet;Cobaye;cobaye@matrice.test\n"}).expect(201).json()["table"]["id"]
    found["import"] = [table]
    found["session"] = [one["id"] for one in stranger.get("/v1/me/sessions").expect(200).json()["sessions"]][:1]
    found["user"] = [row["id"] for row in people.USERS.values() if row["email"].endswith("75.test")]
    found["group"] = [matrix.FOREIGN, people.group_of("caf", "62"), people.group_of("cpam", "974")]
    return found


def id_fields(method: Method) -> list[tuple]:
    return [way for way in fields_of(method.input)
            if way[-1].type == FieldDescriptor.TYPE_STRING and options_of(way[-1]).format == UUID]


def with_id(fields: dict, way: tuple, value: str) -> dict:
    """A copy in which the field at the end of `way` holds the id."""
    copy = dict(fields)
    name, last = way[0].name, len(way) == 1
    new = value if last else with_id(copy.get(name, {}), way[1:], value)
    copy[name] = [new] if way[0].label == FieldDescriptor.LABEL_REPEATED else new
    return copy


def same(seen: Seen) -> tuple:
    """What could be compared, without the ids that each answer has of its own."""
    body = dict(seen.body) if isinstance(seen.body, dict) else seen.body
    if isinstance(body, dict):
        for own in ("instance", "id", "version", "updatedAt", "erasedAt"):
            body.pop(own, None)
    headers = sorted((name, value) for name, value in seen.headers.items()
                     if name not in ("date", "content-length", "connection"))
    return seen.status, body, headers


def pool(way: tuple, method: Method, foreign: dict[str, list[str]], some) -> list[str]:
    """Foreign ids for this field: of every kind, groups where the group itself must be one's own."""
    kinds = [kind for kind in foreign if kind != "group"]
    if way[-1].name == "group_id":
        kinds.append("group")
    return [one for kind in kinds for one in some(foreign[kind])]


def sweep(platform, stage, persona, foreign, some, unknown: int) -> tuple[int, list[str]]:
    browser, edge, wrong, asked = platform.login(persona.email), Edge(), [], 0
    for method in methods().values():
        if not method.verb or str(method) in KEPT_UNREAD:
            continue
        question = next(matrix.questions(stage, method, persona), None)
        if question is None:
            continue
        for way in id_fields(method):
            answers: dict[str, tuple] = {}
            for value in pool(way, method, foreign, some) + [str(uuid.uuid4()) for _ in range(unknown)]:
                seen = edge.call(browser, method, with_id(question.fields, way, value))
                asked += 1
                answers.setdefault(repr(same(seen)), (value, seen))
            if len(answers) != 1:
                wrong.append(f"{method} {'.'.join(one.name for one in way)} by {persona.name}: "
                             + " | ".join(f"{value}: {seen.status} {seen.raw[:200]!r}" for value, seen in answers.values()))
    return asked, wrong


@pytest.mark.parametrize("persona", ASKERS, ids=lambda persona: persona.name)
def test_T_AZ_03_foreign_ids_answer_as_unknown_ones(platform, stage, persona, foreign, rng):
    kinds = rng.sample([kind for kind in foreign if kind != "group"], 2)
    few = {kind: foreign[kind] for kind in (*kinds, "group")}
    asked, wrong = sweep(platform, stage, persona, few, lambda ids: [rng.choice(ids)], 1)
    print(f"{persona.name}: {asked} calls, {kinds}")
    assert asked > 100 and not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("persona", STRANGERS, ids=lambda persona: persona.name)
def test_T_AZ_03_every_kind_of_foreign_id_answers_strangers_as_an_unknown_one(platform, stage, persona, foreign, rng):
    asked, wrong = sweep(platform, stage, persona, foreign, lambda ids: [rng.choice(ids)], 1)
    print(f"{persona.name}: {asked} calls")
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("persona", ASKERS, ids=lambda persona: persona.name)
def test_T_AZ_03_two_hundred_foreign_ids_answer_as_two_hundred_unknown_ones(platform, stage, persona, rng):
    many = things(platform, requests=40)
    asked, wrong = sweep(platform, stage, persona, many, lambda ids: ids, 200)
    print(f"{persona.name}: {asked} calls")
    assert not wrong, "\n".join(wrong)


@pytest.mark.release
def test_T_AZ_03_foreign_and_unknown_take_the_same_time(platform, foreign):
    browser, spent = platform.login(people.HELPER), {"foreign": [], "unknown": []}
    for _ in range(1000):
        for kind, value in (("foreign", foreign["request"][0]), ("unknown", str(uuid.uuid4()))):
            began = time.perf_counter()
            browser.get(f"/v1/requests/{value}").expect(404)
            spent[kind].append(time.perf_counter() - began)
    medians = {kind: statistics.median(times) * 1000 for kind, times in spent.items()}
    print(medians)
    assert abs(medians["foreign"] - medians["unknown"]) < 1.0
