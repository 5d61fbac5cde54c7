"""./aplus ctl against the running platform (P103): what has no page, each change with its line in the audit trail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import pytest
import story

from aplus import ctl
from aplus.failure import Failure
from aplus.layout import ROOT
from support import people
from support.waiting import wait_until

OPERATOR = "claude.operateur"


def run(platform, *words: str, operator: str = OPERATOR) -> subprocess.CompletedProcess:
    layout = platform.local.layout
    return subprocess.run([sys.executable, "-B", str(ROOT / "tools" / "aplus"), "--state", str(layout.state), "--build",
                           str(layout.build), "ctl", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "APLUS_OPERATOR": operator})


def done(platform, *words: str) -> str:
    ran = run(platform, *words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def refused(platform, *words: str) -> str:
    ran = run(platform, *words)
    assert ran.returncode == 1 and ran.stdout == "", (ran.stdout, ran.stderr)
    return ran.stderr


def acts(platform, service: str, operation: str) -> list[tuple]:
    return platform.sql(service, "SELECT actor_kind, signed_by, object_kind, object_id::text FROM audit_entry WHERE operation = %s "
                                 "ORDER BY seq", operation)


def test_P103_the_first_administrator(platform):
    email = f"premiere-{uuid.uuid4().hex[:8]}@aplus.test"
    assert "is an administrator now" in done(platform, "administrator", email)
    [(user, administrator)] = platform.sql("auth", "SELECT id::text, administrator FROM account WHERE email_key = %s", email)
    assert administrator
    assert acts(platform, "auth", "create-administrator")[-1] == (3, f"operator {OPERATOR}", "account", user)
    before = len(acts(platform, "auth", "create-administrator"))
    assert "already" in done(platform, "administrator", email)
    assert len(acts(platform, "auth", "create-administrator")) == before
    assert "groups" in refused(platform, "administrator", people.HELPER)
    assert platform.login(email).get("/v1/audit?pageSize=1").expect(200)


def test_P14_P103_ending_the_sessions_of_an_account(platform):
    browser = platform.login(people.COLLEAGUE, fresh=True)
    assert "sessions ended" in done(platform, "sessions-end", people.COLLEAGUE.upper())
    wait_until(lambda: browser.get("/v1/me").status == 401, 5, "the session is dead everywhere")
    assert acts(platform, "auth", "end-sessions")[-1] == (3, f"operator {OPERATOR}", "account", people.USERS[people.COLLEAGUE]["id"])
    assert "no account at this address" in refused(platform, "sessions-end", "personne@nulle.test")


def test_P13_P103_taking_a_second_factor_away(platform):
    email = f"deuxieme-{uuid.uuid4().hex[:8]}@aplus.test"
    done(platform, "administrator", email)
    browser = platform.login(email)
    done(platform, "factor-reset", email)
    wait_until(lambda: browser.get("/v1/me").status == 401, 5, "its sessions are dead")
    assert acts(platform, "auth", "reset-second-factor")[-1][1] == f"operator {OPERATOR}"
    assert "no account with a second factor" in refused(platform, "factor-reset", email)


def test_P73_P103_mails_that_were_refused_leave_again(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    platform.mailbox.fault("refuse", stage="rcpt", code=550, count=100, to=people.HELPER)
    told = story.create(helper)
    story.say(caf, told, "Bien reçu.")

    def undelivered() -> list[dict]:
        return [mail for mail in json.loads(done(platform, "mails-undelivered", "--json")) if mail["request"] == told.number]

    wait_until(lambda: undelivered(), 20, "the mail is refused for good")
    [mail] = undelivered()
    assert (mail["kind"], mail["state"], mail["code"]) == ("message", "failed", 550) and "@" not in json.dumps(mail)
    assert told.number in done(platform, "mails-undelivered")
    platform.mailbox.fault("none")
    after = platform.mailbox.last_id()
    assert "1 mails queued again" in done(platform, "mails-replay", mail["id"])
    platform.mailbox.wait(people.HELPER, after, subject=told.number)
    wait_until(lambda: not undelivered(), 10, "it is delivered")
    assert acts(platform, "notifications", "replay-mail")[-1] == (3, f"operator {OPERATOR}", "mail", mail["id"])
    assert "no such undelivered mail" in refused(platform, "mails-replay", mail["id"])
    assert "write an id" in refused(platform, "mails-replay", "yesterday's")


def test_P103_a_parked_event_is_handled_again(platform):
    told = story.create(platform.login(people.HELPER))
    [(position, event)] = platform.sql("requests", "SELECT p.position, e.id::text FROM event e JOIN event_position p ON p.event_id = e.id "
                                                   "WHERE e.kind = 'aplus.events.v1.RequestCreated' AND position(%s::bytea IN e.payload) > 0",
                                       told.id.encode())
    # As a consumer parks it, with the record that it pulled.
    record = platform.rpc.call("requests", "aplus/events/v1/event_log.proto", "EventLog.Pull", {"after": position - 1, "limit": 1},
                               certificate="notifications").events[0]
    platform.sql("notifications", "INSERT INTO event_parked (consumer, position, event, tries, reason) VALUES "
                                  "('notifications.requests', %s, %s, 10, 'internal: a \"detail\"')", position, record.SerializeToString())
    [row] = [row for row in json.loads(done(platform, "events-parked", "--json")) if row["event"] == event]
    assert (row["service"], row["consumer"], row["position"], row["tries"], row["reason"]) == \
        ("notifications", "notifications.requests", position, 10, "internal")
    assert "1 events handled" in done(platform, "events-replay", "notifications", f"notifications.requests:{position}")
    assert acts(platform, "notifications", "replay-event")[-1][1] == f"operator {OPERATOR}"
    assert "no such parked event" in refused(platform, "events-replay", "notifications", f"notifications.requests:{position}")
    assert "no such consumer" in refused(platform, "events-replay", "notifications", f"nobody:{position}")
    assert "0 events handled" in done(platform, "events-replay", "stats", "all")


def test_P90_P103_the_trail_verifies_and_tampering_is_told(platform):
    story.create(platform.login(people.HELPER))
    assert run(platform, "audit-verify").returncode == 0
    [(line,)] = platform.sql("requests", "SELECT audit_id::text FROM audit_seal ORDER BY position DESC LIMIT 1")
    platform.sql("requests", "UPDATE audit_entry SET outcome = 1 - outcome WHERE id = %s", line)
    ran = run(platform, "audit-verify")
    platform.sql("requests", "UPDATE audit_entry SET outcome = 1 - outcome WHERE id = %s", line)
    assert ran.returncode == 1 and line in ran.stdout and "TAMPERED WITH" in ran.stdout
    assert run(platform, "audit-verify").returncode == 0


def test_P103_psql_and_redis_get_their_own_words(platform):
    assert done(platform, "psql", "requests", "-tAc", "SELECT 6 * 7").strip() == "42"
    assert done(platform, "redis", "--raw", "PING").strip() == "PONG"


@pytest.fixture
def rotating(platforms):
    """Its processes are restarted, and its keys changed."""
    return platforms.get(name="rotating")


def sealed(platform, key: str) -> dict[tuple[str, str], tuple[bool, int]]:
    return {(row["service"], str(row.get("version", row.get("id")))): (row["active"], row.get("sealed", 0))
            for row in json.loads(done(platform, "keys-status", "--json")) if row["key"] == key}


def test_P103_keys_show_what_is_sealed_under_them(platform):
    story.create(platform.login(people.HELPER))
    [(wrapped,)] = platform.sql("keystore", "SELECT count(*) FROM request_key")
    kek = sealed(platform, "kek")
    assert kek[("requests", "1")] == (True, wrapped) and ("files", "1") in kek
    assert ("auth", "1") in sealed(platform, "second-factor") and ("auth", "dev-1") in sealed(platform, "identity")
    assert {service for service, _ in sealed(platform, "audit")} == {"auth", "requests", "files", "notifications"}
    table = done(platform, "keys-status").splitlines()
    assert table[0].split() == ["service", "key", "version", "active", "file", "sealed"] and len(table) == 9


@pytest.mark.long
def test_P103_keys_are_rotated_and_retired_while_everything_stays_readable(rotating, monkeypatch):
    monkeypatch.setenv("APLUS_OPERATOR", OPERATOR)
    platform, local = rotating, rotating.local
    helper = platform.login(people.HELPER)
    administrator = platform.login(people.ADMINISTRATOR)
    told = story.create_with_files(helper)
    file, content = next(iter(told.files.items()))
    wait_until(lambda: helper.get(f"/v1/files/{file}").status == 200, 20, "the file is available")
    old = sealed(platform, "kek")
    assert old[("requests", "1")][0] and old[("requests", "1")][1] >= 1 and old[("files", "1")][1] >= 1
    for key in ("kek", "second-factor", "audit", "identity"):
        ctl.rotate(local, key)
    now = sealed(platform, "kek")
    assert now[("requests", "1")] == (False, 0) and now[("files", "1")] == (False, 0)
    assert now[("requests", "2")] == (True, old[("requests", "1")][1]) and now[("files", "2")][0]
    factors = sealed(platform, "second-factor")
    assert factors[("auth", "1")] == (False, 0) and factors[("auth", "2")][0] and factors[("auth", "2")][1] >= 1
    assert sealed(platform, "identity") == {("auth", "dev-2"): (True, 0)}
    with pytest.raises(Failure, match="is in use"):
        ctl.retire(local, "kek", "2")
    with pytest.raises(Failure, match="there is no"):
        ctl.retire(local, "kek", "7")
    for key, version in (("kek", "1"), ("second-factor", "1"), ("identity", "dev-1")):
        ctl.retire(local, key, version)
    # Sessions, contents, files and second factors outlive the change.
    assert story.SUBJECT in helper.get(told.path).expect(200).body.decode()
    assert helper.get(f"/v1/files/{file}").expect(200).body == content
    story.say(platform.login(people.CAF), told, "Bien reçu.")
    administrator.get("/v1/me").expect(200)
    platform.prove(administrator, people.ADMINISTRATOR)
    # Old heads are checked with old public keys, new ones with new.
    story.create(helper)
    assert run(platform, "audit-verify").returncode == 0
    for act in ("rotate-kek", "rotate-second-factor", "rotate-identity", "rotate-audit", "retire-kek", "retire-identity"):
        assert acts(platform, "auth", act)[-1][1] == f"operator {OPERATOR}", act
    assert acts(platform, "requests", "rewrap-keys") and acts(platform, "files", "rewrap-keys")


def test_P82_P103_figures_are_built_anew(platform):
    helper = platform.login(people.HELPER)
    story.create(helper)
    summary = f"/v1/stats/summary?groupId={people.FS95}"
    [(created,)] = platform.sql("requests", "SELECT count(*) FROM request WHERE creator_group_id = %s", people.FS95)
    done(platform, "figures-rebuild")

    def counted() -> int:
        # Until the memberships are read again the group is not known to be the helper's.
        answer = helper.get(summary)
        return int(answer.json().get("created", 0)) if answer.status == 200 else 0

    wait_until(lambda: counted() == created, 20, "the figures are back")
