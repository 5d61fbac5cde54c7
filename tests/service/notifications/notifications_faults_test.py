"""P73 under faults (T-REL-03): refusals, silence, breaks at each step, kills. The checks are the same everywhere: no
mail is lost, no two different mails say the same thing, and what arrived twice has one Message-ID and one recorded
death in the dot window."""

from __future__ import annotations

from collections import Counter

import pytest

from support import people
from support.lives import Lives
from support.waiting import wait_until

# Waits in units of 40 ms instead of a minute, two seconds for a dead sender instead of two minutes.
QUICK = {"notifications": {"mail_retry_unit_ms": 40, "login_mail_retry_unit_ms": 40, "mail_sending_limit_seconds": 2,
                           "mail_lease_seconds": 2, "mail_poll_ms": 50, "smtp_step_seconds": 1}}


@pytest.fixture(scope="module")
def quick(platforms):
    return platforms.get(QUICK)


def message_id(mail: dict) -> str:
    return mail["headers"].get("message-id") or mail["headers"]["Message-ID"]


def arrived(platform, numbers: set[str]) -> Counter:
    """How often each (Message-ID, recipient) about these requests arrived."""
    found = Counter()
    for mail in platform.mailbox.messages():
        subject = mail["subject"].replace("\u00a0", " ")
        if any(subject.startswith(f"Nouvelle demande n° {number} ") or subject == f"Nouvelle demande n° {number}"
               for number in numbers):
            for address in mail["envelope"]["to"]:
                found[message_id(mail), address] += 1
    return found


def wanted(group: str) -> set[str]:
    expected = people.expected_recipients(group)
    return {*expected.people, expected.mailbox}


def queue(platform, numbers: set[str]) -> list[tuple]:
    return platform.sql("notifications", "SELECT state, ambiguities, attempts FROM mail WHERE request_number = ANY (%s)",
                        list(numbers))


def ended(platform, numbers: set[str], mails: int, seconds: float = 40) -> None:
    wait_until(lambda: len(queue(platform, numbers)) == mails and all(row[0] > 2 for row in queue(platform, numbers)),
               seconds=seconds, what="every mail to reach its end")


def check(platform, numbers: set[str], group: str) -> None:
    """The promise of P73, after the fact."""
    found = arrived(platform, numbers)
    by_address = Counter(address for _, address in found)
    for address in wanted(group):
        assert by_address[address] == len(numbers), f"{address}: {by_address[address]} different mails of {len(numbers)}"
    assert set(by_address) == wanted(group)
    repeated = sum(count - 1 for count in found.values())
    deaths = sum(row[1] for row in queue(platform, numbers))
    assert repeated <= deaths, f"{repeated} mails arrived again, {deaths} answers were lost"


def test_P73_refusals_for_now_only_delay(quick):
    quick.mailbox.fault("tempfail", stage="rcpt", count=6)
    made = Lives(quick).create([people.CAF95])
    ended(quick, {made.number}, len(wanted(people.CAF95)))
    check(quick, {made.number}, people.CAF95)
    assert quick.mailbox.faults_happened() > 0


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_P73_breaks_before_the_dot_lose_nothing_and_repeat_nothing(quick, stage):
    quick.mailbox.fault("drop", stage=stage, count=4)
    made = Lives(quick).create([people.CAF95])
    ended(quick, {made.number}, len(wanted(people.CAF95)))
    check(quick, {made.number}, people.CAF95)
    assert sum(arrived(quick, {made.number}).values()) == len(wanted(people.CAF95))


def test_P73_a_lost_answer_repeats_the_same_mail_and_is_counted(quick):
    # The mail is kept, the sender is not told: as when a relay dies between taking it and saying so.
    quick.mailbox.fault("drop", stage="dot", keep=True, count=2)
    made = Lives(quick).create([people.CAF95])
    ended(quick, {made.number}, len(wanted(people.CAF95)))
    check(quick, {made.number}, people.CAF95)
    assert sum(arrived(quick, {made.number}).values()) == len(wanted(people.CAF95)) + 2
    assert sum(row[1] for row in queue(quick, {made.number})) == 2
    wait_until(lambda: "aplus_mail_dot_window_deaths 0" not in quick.metrics("notifications"), what="the metric to show it")


def test_P73_silence_after_the_dot_is_a_lost_answer(quick):
    quick.mailbox.fault("delay", stage="dot", seconds=2.5, count=1)
    made = Lives(quick).create([people.CAF95])
    ended(quick, {made.number}, len(wanted(people.CAF95)))
    check(quick, {made.number}, people.CAF95)


