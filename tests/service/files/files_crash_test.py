"""A process that dies at any moment, a client that goes: no half file is ever seen, nothing stays (T-FIL-04, T-TTL-02)."""

from __future__ import annotations

import threading
import time
import uuid

import grpc
import pytest

from files_calls import Caller, keys_of, object_path, proof, row, stored, upload_messages
from support import samples
from support.rpc import refusal
from support.waiting import wait_until

SETTINGS = {"files": {"upload_lease_seconds": 3, "upload_sweep_seconds": 1, "orphan_seconds": 2, "erasure_poll_seconds": 1}}


@pytest.fixture(scope="module")
def quick(platforms):
    return platforms.get(SETTINGS)


@pytest.fixture
def helper(quick):
    return Caller(quick)


def paused(messages, at: int, reached: threading.Event, go: threading.Event):
    for index, message in enumerate(messages):
        if index == at:
            reached.set()
            go.wait(30)
        yield message


def test_T_FIL_04_kill_during_uploads_leaves_nothing(quick, helper, rng):
    content = samples.pdf("Interrompu", 600_000)
    draft = helper.draft()
    before = set(stored(quick))
    for round_number in range(12):
        key = str(uuid.uuid4())
        reached, go = threading.Event(), threading.Event()
        at = rng.randrange(1, 11)
        upload = helper.start_upload(paused(upload_messages(draft, content, "a.pdf"), at, reached, go), key)
        assert reached.wait(20)
        time.sleep(rng.random() * 0.05)  # anywhere in what the server does with the last piece
        quick.kill("files")
        go.set()
        with pytest.raises(grpc.RpcError):
            upload.result()
        quick.start("files")
        # The same upload again, under the same key: as soon as the dead one's lease is over.
        if round_number % 4 == 0:
            wait_until(lambda: retry(helper, draft, content, key), 30, "the second try")
    wait_until(lambda: quick.sql("files", "SELECT count(*) FROM file WHERE state = 1")[0][0] == 0, 30, "no upload is open")
    living = {object_path(quick, file) for (file,) in quick.sql("files", "SELECT id::text FROM file WHERE state IN (2, 3)")}
    wait_until(lambda: set(stored(quick)) - before <= living, 30, "no orphan object")
    orphans = [file for (file,) in quick.sql("files", "SELECT id::text FROM file WHERE state NOT IN (2, 3)") if keys_of(quick, file)]
    assert orphans == []
    # Requests knows of each what became of it.
    wait_until(lambda: quick.sql("files", "SELECT count(*) FROM file WHERE told <> state")[0][0] == 0, 30, "requests was told")
    told = dict(quick.sql("requests", "SELECT state, count(*) FROM file WHERE request_id = %s GROUP BY state", draft))
    assert set(told) <= {3, 4} and told[3] == 3


def retry(helper, draft: str, content: bytes, key: str) -> bool:
    try:
        sent = helper.upload(draft, content, "a.pdf", key=key)
    except grpc.RpcError:
        return False
    return helper.download(sent.id).data == content


def test_T_FIL_04_a_client_that_goes_leaves_nothing(quick, helper, rng):
    content = samples.pdf("Parti", 600_000)
    draft = helper.draft()
    before = set(stored(quick))
    for _ in range(6):
        reached, go = threading.Event(), threading.Event()
        upload = helper.start_upload(paused(upload_messages(draft, content, "a.pdf"), rng.randrange(1, 11), reached, go))
        assert reached.wait(20)
        upload.cancel()
        go.set()
    # Without waiting for any lease: the call itself cleans up.
    wait_until(lambda: set(stored(quick)) == before, 10, "nothing is stored")
    wait_until(lambda: quick.sql("files", "SELECT count(*) FROM file WHERE request_id = %s AND state = 1", draft)[0][0] == 0,
               10, "no upload is open")
    for (file,) in quick.sql("files", "SELECT id::text FROM file WHERE request_id = %s", draft):
        wait_until(lambda: keys_of(quick, file) == 0, 10, "its key is gone")


def test_T_TTL_02_a_kill_during_erasures_loses_none(quick, helper, rng):
    draft = helper.draft()
    content = samples.pdf("Éphémère", 100_000)
    files = [helper.upload(draft, content, f"{number}.pdf").id for number in range(8)]
    paths = {file: object_path(quick, file) for file in files}
    quick.sql("files", "UPDATE erasure_task SET due_at = clock_timestamp() WHERE file_id = ANY (%s::uuid[])", files)
    for _ in range(4):
        time.sleep(rng.random() * 0.3)
        quick.kill("files")
        quick.sql("files", "UPDATE erasure_task SET lease_until = '-infinity'")  # the minute of the dead one is over
        quick.start("files")
    wait_until(lambda: all(proof(quick, file) for file in files), 60, "every erasure has its proof")
    for file in files:
        assert keys_of(quick, file) == 0 and not paths[file].exists()
        assert proof(quick, file)[0][0] == "P50" and row(quick, file)["state"] == 5
        assert refusal(lambda: helper.download(file)) == "erased"


def test_T_TTL_05_leftovers_are_swept(quick, helper):
    sent = helper.upload(helper.draft(), samples.pdf(), "a.pdf")
    beside = object_path(quick, sent.id)
    orphan = beside.with_name(beside.name[:2] + "0" * 30)
    orphan.write_bytes(b"left behind")
    incoming = orphan.parents[2] / "incoming" / ("1" * 32)
    incoming.write_bytes(b"left behind")
    key = str(uuid.uuid4())
    quick.sql("keystore", "INSERT INTO file_key (file_id, request_id, kek_version, wrapped) VALUES (%s, %s, 1, '')", key, key)
    wait_until(lambda: not orphan.exists() and not incoming.exists(), 30, "orphan objects are removed")
    wait_until(lambda: keys_of(quick, key) == 0, 30, "the orphan key is destroyed")
    assert helper.download(sent.id).data == samples.pdf()


def test_P51_with_a_request_go_its_files(quick, helper):
    draft = helper.draft()
    sent = helper.upload(draft, samples.pdf(), "a.pdf")
    quick.sql("requests", "UPDATE draft SET erase_at = clock_timestamp() WHERE id = %s", draft)
    quick.sql("requests", "UPDATE erasure_task SET due_at = clock_timestamp() WHERE subject_id = %s", draft)
    wait_until(lambda: proof(quick, sent.id), 60, "the file was erased")
    assert proof(quick, sent.id)[0][0] == "P51" and keys_of(quick, sent.id) == 0


def test_P50_requests_down_only_delays_the_telling(quick, helper):
    sent = helper.upload(helper.draft(), samples.pdf(), "a.pdf")
    path = object_path(quick, sent.id)
    quick.kill("requests")
    quick.sql("files", "UPDATE erasure_task SET due_at = clock_timestamp() WHERE file_id = %s", sent.id)
    # The promise is kept first.
    wait_until(lambda: keys_of(quick, sent.id) == 0 and not path.exists(), 20, "destroyed")
    assert not proof(quick, sent.id)
    quick.start("requests")
    wait_until(lambda: proof(quick, sent.id), 60, "proven once requests has heard of it")
    assert quick.sql("requests", "SELECT state FROM file WHERE id = %s", sent.id) == [(5,)]
