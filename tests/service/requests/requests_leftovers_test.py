"""The second pair of eyes on erasing: leftovers of every kind are found (T-TTL-05), a restored backup brings nothing back
(T-TTL-03), and a keystore that is not the right one erases nothing."""

from __future__ import annotations

import os
import subprocess
import uuid

import pytest
from requests_calls import DRAFTS, REQUESTS, THREADS, Person

from support import people
from support.waiting import wait_until

SETTINGS = {"requests": {"reconciliation_seconds": 1, "erasure_poll_seconds": 1}}
TABLES = ("request_content", "citizen_history", "message_content", "message_draft", "file_content", "search_entry", "group_work",
          "person_work")


@pytest.fixture(scope="module")
def watched(platforms):
    return platforms.get(SETTINGS)


@pytest.fixture(scope="module")
def helper(watched):
    return Person(watched, people.HELPER)


def erased(platform, helper: Person) -> str:
    """A request that is gone, but for what stays."""
    file = str(uuid.uuid4())
    made = helper.create()
    helper.say(made.id, "Un mot.", citizen={"phone": "07 00 00 00 00"})
    helper.call("aplus/requests/v1/internal.proto", "FileAccess.RegisterFile",
                {"file_id": file, "request_id": made.id, "name": "a.pdf"}, certificate="files")
    helper.act("RevokeMandate", made.id)
    wait_until(lambda: platform.sql("requests", "SELECT count(*) FROM erasure_proof WHERE subject_id = %s", made.id)[0][0], 60,
               "erased")
    return made.id


def rows(platform, table: str, request: str) -> int:
    return platform.sql("requests", f"SELECT count(*) FROM {table} WHERE request_id = %s", request)[0][0]


# What somebody, a bug or a restored table could have left of an erased request: one statement each, with its id thrice.
PLANTS = {
    "request_content": "INSERT INTO request_content (request_id, subject, description, citizen) VALUES (%(id)s, 's', 'd', 'c')",
    "citizen_history": "INSERT INTO citizen_history (request_id, version, citizen, entry_id) "
                       "SELECT %(id)s, 1, 'c', id FROM entry WHERE request_id = %(id)s LIMIT 1",
    "message_content": "INSERT INTO message_content (entry_id, request_id, lane, text) "
                       "SELECT id, request_id, 1, 't' FROM entry WHERE request_id = %(id)s LIMIT 1",
    "message_draft": "INSERT INTO message_draft (request_id, author_id, version, lane, body, begun_all, begun_instructors, "
                     "updated_at, erase_at) VALUES (%(id)s, %(id)s, 1, 1, 'b', 0, 0, now(), now() + interval '7 days')",
    "file_content": "INSERT INTO file_content (file_id, request_id, name) "
                    "SELECT id, request_id, 'n' FROM file WHERE request_id = %(id)s LIMIT 1",
    "search_entry": "INSERT INTO search_entry (id, request_id, lane, key_epoch, tokens) VALUES (%(id)s, %(id)s, 1, 1, '{1}')",
    "group_work": "INSERT INTO group_work (group_id, request_id, phase, state, late, created_at, last_message_at, deadline, area_id, "
                  "organisation_id, creator_group_id) VALUES (%(id)s, %(id)s, 1, 1, false, now(), now(), now(), '95', 'caf', %(id)s)",
    "person_work": "INSERT INTO person_work (user_id, request_id, mine, phase, state, late, created_at, last_message_at, deadline, "
                   "closed, area_id, creator_group_id) VALUES (%(id)s, %(id)s, true, 1, 1, false, now(), now(), now(), false, '95', "
                   "%(id)s)",
}


def plant(platform, statement: str, request: str) -> None:
    connection_words = platform.local.cluster("postgres").conninfo("requests")
    import psycopg2
    with psycopg2.connect(connection_words) as connection, connection.cursor() as cursor:
        cursor.execute(statement, {"id": request})
        assert cursor.rowcount == 1, statement
    connection.close()


def found(platform) -> float:
    return sum(float(line.split()[1]) for line in platform.metrics("requests").splitlines()
               if line.startswith("aplus_requests_leftovers_total"))


