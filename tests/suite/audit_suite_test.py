"""The audit trail on the running platform (P90, A14, T-AUD-01…04): what leaves a line, what does not, who may search,
and that nothing is shown or done without one."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
import story

from aplus.configuration import AUDITED
from support import people, samples
from support.waiting import wait_until

OFFICER = "rssi@exemple.test"
VERIFY = Path(__file__).resolve().parents[2] / "libs" / "audit" / "verify"


@pytest.fixture
def audited(platforms):
    """A platform whose heads are mailed at once; one test tampers with its trail."""
    return platforms.get({"notifications": {"audit_head_mail_seconds": 1}}, name="audited",
                         sections={"notifications": {"audit": {"security_officer": OFFICER}}})


def lines_of(platform, user: str) -> list[tuple]:
    """(service, operation, outcome) of everything that a person did, in every trail."""
    return [(service, *row) for service in AUDITED
            for row in platform.sql(service, "SELECT operation, outcome FROM audit_entry WHERE actor = %s ORDER BY seq", user)]


def search(browser, **filters) -> list[dict]:
    """All pages of a search."""
    entries, token = [], ""
    while True:
        query = "&".join(f"{name}={value}" for name, value in {**filters, "pageToken": token}.items() if value != "")
        page = browser.get(f"/v1/audit?{query}").expect(200).json()
        entries += page.get("entries", [])
        token = page.get("nextPageToken", "")
        if not token:
            return entries


def test_T_AUD_01_each_act_and_each_showing_leaves_exactly_one_line(platform):
    helper, caf, stranger = (platform.login(who) for who in (people.HELPER, people.CAF, people.STRANGER_HELPER))
    told = story.create_with_files(helper)
    file = next(iter(told.files))
    wait_until(lambda: helper.get(f"/v1/files/{file}").status == 200, 20, "the file is available")
    mine = f"/v1/groups/{people.FS95}"
    acts = [
        (people.HELPER, "A1", lambda: story.create(helper)),
        (people.HELPER, "R2", lambda: helper.get(told.path).expect(200)),
        (people.CAF, "R2", lambda: caf.get(told.path).expect(200)),
        (people.CAF, "R3", lambda: caf.get(f"{told.path}/messages").expect(200)),
        (people.CAF, "R16", lambda: caf.get(f"{told.path}/history").expect(200)),
        (people.CAF, "F1", lambda: caf.get(f"{told.path}/files").expect(200)),
        (people.CAF, "F3", lambda: caf.get(f"/v1/files/{file}").expect(200)),
        (people.CAF, "R5", lambda: story.say(caf, told, "Bien reçu.")),
        (people.CAF, "R1", lambda: caf.get("/v1/requests?side=SIDE_INSTRUCTOR&q=Ndiaye").expect(200)),
        (people.STRANGER_HELPER, "R2", lambda: stranger.get(told.path).expect(404)),
        (people.STRANGER_HELPER, "R3", lambda: stranger.get(f"{told.path}/messages").expect(404)),
        (people.STRANGER_HELPER, "R2", lambda: stranger.get(f"/v1/requests/{uuid.uuid4()}").expect(404)),
        (people.STRANGER_HELPER, "F3", lambda: stranger.get(f"/v1/files/{file}").expect(404)),
        (people.STRANGER_HELPER, "A14", lambda: stranger.get("/v1/audit").expect(403)),
        (people.HELPER, None, lambda: helper.get("/v1/requests/counters?side=SIDE_HELPER").expect(200)),
        (people.HELPER, None, lambda: helper.get("/v1/areas").expect(200)),
        (people.HELPER, None, lambda: helper.get(f"{mine}/members").expect(200)),  # the hour's line stands, see below
    ]
    helper.get(f"{mine}/members").expect(200)
    for who, operation, act in acts:
        user = people.USERS[who]["id"]
        before = lines_of(platform, user)
        act()
        new = list(lines_of(platform, user))
        for line in before:
            new.remove(line)
        assert [line[1] for line in new] == ([operation] if operation else []), (who, operation, new)


def test_P90_administrators_search_every_trail_in_one_order(platform):
    helper, caf, stranger = (platform.login(who) for who in (people.HELPER, people.CAF, people.STRANGER_HELPER))
    administrator = platform.login(people.ADMINISTRATOR)
    told = story.create_with_files(helper)
    caf.get(told.path).expect(200)
    stranger.get(told.path).expect(404)
    of_request = search(administrator, objectId=told.id)
    # The search itself stands on top of what it finds.
    assert of_request[0]["operation"] == "A14" and of_request[0]["service"] == "auth"
    assert {"A1", "R2"} <= {entry["operation"] for entry in of_request}
    assert {entry["objectId"] for entry in of_request} == {told.id}
    opened = next(entry for entry in of_request if entry["operation"] == "R2" and entry["outcome"] == "OUTCOME_ALLOWED")
    assert opened["actorId"] == people.USERS[people.CAF]["id"] and opened["actorName"] == "Léa Bernard"
    assert opened["actorKind"] == "ACTOR_KIND_PERSON" and opened["address"] == "127.0.0.1" and opened["sessionMark"]
    refused = search(administrator, objectId=told.id, outcome="OUTCOME_REFUSED")
    assert [(entry["operation"], entry["reason"], entry["actorId"]) for entry in refused] == \
        [("R2", "not_found", people.USERS[people.STRANGER_HELPER]["id"])]
    # All trails, page after page, nothing twice, newest first; the end of the range fixes the set.
    until = opened["at"]
    helpers = people.USERS[people.HELPER]["id"]
    pages = search(administrator, actorId=helpers, until=until, pageSize=7)
    assert len({entry["id"] for entry in pages}) == len(pages) and {entry["actorId"] for entry in pages} == {helpers}
    assert [entry["id"] for entry in pages] == [entry["id"] for entry in search(administrator, actorId=helpers, until=until,
                                                                              pageSize=100)]
    assert {"auth", "requests", "files"} <= {entry["service"] for entry in pages}
    counted = sum(platform.sql(service, "SELECT count(*) FROM audit_entry WHERE actor = %s AND at < %s", helpers, until)[0][0]
                  for service in AUDITED)
    assert len(pages) == counted
    only = search(administrator, actorId=helpers, until=until, operation="A1", service="requests")
    assert only and {(entry["operation"], entry["service"]) for entry in only} == {("A1", "requests")}
    assert search(administrator, until="2020-01-01T00:00:00Z") == []


def test_P90_the_trail_is_for_administrators_and_bad_filters_are_refused(platform):
    for who in (people.HELPER, people.CAF, people.HELPER_MANAGER, people.EXPERT, people.OBSERVER):
        platform.login(who).get("/v1/audit").expect(403, "forbidden")
    platform.browser().get("/v1/audit").expect(401)
    administrator = platform.login(people.ADMINISTRATOR)
    for query in ("service=stats", "actorId=x", "outcome=OUTCOME_MAYBE", "from=yesterday", "pageSize=101",
                  "pageToken=AAAA", "operation=R2%27--", "unknown=1"):
        administrator.get(f"/v1/audit?{query}").expect(400)
    token = administrator.get("/v1/audit?pageSize=1").expect(200).json()["nextPageToken"]
    administrator.get(f"/v1/audit?pageSize=1&pageToken={token}").expect(200)
    # A place in one list is none in another.
    administrator.get(f"/v1/audit?pageSize=1&operation=R2&pageToken={token}").expect(400, "invalid_argument")


def test_A14_a_list_with_a_part_missing_is_none(platform):
    administrator = platform.login(people.ADMINISTRATOR)
    platform.stop("files")
    assert administrator.get("/v1/audit").status in (503, 504)
    administrator.get("/v1/audit?service=auth").expect(200)
    platform.start("files")


@contextmanager
def no_audit(platform, *services: str):
    """Audit lines are refused by the database, as when its disk is full."""
    try:
        for service in services:
            platform.sql(service, """
              CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = 'disk_full'; END $$;
              CREATE TRIGGER no_audit BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION no_audit()""")
        yield
    finally:
        for service in services:
            platform.sql(service, "DROP FUNCTION IF EXISTS no_audit() CASCADE")


def test_T_AUD_03_no_audit_no_answer_and_no_change(platform):
    helper, caf, stranger = (platform.login(who) for who in (people.HELPER, people.CAF, people.STRANGER_HELPER))
    manager, administrator = platform.login(people.HELPER_MANAGER), platform.login(people.ADMINISTRATOR)
    told = story.create_with_files(helper)
    file, content = next(iter(told.files.items()))
    wait_until(lambda: caf.get(f"/v1/files/{file}").status == 200, 20, "the file is available")

    def state() -> list:
        return [platform.sql("requests", f"SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM {table}")
                for table in ("request", "entry", "message_content", "participant", "file", "draft")] + \
               [platform.sql("auth", f"SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM {table}")
                for table in ("account", "membership")] + \
               [platform.sql("files", "SELECT count(*) FROM file WHERE state IN (2, 3)")]  # tries that broke off are swept

    profile = caf.get("/v1/me").expect(200).json()["user"]
    reads = [lambda: caf.get(told.path), lambda: caf.get(f"{told.path}/messages"), lambda: caf.get(f"{told.path}/history"),
             lambda: caf.get(f"{told.path}/files"), lambda: caf.get(f"/v1/files/{file}"),
             lambda: caf.get("/v1/requests?side=SIDE_INSTRUCTOR&q=Ndiaye"), lambda: manager.get(f"/v1/people?q=moreau"),
             lambda: stranger.get(told.path), lambda: administrator.get(f"/v1/audit?objectId={told.id}")]
    writes = [lambda: helper.create("/v1/requests", story.body()),
              lambda: caf.create(f"{told.path}/messages", {"text": "Bien reçu."}),
              lambda: caf.post(f"{told.path}:takeCharge", {"groupId": people.CAF95}),
              lambda: helper.upload(f"{told.path}/files", samples.pdf(), "encore.pdf", samples.PDF),
              lambda: caf.patch("/v1/me", {"function": "Conseillère"}),
              lambda: manager.post("/v1/accounts", {"email": f"{uuid.uuid4().hex}@fs95.test", "firstName": "X", "lastName": "Y",
                                                    "groupId": people.FS95})]
    before = state()
    with no_audit(platform, *AUDITED):
        for number, read in enumerate(reads):
            answer = read()
            assert answer.status in (500, 503), (number, answer.asked, answer.status, answer.body[:200])
            assert told.number.encode() not in answer.body and b"Ndiaye" not in answer.body and content[:64] not in answer.body
        for number, write in enumerate(writes):
            answer = write()
            assert answer.status in (500, 503), (number, answer.asked, answer.status, answer.body[:200])
    assert state() == before
    assert caf.get("/v1/me").expect(200).json()["user"] == profile
    caf.get(told.path).expect(200)


@pytest.mark.long
def test_T_AUD_02_two_verifiers_find_the_platforms_trail_whole_and_every_tampering(audited, tmp_path, rng):
    platform = audited
    told = story.create(platform.login(people.HELPER))
    platform.login(people.CAF).get(told.path).expect(200)
    log = platform.local.log("requests")
    cluster = platform.local.cluster("postgres")
    lines = platform.sql("requests", "SELECT count(*) FROM audit_entry")[0][0]
    wait_until(lambda: platform.sql("requests", "SELECT max(position) FROM audit_seal")[0][0] == lines, 10, "all is chained")
    wait_until(lambda: platform.sql("requests", "SELECT max(position) FROM audit_checkpoint")[0][0] == lines, 90,
               "the head is signed")
    wait_until(lambda: any(line.get("event") == "audit head" and line["position"] == lines
                           for line in platform.log_lines("requests")), 10, "and shipped")
    heads = tmp_path / "heads.jsonl"
    heads.write_text("\n".join(line for line in log.read_text().splitlines() if '"audit head"' in line) + "\n")
    key = next(file for file in (platform.local.layout.secrets / "audit-public").glob("requests-*.pub"))
    key_id = json.loads(heads.read_text().splitlines()[-1])["key"]

    def first() -> int:
        return subprocess.run([platform.local.layout.binary("audit-verify"), "--chain", "requests", "--grace", "0", "--keys",
                               str(key.parent), "--checkpoints", str(heads), "--database", cluster.conninfo("requests")],
                              capture_output=True, check=False).returncode

    def second() -> int:
        trail = subprocess.run(["psql", "-At", "-v", "grace=0", "-f", str(VERIFY / "export.sql"), cluster.conninfo("requests")],
                               capture_output=True, check=True).stdout
        return subprocess.run(["node", str(VERIFY / "second.mjs"), "requests", f"{key_id}={key.read_text().strip()}",
                               str(heads)], input=trail, capture_output=True, check=False).returncode

    assert (first(), second()) == (0, 0)
    victim = rng.randint(1, lines)
    line = f"(SELECT audit_id FROM audit_seal WHERE position = {victim})"
    platform.stop("requests")
    platform.sql("requests", "CREATE TABLE kept AS SELECT * FROM audit_entry")
    for tamper in (f"UPDATE audit_entry SET outcome = 1 - outcome WHERE id = {line}",
                   f"DELETE FROM audit_entry WHERE id = {line}",
                   "DELETE FROM audit_seal WHERE position = (SELECT max(position) FROM audit_seal)"):
        platform.sql("requests", "CREATE TABLE sealed AS SELECT * FROM audit_seal")
        platform.sql("requests", tamper)
        assert (first(), second()) == (1, 1), tamper
        platform.sql("requests", "DELETE FROM audit_seal; INSERT INTO audit_seal SELECT * FROM sealed; DROP TABLE sealed; "
                                 "DELETE FROM audit_entry; INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        assert (first(), second()) == (0, 0), f"undone: {tamper}"
    platform.sql("requests", "DROP TABLE kept")
    platform.start("requests")


def test_T_AUD_04_no_citizen_stands_in_any_trail(platform):
    helper = platform.login(people.HELPER)
    told = story.create(helper, citizen={**story.CITIZEN, "lastName": "Quetzalcoatlaud", "address": "1 rue awa.canari@exemple.test"})
    helper.get("/v1/requests?side=SIDE_HELPER&q=Quetzalcoatlaud").expect(200)
    story.say(helper, told, "Son numéro est le 2840575123456, son téléphone le 06 12 34 56 78.")
    numbers = re.compile(r"\b[12][0-9]{12}\b|\b0[1-9](?:[ .]?[0-9]{2}){4}\b|[^ ]+@exemple\.test|quetzalcoatlaud", re.IGNORECASE)
    for service in AUDITED:
        for (text,) in platform.sql(service, "SELECT concat_ws(' ', signed_by, session, address, operation, object_kind, reason, "
                                             "request_id) FROM audit_entry"):
            assert not numbers.search(text), (service, text)


def test_P90_the_days_signed_heads_go_to_the_security_officer(audited):
    platform = audited
    story.create(platform.login(people.HELPER))
    mail = platform.mailbox.wait(OFFICER, subject="Journal d’audit")
    heads = [json.loads(line) for line in mail["text"].splitlines() if line.startswith('{"chain"')]
    assert heads and {head["chain"] for head in heads} <= set(AUDITED)
    for head in heads:
        shipped = platform.log_lines(head["chain"])
        assert any(line.get("event") == "audit head" and line["signature"] == head["signature"] for line in shipped), head
    # One a day, whoever asks again.
    platform.restart("notifications")
    wait_until(lambda: platform.is_ready("notifications"), 30, "notifications is back")
    assert platform.sql("notifications", "SELECT count(*), count(sent_at) FROM head_mail") == [(1, 1)]
    assert len([mail for mail in platform.mailbox.messages(to=OFFICER)]) == 1
