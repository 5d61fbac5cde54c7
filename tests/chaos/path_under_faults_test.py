"""The main job while parts of the platform die: no acknowledged write lost, mails as P73, and it recovers."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import date

import pytest
from support import people
from support.browser import Browser
from support.waiting import wait_until

# Moves to the gate once it has run green there.
pytestmark = pytest.mark.long

SERVICES = ("auth", "requests", "files", "notifications", "stats", "gateway")
BODY = {"groupId": people.FS95, "areaId": "95", "recipientGroupIds": [people.CAF95], "subject": "Sous les pannes",
        "description": "Un blocage.", "usualChannelsTried": True,
        "citizen": {"firstName": "Awa", "lastName": "Ndiaye", "birthDate": "1984"}}


@dataclass
class History:
    """What a client asked and what it was told: the record against which the platform is checked afterwards."""

    acknowledged: dict[str, str] = field(default_factory=dict)  # request id by key
    messages: dict[str, set[str]] = field(default_factory=dict)  # texts acknowledged, by request id
    unanswered: int = 0


class Writer(threading.Thread):
    """Creates requests and answers them, each with its key, until told to stop. A call without a clear answer is
    repeated under the same key, as a page does."""

    def __init__(self, helper: Browser, caf: Browser) -> None:
        super().__init__(daemon=True)
        self.helper, self.caf = helper, caf
        self.history = History()
        self.stopping = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            key = str(uuid.uuid4())
            body = {**BODY, "mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": date.today().isoformat()}}
            answer = self._insist(self.helper, "/v1/requests", body, key)
            if answer is None:
                continue
            request = answer["id"]
            self.history.acknowledged[key] = request
            text = f"Message {number}"
            if self._insist(self.caf, f"/v1/requests/{request}/messages", {"text": text}, str(uuid.uuid4())) is not None:
                self.history.messages.setdefault(request, set()).add(text)

    def _insist(self, person: Browser, path: str, body: dict, key: str) -> dict | None:
        for _ in range(200):
            try:
                answer = person.create(path, body, key=key)
            except (OSError, http.client.HTTPException):  # whatever a dying server does to a client
                self.history.unanswered += 1
                person.close()
            else:
                if answer.status == 201:
                    return answer.json()
                assert answer.status in (409, 429, 500, 502, 503, 504), f"{answer.status} {answer.body!r}"
                assert answer.status != 500, f"{answer.asked}: {answer.body!r}"
            if self.stopping.is_set():
                return None
            time.sleep(0.1)
        raise AssertionError(f"{path}: no answer in 200 tries")

    def finish(self) -> History:
        self.stopping.set()
        self.join(60)
        assert not self.is_alive()
        return self.history


def check(platform, history: History) -> None:
    """Every acknowledged write is there, once; nothing appeared that nobody asked for."""
    helper = platform.login(people.HELPER)
    assert len(set(history.acknowledged.values())) == len(history.acknowledged), "two keys, one request"
    for key, request in history.acknowledged.items():
        helper.get(f"/v1/requests/{request}").expect(200)
        again = helper.create("/v1/requests", {**BODY, "mandate": {"kind": "MANDATE_KIND_PAPER",
                                                                  "givenOn": date.today().isoformat()}}, key=key)
        assert again.expect(201).json()["id"] == request
        texts = [entry.get("text") for entry in helper.get(f"/v1/requests/{request}/messages").expect(200).json()["messages"]
                 if entry["kind"] == "ENTRY_KIND_MESSAGE"]
        for text in history.messages.get(request, ()):
            assert texts.count(text) == 1, f"{text} stands {texts.count(text)} times"


@pytest.fixture
def writer(platform):
    made = Writer(platform.login(people.HELPER), platform.login(people.CAF))
    made.start()
    yield made
    made.stopping.set()


def progress(writer: Writer, more: int, seconds: float = 60.0) -> None:
    """Waits until the writer got `more` further requests through: the platform works (again)."""
    goal = len(writer.history.acknowledged) + more
    wait_until(lambda: len(writer.history.acknowledged) >= goal or not writer.is_alive(), seconds, f"{more} more requests")
    assert writer.is_alive(), "the writer stopped on an answer that it must not get"


@pytest.mark.parametrize("service", SERVICES)
def test_T_REL_01_kill_of_each_service_during_the_path(platform, writer, service):
    progress(writer, 2)
    for _ in range(2):
        platform.kill(service)
        platform.start(service)
        progress(writer, 2)
    check(platform, writer.finish())


def test_T_REL_02_postgresql_restarted_at_once_under_load(platform, writer):
    progress(writer, 2)
    for _ in range(2):
        platform.restart_postgres()
        progress(writer, 2)
    check(platform, writer.finish())


def test_T_REL_02_the_keystore_restarted_at_once_under_load(platform, writer):
    progress(writer, 2)
    platform.restart_postgres("keystore")
    progress(writer, 2)
    check(platform, writer.finish())


def test_T_REL_06_redis_emptied_killed_and_frozen(platform, writer):
    progress(writer, 2)
    platform.flush_redis()
    progress(writer, 2)
    with platform.frozen("redis"):
        progress(writer, 2)
    platform.kill("redis")
    progress(writer, 2)
    platform.start("redis")
    progress(writer, 2)
    check(platform, writer.finish())


def test_T_REL_03_smtp_refusing_for_a_while_only_delays(platform):
    helper = platform.login(people.HELPER)
    platform.mailbox.fault("tempfail", code=451, stage="rcpt")
    after = platform.mailbox.last_id()
    body = {**BODY, "mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": date.today().isoformat()}}
    told = helper.create("/v1/requests", body).expect(201).json()
    wait_until(lambda: platform.mailbox.faults_happened() > 0, 20, "the server refused at least once")
    assert not [mail for mail in platform.mailbox.messages(people.CAF, after) if told["number"] in mail["subject"]]
    platform.mailbox.fault("none")
    # The first retry of a notification comes after a minute (SECURITY 2.12).
    platform.mailbox.wait(people.CAF, after, told["number"], seconds=100)
    only_one_each(platform, after, told["number"])


def test_T_REL_03_notifications_killed_while_sending(platform):
    helper = platform.login(people.HELPER)
    after = platform.mailbox.last_id()
    body = {**BODY, "mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": date.today().isoformat()}}
    told = []
    for _ in range(5):
        told.append(helper.create("/v1/requests", body).expect(201).json()["number"])
        platform.kill("notifications")
        platform.start("notifications")
    for number in told:
        platform.mailbox.wait(people.CAF, after, number, seconds=100)
        only_one_each(platform, after, number)


def only_one_each(platform, after: str, number: str) -> None:
    """P73: no event sends two different mails; a repeat has the Message-ID of the first."""
    by_recipient: dict[str, set[str]] = {}
    for mail in platform.mailbox.messages(after=after):
        if number in mail["subject"]:
            for recipient in mail["envelope"]["to"]:
                by_recipient.setdefault(recipient, set()).add(mail["headers"]["Message-ID"])
    assert by_recipient
    assert all(len(ids) == 1 for ids in by_recipient.values()), by_recipient
