"""An upload that is cut leaves nothing behind that is in the way of the next one (P60, P61)."""

from __future__ import annotations

import socket
import time
import uuid
from contextlib import contextmanager
from urllib.parse import urlsplit

import story
from support import people, samples
from support.waiting import wait_until

CUT = 10  # as many as a request may have files


@contextmanager
def half_sent(browser, path: str, key: str, content: bytes, sent: int):
    """Begins the upload, sends so many bytes of it, stands still, and is gone at the end."""
    url = urlsplit(browser.base)
    headers = {"Host": url.netloc, "Content-Type": samples.PDF, "Content-Length": str(len(content)),
               "Content-Disposition": "attachment; filename*=UTF-8''coupe.pdf",
               **browser.request_headers("POST", content, False, key, None)}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(head.encode() + content[:sent])
        time.sleep(0.2)  # so that it stands in the middle of the body, not before it
        yield


def cut(browser, path: str, key: str, content: bytes, sent: int) -> None:
    with half_sent(browser, path, key, content, sent):
        pass


def test_P60_cut_uploads_are_broken_off_at_once(platform):
    helper = platform.login(people.HELPER)
    path = f"/v1/drafts/{helper.create('/v1/drafts', {}).expect(201).json()['id']}/files"
    content = samples.pdf(filler=100_000)
    for _ in range(CUT):
        cut(helper, path, str(uuid.uuid4()), content, 30_000)
    deadline = time.monotonic() + 5
    while helper.upload(path, content, "entier.pdf", samples.PDF).status != 201:
        assert time.monotonic() < deadline, "the cut ones still count as files of the draft"
        time.sleep(0.1)


def test_P61_the_same_key_goes_on_after_a_cut(platform):
    helper = platform.login(people.HELPER)
    path = f"/v1/drafts/{helper.create('/v1/drafts', {}).expect(201).json()['id']}/files"
    content, key = samples.pdf(filler=100_000), str(uuid.uuid4())
    cut(helper, path, key, content, 30_000)
    deadline = time.monotonic() + 5
    while (answer := helper.upload(path, content, "coupe.pdf", samples.PDF, key=key)).status != 201:
        assert answer.code == "key_running", answer.body
        assert time.monotonic() < deadline, "the cut upload still holds its key"
        time.sleep(0.1)
    file = answer.json()["id"]
    assert helper.get(f"/v1/files/{file}").expect(200).body == content


def test_P62_what_is_still_arriving_cannot_be_sent(platform):
    helper = platform.login(people.HELPER)
    draft = helper.create("/v1/drafts", {}).expect(201).json()["id"]
    content = samples.pdf(filler=100_000)

    def arriving() -> list:
        return platform.sql("requests", "SELECT id FROM file WHERE request_id = %s AND state = 1", draft)

    with half_sent(helper, f"/v1/drafts/{draft}/files", str(uuid.uuid4()), content, 30_000):
        wait_until(arriving, 10, "the upload has begun")
        body = story.body(draftId=draft, fileIds=[str(arriving()[0][0])])
        helper.create("/v1/requests", body).expect(409, "file_not_ready")
    helper.create("/v1/requests", story.body(draftId=draft)).expect(201)