def test_P73_a_refusal_for_good_stops_and_marks_the_address(quick):
    address = people.CPAM_MANAGER
    quick.mailbox.fault("refuse", stage="rcpt", to=address)
    made = Lives(quick).create([people.CPAM95])
    ended(quick, {made.number}, len(wanted(people.CPAM95)))
    refused = quick.sql("notifications", "SELECT code FROM refused_recipient WHERE recipient_id = %s",
                        people.USERS[address]["id"])
    if address in wanted(people.CPAM95):
        assert refused == [(550,)]
        assert sorted(row[0] for row in queue(quick, {made.number})).count(5) == 1
    assert address not in {to for _, to in arrived(quick, {made.number})}
    # The next one that gets through takes the mark away.
    quick.mailbox.fault("none")
    again = Lives(quick).create([people.CPAM95])
    ended(quick, {again.number}, len(wanted(people.CPAM95)))
    assert quick.sql("notifications", "SELECT 1 FROM refused_recipient WHERE recipient_id = %s",
                     people.USERS[address]["id"]) == []


def test_P73_a_relay_that_is_away_delays_nothing_once_it_is_back(quick):
    quick.stop("mailbox")
    numbers = {Lives(quick).create([people.CAF95]).number for _ in range(3)}
    count = 3 * len(wanted(people.CAF95))
    wait_until(lambda: len(queue(quick, numbers)) == count and all(row[2] > 0 for row in queue(quick, numbers)), seconds=40,
               what="every mail to have been tried in vain")
    quick.start("mailbox")
    ended(quick, numbers, count)
    check(quick, numbers, people.CAF95)


def test_P10_a_login_mail_is_not_sent_again_after_its_dot(quick):
    quick.mailbox.fault("drop", stage="dot", keep=True, count=1)
    after = quick.mailbox.last_id()
    quick.rpc.call("auth", "aplus/auth/v1/login.proto", "Login.RequestLink", {"email": people.STRANGER_HELPER})
    quick.mailbox.wait(people.STRANGER_HELPER, after)
    row = wait_until(lambda: quick.sql("notifications", "SELECT state, ambiguities FROM mail WHERE urgent AND state = 4 "
                                                        "ORDER BY queued_at DESC LIMIT 1"), what="the mail to end ambiguous")
    assert row == [(4, 1)]
    assert len([mail for mail in quick.mailbox.messages(people.STRANGER_HELPER, after)]) == 1


def kills(platform, rng, count: int) -> None:
    lives = Lives(platform)
    numbers = set()
    for _ in range(count):
        numbers.add(lives.create([people.CAF95]).number)
        # Sometimes slow answers, so that the kill falls into the dot window, sometimes lost ones.
        trouble = rng.choice(["none", "none", "delay", "drop"])
        if trouble == "delay":
            platform.mailbox.fault("delay", stage="dot", seconds=rng.uniform(0.05, 0.4), count=3)
        elif trouble == "drop":
            platform.mailbox.fault("drop", stage=rng.choice(["rcpt", "data", "dot"]), keep=rng.random() < 0.5, count=2)
        moment = rng.choice(["claimed", "sending", "any"])
        if moment != "any":
            column = "claim IS NOT NULL" if moment == "claimed" else "state = 2"
            for _ in range(200):
                if platform.sql("notifications", f"SELECT 1 FROM mail WHERE {column} LIMIT 1"):
                    break
        platform.kill("notifications")
        platform.mailbox.fault("none")
        platform.start("notifications")
    ended(platform, numbers, count * len(wanted(people.CAF95)), seconds=120)
    check(platform, numbers, people.CAF95)


def test_T_REL_03_kills_lose_no_mail(quick, rng):
    kills(quick, rng, 6)


@pytest.mark.long
def test_T_REL_03_two_hundred_kills(quick, rng):
    kills(quick, rng, 200)


def test_P73_two_replicas_send_each_mail_once(quick, tmp_path):
    """A second process on the same database, at work at the same time."""
    import json
    import subprocess
    configuration = json.loads(quick.local.configuration_file("notifications").read_text())
    configuration["listen"] = configuration["admin_listen"] = "127.0.0.1:0"
    file = tmp_path / "notifications.json"
    file.write_text(json.dumps(configuration))
    with open(tmp_path / "log", "wb") as log:
        second = subprocess.Popen([str(quick.local.layout.binary("notifications")), "--config", str(file)], stdout=log,
                                  stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: quick.sql("postgres", "SELECT count(DISTINCT client_port) FROM pg_stat_activity WHERE "
                                                 "application_name = 'aplus-notifications'")[0][0] > 9,
                   seconds=30, what="the second replica to connect")
        numbers = {Lives(quick).create([people.CAF95]).number for _ in range(15)}
        ended(quick, numbers, 15 * len(wanted(people.CAF95)))
        check(quick, numbers, people.CAF95)
        assert sum(arrived(quick, numbers).values()) == 15 * len(wanted(people.CAF95))
    finally:
        second.terminate()
        assert second.wait(40) == 0, (tmp_path / "log").read_text()[-3000:]
