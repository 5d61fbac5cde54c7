"""P28, by difference: the same story told twice, once with instructors talking among themselves all along. What the helper
side is answered, and mailed, is the same to the byte."""

from __future__ import annotations

import re

import story
from support import people, samples

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SPAN = re.compile(rb'("\w*[sS]econds"):\s*"\d+"')  # how long somebody took
_PRIVATE = "Entre nous, rien que nous."


class Normal:
    """Makes answers of two stories comparable: ids by the order in which they come, no times nor spans, one number."""

    def __init__(self, told: story.Told) -> None:
        self._told = told
        self._ids: dict[bytes, bytes] = {}

    def __call__(self, raw: bytes) -> bytes:
        raw = raw.replace(self._told.number.encode(), b"NUMBER")
        raw = _SPAN.sub(rb"\1:SPAN", _TIME.sub(b"TIME", raw))
        return _UUID.sub(lambda found: self._ids.setdefault(found[0], b"id-%d" % len(self._ids)), raw)


def views(told: story.Told) -> list[str]:
    """Every page of the request."""
    return [told.path, *(f"{told.path}/{page}" for page in
                         ("messages?pageSize=100", "files", "history?pageSize=100", "citizen/versions", "draft", "metadata"))]


def row_of(person, told: story.Told, path: str, rows: str, name: str = "id") -> bytes:
    import json
    found = [row for row in person.get(path).expect(200).json().get(rows, []) if row.get(name) == told.id]
    return json.dumps(found, ensure_ascii=False).encode()


def look(person, told: story.Told, normal: Normal) -> list[bytes]:
    """All that somebody of the helper side can be answered about the request, headers that depend on it included."""
    seen = []
    for path in views(told):
        answer = person.get(path)
        headers = sorted((name.lower(), value) for name, value in answer.headers.items()
                         if name.lower() not in ("date", "connection", "content-length"))  # the bodies themselves are compared
        body = answer.body
        if answer.status != 200:
            body = re.sub(rb'"instance":"[^"]*"', b"", body)
        seen.append(normal(f"{answer.status} {headers}".encode() + body))
    for tab in ("TAB_ALL", "TAB_MINE"):
        seen.append(normal(row_of(person, told, f"/v1/requests?side=SIDE_HELPER&tab={tab}&pageSize=10", "requests")))
    seen.append(normal(row_of(person, told, "/v1/me/traces?pageSize=10", "traces", "requestId")))
    seen.append(normal(row_of(person, told, "/v1/notifications?pageSize=100", "notifications", "requestId")))
    for words in ("nous", "note"):
        seen.append(normal(row_of(person, told, f"/v1/requests?side=SIDE_HELPER&q={words}&pageSize=10", "requests")))
    return seen


def whisper(platform, told: story.Told, *who: str) -> None:
    """Instructors write, add a file, read each other, and begin what they do not send."""
    for one in who:
        person = platform.login(one)
        file = person.upload(f"{told.path}/files", samples.pdf(), "note.pdf", samples.PDF).expect(201).json()["id"]
        story.say(person, told, _PRIVATE, visibility="VISIBILITY_INSTRUCTORS", fileIds=[file])
        person.put(f"{told.path}/draft", {"text": _PRIVATE, "visibility": "VISIBILITY_INSTRUCTORS"}).expect(200)


def read_all(platform, told: story.Told, *who: str) -> None:
    """Instructors read what is for all, to its end: who reads a private line has read what stands before it."""
    for one in who:
        person = platform.login(one)
        last = [line for line in person.get(f"{told.path}/messages?pageSize=100").expect(200).json()["messages"]
                if line.get("visibility") != "VISIBILITY_INSTRUCTORS"][-1]
        person.post(f"{told.path}:markRead", {"messageId": last["id"]}).expect(200)


def read_privately(platform, told: story.Told, *who: str) -> None:
    for one in who:
        person = platform.login(one)
        last = [line for line in person.get(f"{told.path}/messages?pageSize=100").expect(200).json()["messages"]
                if line.get("text") == _PRIVATE][-1]
        person.post(f"{told.path}:markRead", {"messageId": last["id"]}).expect(200)
        for file in last.get("files", []):
            person.get(f"/v1/files/{file['id']}")


def tell(platform, private: bool) -> tuple[list[list[bytes]], list[str]]:
    """What helper and colleague see after each step, and the subjects of what they and their group are mailed."""
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    after = platform.mailbox.last_id()
    told = story.create_with_files(helper, helperIds=[people.USERS[people.COLLEAGUE]["id"]])
    normal = {person: Normal(told) for person in (people.HELPER, people.COLLEAGUE)}
    looks: list[list[bytes]] = []

    def step() -> None:
        looks.extend(look(platform.login(person), told, normal[person]) for person in normal)

    step()
    read_all(platform, told, people.CAF, people.CPAM)
    step()
    if private:
        whisper(platform, told, people.CAF, people.CPAM)
        read_privately(platform, told, people.CAF, people.CPAM)
    step()
    caf.post(f"{told.path}:takeCharge", {"groupId": people.CAF95}).expect(200)
    if private:
        whisper(platform, told, people.CPAM)
    step()
    helper.put(f"{told.path}/draft", {"text": "Je complète"}).expect(200)
    if private:
        whisper(platform, told, people.CAF)
    step()
    story.say(helper, told, "Un détail de plus.")
    read_all(platform, told, people.CPAM)
    if private:
        read_privately(platform, told, people.CPAM)
    story.say(caf, told, "Nous avons repris le versement.")
    step()
    caf.post(f"{told.path}:markProcessed", {}).expect(200)
    read_all(platform, told, people.CAF)
    if private:
        whisper(platform, told, people.CPAM, people.CAF)
        read_privately(platform, told, people.CAF)
    step()
    helper.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200)
    step()
    mails = set()
    for to in (people.HELPER, people.COLLEAGUE, people.mailbox_of(people.FS95)):
        if to:
            mails |= {f"{to}: {mail['subject']}".replace(told.number, "NUMBER") for mail in platform.mailbox.messages(to, after)
                      if told.number in mail["subject"].replace("\u00a0", " ")}
    return looks, sorted(mails)


def test_P28_private_messages_change_no_answer_to_the_helper_side(platform):
    quiet, quiet_mails = tell(platform, private=False)
    talkative, talkative_mails = tell(platform, private=True)
    assert len(quiet) == len(talkative)
    answers = 0
    for number, (one, other) in enumerate(zip(quiet, talkative)):
        for left, right in zip(one, other):
            answers += 1
            assert left == right, f"look {number}:\n{left.decode()}\n{right.decode()}"
            assert _PRIVATE.encode() not in right
    print(f"{answers} answers")
    assert answers > 150
    assert quiet_mails == talkative_mails
