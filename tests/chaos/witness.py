"""People who work while the platform dies, and what must hold afterwards: every acknowledged write is there, once;
nothing is there that nobody asked for; every mail left, and no event sent two different ones (P25, P73, T-REL-01)."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from support import people, samples
from support.browser import Answer, Browser
from support.waiting import wait_until

# What a page repeats under the same key: somebody behind the gateway is away, or the first try still runs.
_AGAIN = (409, 429, 502, 503, 504)
_CONSUMERS = {"requests": ("auth", "files"), "notifications": ("auth", "requests", "files"), "stats": ("auth", "requests")}


@dataclass
class Written:
    """One request, with what its people were told was done."""

    id: str
    number: str
    body: dict
    texts: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    closed: bool = False


class Witness(threading.Thread):
    """Walks the main job again and again until told to stop, repeating what got no clear answer, and remembers what
    was acknowledged. Every `files_every`th request has a file, sealed by way of a draft; `pause` seconds lie between
    two requests."""

    def __init__(self, platform, files_every: int = 3, pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.helper, self.caf = platform.login(people.HELPER), platform.login(people.CAF)
        self.subject = f"Sous les pannes p{uuid.uuid4().hex[:12]}"
        self.files_every, self.pause = files_every, pause
        self.acknowledged: dict[str, Written] = {}  # by key
        self.refused = Counter()  # statuses that were repeated, "cut" for broken connections
        self.after = platform.mailbox.last_id()
        self.broken: BaseException | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._one(len(self.acknowledged) + 1)
                self.stopping.wait(self.pause)
        except BaseException as error:  # told by progress() and finish()
            self.broken = error

    def finish(self) -> "Witness":
        self.stopping.set()
        self.join(90)
        assert not self.is_alive(), "a call of the witness does not end"
        if self.broken is not None:
            raise self.broken
        return self

    def progress(self, more: int, seconds: float = 60.0) -> None:
        """Waits until `more` further requests got through: the platform works (again)."""
        goal = len(self.acknowledged) + more
        wait_until(lambda: len(self.acknowledged) >= goal or self.broken, seconds,
                   f"{more} more requests (repeated so far: {dict(self.refused)})")
        if self.broken is not None:
            raise self.broken

    # --- the job ----------------------------------------------------------------------------------------------

    def _one(self, number: int) -> None:
        body = {"groupId": people.FS95, "areaId": "95", "recipientGroupIds": [people.CAF95], "subject": self.subject,
                "description": f"Un blocage, le {number}e.", "usualChannelsTried": True,
                "citizen": {"firstName": "Awa", "lastName": "Ndiaye", "birthDate": "1984"},
                "mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": date.today().isoformat()}}
        files: dict[str, bytes] = {}
        if self.files_every and number % self.files_every == 0:
            draft = self._insist(lambda _: self.helper.post("/v1/drafts", {"groupId": people.FS95}))
            content = samples.pdf(f"Pièce {number}", filler=150_000)
            file = draft and self._insist(lambda key: self.helper.upload(
                f"/v1/drafts/{draft['id']}/files", content, "pièce.pdf", samples.PDF, key=key))
            if not file:
                return
            files[file["id"]] = content
            body |= {"draftId": draft["id"], "fileIds": list(files)}
        key = str(uuid.uuid4())
        answer = self._insist(lambda _: self.helper.create("/v1/requests", body, key=key))
        if answer is None:
            return
        written = self.acknowledged[key] = Written(answer["id"], answer["number"], body, files=files)
        path = f"/v1/requests/{written.id}"
        for person, text in ((self.caf, f"Question {number}"), (self.helper, f"Réponse {number}")):
            if self._insist(lambda key: person.create(f"{path}/messages", {"text": text}, key=key)) is not None:
                written.texts.append(text)
        if number % 2:
            return
        # Without a key: what was done already is "impossible" now, with the state that says so.
        self._insist(lambda _: self.caf.post(f"{path}:markProcessed"), done="REQUEST_STATE_PROCESSED")
        if self._insist(lambda _: self.helper.post(f"{path}:close", {"usefulness": "USEFULNESS_GOOD"}),
                        done="REQUEST_STATE_CLOSED") is not None:
            written.closed = True

    def _insist(self, call, done: str = "") -> dict | None:
        """The answer that says it is done; None when told to stop before."""
        key = str(uuid.uuid4())
        for _ in range(600):
            answer = self._once(call, key)
            if answer is not None:
                if answer.status in (200, 201):
                    return answer.json()
                if done and answer.status == 409 and answer.json().get("state") == done:
                    return answer.json()
                assert answer.status in _AGAIN, f"{answer.asked}: {answer.status} {answer.body!r}"
                self.refused[answer.status] += 1
            if self.stopping.is_set():
                return None
            time.sleep(0.1)
        raise AssertionError(f"no answer in 600 tries; repeated so far: {dict(self.refused)}")

    def _once(self, call, key: str) -> Answer | None:
        try:
            return call(key)
        except (OSError, http.client.HTTPException):  # whatever a dying server does to a client
            self.refused["cut"] += 1
            self.helper.close()
            self.caf.close()
            return None


# --- afterwards -----------------------------------------------------------------------------------------------


def check_writes(platform, witness: Witness) -> None:
    """Every acknowledged write is there, once; nothing appeared that nobody asked for (T-REL-01, T-REL-18)."""
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    written = {one.id: one for one in witness.acknowledged.values()}
    assert len(written) == len(witness.acknowledged), "two keys, one request"
    for key, one in witness.acknowledged.items():
        again = helper.create("/v1/requests", one.body, key=key).expect(201).json()
        assert again["id"] == one.id, "the same key made another request"
        for person in (helper, caf):
            opened = person.get(f"/v1/requests/{one.id}").expect(200).json()["request"]
            assert opened["summary"]["number"] == one.number
            if one.closed:
                assert opened["summary"]["state"] == "REQUEST_STATE_CLOSED"
        shown = helper.get(f"/v1/requests/{one.id}/messages?pageSize=100").expect(200).json()["messages"]
        texts = Counter(entry.get("text") for entry in shown if entry["kind"] == "ENTRY_KIND_MESSAGE")
        for text in one.texts:
            assert texts[text] == 1, f"{text} stands {texts[text]} times in {one.number}"
        for file, content in one.files.items():
            assert caf.get(f"/v1/files/{file}").expect(200).body == content, "another file than was sent"
    assert set(_listed(helper, witness.subject)) <= set(written), "a request that nobody was told of"


def _listed(helper: Browser, subject: str) -> list[str]:
    found, token = [], ""
    while True:
        page = helper.get(f"/v1/requests?side=SIDE_HELPER&tab=TAB_ALL&orderBy=created&pageSize=100&pageToken={token}")
        answer = page.expect(200).json()
        rows = answer.get("requests", [])
        found += [row["id"] for row in rows if row["subject"] == subject]
        token = answer.get("nextPageToken", "")
        if not token or (rows and not any(row["subject"] == subject for row in rows)):
            return found


def check_events(platform, seconds: float = 60.0) -> None:
    """Positions without a gap, every consumer at the end, nothing parked (ARCHITECTURE 8)."""
    ends = {}
    waiting = "SELECT count(*) FROM event LEFT JOIN event_position ON event_id = id WHERE position IS NULL"
    for service in ("auth", "requests", "files"):
        wait_until(lambda: platform.sql(service, waiting)[0][0] == 0, seconds, f"{service}: events placed")
        last, count = platform.sql(service, "SELECT coalesce(max(position), 0), count(*) FROM event_position")[0]
        assert last == count, f"{service}: {count} positions up to {last}"
        ends[service] = last
    for service in _CONSUMERS:
        # Whoever consumes: a cursor is named after the log it follows.
        for consumer, in platform.sql(service, "SELECT consumer FROM event_cursor"):
            source = next((name for name in ends if name in consumer.split("/")[-1]), None)
            if source is None:
                continue
            at = "SELECT position FROM event_cursor WHERE consumer = %s"
            wait_until(lambda: platform.sql(service, at, consumer)[0][0] >= ends[source], seconds,
                       f"{service} caught up with {consumer}")
        assert platform.sql(service, "SELECT consumer, position, reason FROM event_parked") == []


def no_mail_waits(platform, seconds: float = 60.0) -> None:
    opened = "SELECT kind, state, attempts, last_step, last_failure FROM mail WHERE state IN (1, 2)"
    wait_until(lambda: not platform.sql("notifications", opened), seconds, "every mail is sent")


def check_mails(platform, witness: Witness, seconds: float = 60.0) -> None:
    """P73: each mail left; no event sent two different ones; repeats have one Message-ID and are counted."""
    no_mail_waits(platform, seconds)
    deliveries = Counter()
    for mail in platform.mailbox.messages(after=witness.after):
        for recipient in mail["envelope"]["to"]:
            deliveries[recipient, mail["headers"]["Message-ID"]] += 1
    once: dict[str, str] = {}
    for recipient, message_id in deliveries:
        assert once.setdefault(message_id, recipient) == recipient, "one mail, two recipients"
    repeated = sum(count - 1 for count in deliveries.values())
    ambiguous, = platform.sql("notifications", "SELECT coalesce(sum(ambiguities), 0) FROM mail")[0]
    assert repeated <= ambiguous, f"{repeated} mails left twice, {ambiguous} dot windows counted"
    # What the platform calls sent has arrived, and what arrived it calls sent (kinds of mail as domain/kind.h).
    events = {message_id.strip("<>").split("@")[0] for message_id in once}
    expected = people.expected_recipients(people.CAF95)
    recipients = len(expected.people) + 1
    for one in witness.acknowledged.values():
        rows = platform.sql("notifications", "SELECT event_id::text, recipient_id::text, state FROM mail "
                                             "WHERE request_id = %s AND digest_id IS NULL AND state <> 0", one.id)
        # Sent; or perhaps sent, when two processes died in the dot window of the same mail.
        assert all(state in (3, 4) for _, _, state in rows), rows
        for event, recipient, state in rows:
            assert state == 4 or any(name.startswith(event) and name.endswith(recipient) for name in events), \
                "sent, but not arrived"
        # One event for the group's people and mailbox, and one for each message.
        told = Counter(event for event, _, _ in rows)
        assert recipients in told.values(), f"{one.number}: nobody was told of it: {rows}"
        assert len(told) >= 1 + len(one.texts)


def check_all(platform, witness: Witness) -> None:
    check_writes(platform, witness)
    check_events(platform)
    check_mails(platform, witness)
