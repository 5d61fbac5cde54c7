"""Files, then contents, cease to exist when their time is over (P50–P52), with the delays shortened."""

from __future__ import annotations

import pytest
import story
from support import people
from support.waiting import wait_until

SETTINGS = {"*": {"file_lifetime_seconds": 8, "request_erasure_seconds": 10, "erasure_poll_seconds": 1}}


@pytest.fixture(scope="module")
def short(platforms):
    return platforms.get(SETTINGS)


def proofs(platform, request: str) -> list[str]:
    return [rule for (rule,) in platform.sql("requests", "SELECT rule FROM erasure_proof WHERE subject_id = %s", request)]


def test_P50_P51_P52_files_then_contents_are_erased_with_a_proof(short):
    helper, caf = short.login(people.HELPER), short.login(people.CAF)
    told = story.create_with_files(helper)
    story.say(caf, told, "Mot-témoin : caramel.")
    caf.post(f"{told.path}:markProcessed").expect(200)
    file = next(iter(told.files))
    caf.get(f"/v1/files/{file}").expect(200)

    # P50: the file goes first; its key is destroyed, its fact stays.
    wait_until(lambda: caf.get(f"/v1/files/{file}").status == 410, 40, "the file is gone")
    for one in told.files:
        wait_until(lambda: short.sql("keystore", "SELECT count(*) FROM file_key WHERE file_id = %s", one) == [(0,)], 20,
                   "its key is destroyed")
        caf.get(f"/v1/files/{one}").expect(410, "erased")
    assert {entry["state"] for entry in caf.get(f"{told.path}/files").expect(200).json()["files"]} == {"FILE_STATE_ERASED"}
    assert caf.get(told.path).expect(200).json()["request"]["description"] == story.DESCRIPTION

    # P51: after closing, the contents.
    helper.post(f"{told.path}:close", {"usefulness": "USEFULNESS_NEUTRAL"}).expect(200)
    wait_until(lambda: helper.get(told.path).status == 410, 40, "the contents are out of reach")
    wait_until(lambda: proofs(short, told.id), 40, "the contents are gone")
    for person in (helper, caf):
        person.get(told.path).expect(410, "erased")
        person.get(f"{told.path}/messages").expect(410, "erased")
    short.login(people.STRANGER_HELPER).get(told.path).expect(404, "not_found")
    assert short.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = %s", told.id)[0][0] == 0
    for table in ("request_content", "message_content", "search_entry"):
        assert short.sql("requests", f"SELECT count(*) FROM {table} WHERE request_id = %s", told.id)[0][0] == 0
    # P52: what, when, by which rule.
    assert all(rule.startswith("P5") for rule in proofs(short, told.id))


def test_P23_a_revoked_mandate_erases_at_once(short):
    helper, caf = short.login(people.HELPER), short.login(people.CAF)
    told = story.create(helper)
    helper.post(f"{told.path}:revokeMandate").expect(200)
    caf.get(told.path).expect(410, "erased")
    wait_until(lambda: proofs(short, told.id), 20, "the contents are gone")
    assert short.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = %s", told.id)[0][0] == 0


def test_P36_a_request_that_nobody_opened_can_be_withdrawn(short):
    helper, caf = short.login(people.HELPER), short.login(people.CAF)
    told = story.create(helper)
    helper.post(f"{told.path}:withdraw").expect(200)
    helper.get(told.path).expect(410, "erased")
    opened = story.create(helper)
    caf.post(f"{opened.path}:markRead").expect(200)
    helper.post(f"{opened.path}:withdraw").expect(409, "impossible")
