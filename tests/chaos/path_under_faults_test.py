"""A dozen faults while people work: no acknowledged write lost, mails as P73, and it recovers. The rest of the three
hundred is kills_test.py."""

from __future__ import annotations

import pytest
from support import people
from support.waiting import wait_until
from witness import check_all

SERVICES = ("auth", "requests", "files", "notifications", "stats", "gateway")


@pytest.mark.parametrize("service", SERVICES)
def test_T_REL_01_kill_of_each_service_during_the_path(platform, witness, service):
    witness.progress(2)
    for _ in range(2):
        platform.kill(service)
        platform.start(service)
        witness.progress(2)
    check_all(platform, witness.finish())


def test_T_REL_01_the_path_goes_on_without_those_it_does_not_need(platform, witness):
    """Nothing that is answered depends on mails or figures: without them people work on, and afterwards both catch
    up."""
    helper = platform.login(people.HELPER)

    def created() -> int:
        return int(helper.get(f"/v1/stats/summary?groupId={people.FS95}").expect(200).json().get("created", 0))

    before = created()
    for service in ("notifications", "stats"):
        platform.kill(service)
    refused = dict(witness.refused)
    witness.progress(4)
    assert witness.refused == refused, "a write waited for a service that it does not need"
    for service in ("notifications", "stats"):
        platform.start(service)
    check_all(platform, witness.finish())
    wait_until(lambda: created() >= before + 4, 20, "the figures follow")


def test_T_REL_02_postgresql_restarted_at_once_under_load(platform, witness):
    witness.progress(2)
    for _ in range(2):
        platform.restart_postgres()
        witness.progress(2)
    check_all(platform, witness.finish())


def test_T_REL_02_the_keystore_restarted_at_once_under_load(platform, witness):
    witness.progress(2)
    platform.restart_postgres("keystore")
    witness.progress(2)
    check_all(platform, witness.finish())


def test_T_REL_06_redis_emptied_frozen_and_gone(platform, witness):
    witness.progress(2)
    refused = dict(witness.refused)
    platform.flush_redis()
    witness.progress(3)
    with platform.frozen("redis"):
        witness.progress(3)
    platform.kill("redis")
    witness.progress(3)
    # Without Redis a login works too: its limits fall back to the processes' own.
    platform.login(people.CPAM, fresh=True)
    platform.start("redis")
    witness.progress(3)
    assert witness.refused == refused, "a request failed for want of Redis"
    check_all(platform, witness.finish())


def test_T_REL_03_smtp_refusing_for_a_while_only_delays(platform, witness):
    witness.progress(1)
    platform.mailbox.fault("tempfail", code=451, stage="rcpt", to=people.CAF)
    witness.progress(2)
    wait_until(lambda: platform.mailbox.faults_happened() > 0, 20, "the server refused at least once")
    numbers = [one.number for one in witness.finish().acknowledged.values()]
    told = [mail for mail in platform.mailbox.messages(people.CAF, witness.after) if numbers[-1] in mail["subject"]]
    assert told == [], "a mail that was refused has arrived"
    platform.mailbox.fault("none")
    check_all(platform, witness)
    platform.mailbox.wait(people.CAF, witness.after, numbers[-1], seconds=5)


def test_T_REL_03_smtp_gone_and_notifications_killed_meanwhile(platform, witness):
    witness.progress(1)
    platform.kill("mailbox")
    witness.progress(2)
    platform.kill("notifications")
    platform.start("notifications")
    witness.progress(1)
    platform.start("mailbox")
    check_all(platform, witness.finish())


def test_T_REL_03_notifications_killed_while_sending(platform, witness):
    platform.mailbox.fault("delay", stage="dot", seconds=0.3)
    for _ in range(4):
        witness.progress(1)
        wait_until(lambda: platform.mailbox.faults_happened() > 0, 20, "a mail on its way")
        platform.kill("notifications")
        platform.start("notifications")
    platform.mailbox.fault("none")
    check_all(platform, witness.finish())


def test_T_REL_01_everything_dies_at_once(platform, witness):
    """As a power cut: what was acknowledged a moment before is there afterwards."""
    witness.progress(3)
    names = (*SERVICES, "redis", "mailbox")
    for name in names:
        platform.kill(name)
    platform.restart_postgres()
    platform.restart_postgres("keystore")
    for name in ("redis", "mailbox", *SERVICES):
        platform.local.start_process(name, wait=False)
    platform.wait_ready()
    witness.progress(3)
    check_all(platform, witness.finish())