def test_T_TTL_05_leftovers_of_every_kind_are_found_and_erased(watched, helper):
    before = found(watched)
    planted: list[tuple[str, str]] = []
    for table, statement in PLANTS.items():
        for _ in range(5):
            request = erased(watched, helper)
            plant(watched, statement, request)
            planted.append((table, request))
    # Contents whose key is gone; drafts long over; closed requests that wait for nothing.
    keyless = [helper.create().id for _ in range(5)]
    for request in keyless:
        watched.sql("keystore", "DELETE FROM request_key WHERE request_id = %s", request)
    drafts = []
    for _ in range(5):
        draft = helper.call(DRAFTS, "Drafts.CreateDraft", {}).id
        helper.call(DRAFTS, "Drafts.PutDraft", {"draft_id": draft, "draft": {"subject": "Oublié"}})
        watched.sql("requests", "DELETE FROM erasure_task WHERE subject_id = %s", draft)
        watched.sql("requests", "UPDATE draft SET erase_at = now() - interval '1 day' WHERE id = %s", draft)
        drafts.append(draft)
    unscheduled = helper.create().id
    helper.act("Close", unscheduled, usefulness=1)
    watched.sql("requests", "DELETE FROM erasure_task WHERE subject_id = %s", unscheduled)

    for table, request in planted:
        wait_until(lambda table=table, request=request: rows(watched, table, request) == 0, 90, f"the leftover in {table}")
    for request in keyless:
        wait_until(lambda request=request: sum(rows(watched, table, request) for table in TABLES) == 0, 90, "contents without key")
        assert helper.refused(REQUESTS, "Requests.GetRequest", {"request_id": request}).code == "erased"
    for draft in drafts:
        wait_until(lambda draft=draft: watched.sql("requests", "SELECT count(*) FROM draft_content WHERE draft_id = %s", draft)
                   == [(0,)], 90, "an old draft")
    wait_until(lambda: watched.sql("requests", "SELECT rule FROM erasure_task WHERE subject_id = %s", unscheduled) == [("P51",)],
               30, "what waits for nothing is scheduled")
    assert helper.open(unscheduled).description, "at its own time"
    assert found(watched) - before >= len(planted) + len(keyless) + len(drafts) + 1
    # Then there is nothing to find: living requests keep what is theirs.
    kept = helper.create()
    settled = found(watched)
    for _ in range(3):
        helper.say(kept.id, "Toujours là.")
    assert helper.open(kept.id).description and found(watched) == settled


def test_a_keystore_that_is_not_the_right_one_erases_nothing(watched, helper):
    made = [helper.create().id for _ in range(101)]
    # All at once, there and back: what is missing one by one would be erased as what it seems to be.
    watched.sql("keystore", "CREATE TABLE elsewhere AS SELECT * FROM request_key WHERE request_id = ANY (%s::uuid[]); "
                            "DELETE FROM request_key WHERE request_id IN (SELECT request_id FROM elsewhere)", made)
    wait_until(lambda: "aplus_requests_leftovers_suspicious 1" in watched.metrics("requests"), 60, "the alarm")
    watched.sql("keystore", "INSERT INTO request_key SELECT * FROM elsewhere; DROP TABLE elsewhere")
    wait_until(lambda: "aplus_requests_leftovers_suspicious 0" in watched.metrics("requests"), 60, "the right keystore")
    for request in made[:3]:
        assert helper.open(request).description and rows(watched, "request_content", request) == 1


def postgres(platform, tool: str, *arguments: str, database: str = "requests", **more) -> None:
    subprocess.run([f"/usr/lib/postgresql/15/bin/{tool}", "--dbname", platform.local.cluster("postgres").conninfo(database),
                    *arguments], check=True, env={**os.environ, "PGOPTIONS": "-c row_security=off"}, **more)


def test_T_TTL_03_a_restored_backup_brings_nothing_back(platforms, tmp_path):
    # A platform of its own: whoever reads its events is put back in time with it.
    watched = platforms.get({"requests": {"reconciliation_seconds": 86400, "erasure_poll_seconds": 1}})
    helper, caf = Person(watched, people.HELPER), Person(watched, people.CAF)
    gone, closed, kept = helper.create(), helper.create(), helper.create()
    for request in (gone, closed, kept):
        caf.say(request.id, "Mot de l’époque.")
    backup = tmp_path / "requests.dump"
    with backup.open("wb") as file:
        postgres(watched, "pg_dump", "--format=custom", stdout=file)
    # Twenty days go by, in which two of them are erased.
    helper.act("RevokeMandate", gone.id)
    helper.act("Close", closed.id, usefulness=1)
    helper.act("RevokeMandate", closed.id)
    later = helper.create()
    for request in (gone, closed):
        wait_until(lambda request=request: watched.sql("requests", "SELECT count(*) FROM erasure_proof WHERE subject_id = %s",
                                                       request.id)[0][0], 60, "erased")
    watched.stop("requests")
    with backup.open("rb") as file:
        # A database anew: --clean in the old one takes constraints one by one, and so no partition's.
        postgres(watched, "psql", "--command", "DROP DATABASE requests WITH (FORCE)", database="postgres")
        postgres(watched, "pg_restore", "--create", "--exit-on-error", stdin=file, database="postgres")
    assert rows(watched, "request_content", gone.id) == 1, "the backup holds it"
    watched.local.run_command("requests", "--after-restore", log=watched.local.log("after-restore"))
    for request in (gone, closed):
        assert sum(rows(watched, table, request.id) for table in TABLES) == 0, "erased again before anybody is served"
    watched.start("requests")
    for request in (gone, closed):
        for person in (helper, caf):
            assert person.refused(REQUESTS, "Requests.GetRequest", {"request_id": request.id}).code == "erased"
            assert person.refused(THREADS, "Threads.ListMessages", {"request_id": request.id}).code == "erased"
    assert "Mot de l’époque." in helper.texts(kept.id)
    # Made after the backup: lost with it, and its key is a key of nothing.
    assert helper.refused(REQUESTS, "Requests.GetRequest", {"request_id": later.id}).code == "not_found"
