"""Files in and out: sealed from the first byte, given back whole or in part, and to nobody who may not (P60–P63)."""

from __future__ import annotations

import os
import re
import threading
import uuid
from pathlib import Path

import grpc
import pytest

from files_calls import FILES, Caller, disposition, keys_of, object_path, proof, row, stored, upload_messages
from support import people, samples
from support.rpc import messages, refusal
from support.waiting import wait_until

AVAILABLE = 3


@pytest.fixture
def helper(platform):
    return Caller(platform)


def sized_pdf(size: int) -> bytes:
    """A PDF of exactly so many bytes."""
    filler = size - len(samples.pdf("x"))
    # The offsets in the document have digits of their own.
    while len(samples.pdf("x", filler=filler)) > size:
        filler -= len(samples.pdf("x", filler=filler)) - size
    content = samples.pdf("x", filler=filler)
    assert len(content) == size
    return content


def test_P60_P61_what_is_sent_comes_back(platform, helper):
    draft = helper.draft()
    for name, content, kind in (("relevé.pdf", samples.pdf("Relevé", 300_000), samples.PDF),
                                ("photo.JPG", samples.jpeg(), samples.JPEG), ("scan.png", samples.png(), samples.PNG),
                                ("lettre.odt", samples.odt(), samples.ODT), ("note.txt", "été\n".encode(), "text/plain")):
        sent = helper.upload(draft, content, name)
        assert (sent.size, sent.state) == (len(content), AVAILABLE)
        got = helper.download(sent.id)
        assert got.data == content
        assert (got.head.status, got.head.content_length, got.head.content_type) == (200, len(content), kind)
        assert got.head.content_disposition.startswith("attachment; ") and got.head.etag and not got.head.content_range
        stands = row(platform, sent.id)
        assert (stands["state"], stands["told"], stands["type"], stands["size"]) == (3, 3, kind, len(content))
        # SECURITY 2.6: header, tag per segment, nothing else.
        assert object_path(platform, sent.id).stat().st_size == stands["sealed_size"]
        assert stands["sealed_size"] == len(content) + 40 + 16 * (1 + max(0, -(-(len(content) - 65_480) // 65_520)))
        assert keys_of(platform, sent.id) == 1


def test_P61_names_travel_as_rfc6266(platform, helper):
    draft = helper.draft()
    sent = helper.upload(draft, samples.pdf(), "../rele\u0301ve\u202e n° 2 <b>.PDF")
    assert helper.download(sent.id).head.content_disposition == \
        "attachment; filename=\"..rel_ve n_ 2 b.PDF\"; filename*=UTF-8''..rel%C3%A9ve%20n%C2%B0%202%20b.PDF" .replace("..", "")


@pytest.mark.parametrize("size", [1_000, 65_479, 65_480, 65_481, 131_000, 131_001, 10_000_000])
def test_T_CRY_06_sizes_around_the_borders_of_segments(platform, helper, size):
    content = sized_pdf(size)
    sent = helper.upload(helper.draft(), content, "a.pdf", piece=65_536)
    assert helper.download(sent.id).data == content
    for first, last in ((0, 0), (size - 1, size - 1), (size // 2, size - 1), (min(size - 1, 65_470), min(size - 1, 65_490))):
        got = helper.download(sent.id, range=f"bytes={first}-{last}")
        assert got.data == content[first:last + 1]
        assert (got.head.status, got.head.content_range) == (206, f"bytes {first}-{last}/{size}")
        assert got.head.content_length == last - first + 1


def test_T_CRY_06_random_ranges(platform, helper, rng):
    content = samples.pdf("x", 400_000)
    sent = helper.upload(helper.draft(), content, "a.pdf")
    for _ in range(60):
        first = rng.randrange(len(content))
        last = rng.randrange(first, len(content) + 1_000)
        form = rng.choice([f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{len(content) - first}"])
        expected = content[first:last + 1] if form.endswith(str(last)) and "-" in form[7:] and not form.startswith("bytes=-") \
            else content[first:]
        assert helper.download(sent.id, range=form).data == expected, form
    etag = helper.download(sent.id).head.etag
    assert helper.download(sent.id, range="bytes=0-4", if_range=etag).data == content[:5]
    assert helper.download(sent.id, range="bytes=0-4", if_range='"other"').data == content
    assert helper.download(sent.id, range="bytes=0-4,10-12").data == content
    assert helper.download(sent.id, range="bytes=9-5").head.status == 200
    assert refusal(lambda: helper.download(sent.id, range=f"bytes={len(content)}-")) == "range_not_satisfiable"
    assert refusal(lambda: helper.download(sent.id, range="bytes=-0")) == "range_not_satisfiable"


def test_P61_images_and_pdf_can_be_previewed_and_nothing_else(platform, helper):
    draft = helper.draft()
    for name, content, shown in (("a.pdf", samples.pdf(), True), ("a.png", samples.png(), True),
                                 ("a.odt", samples.odt(), False), ("a.txt", b"texte", False)):
        head = helper.download(helper.upload(draft, content, name).id, preview=1).head
        assert head.preview == shown
        assert head.content_disposition.startswith("inline; " if shown else "attachment; ")


REFUSED = [
    ("empty", b"", "vide.pdf", "file_empty"),
    ("one byte too many", b"%PDF-1.4\n" + b"x" * 9_999_992, "a.pdf", "file_too_large"),
    ("other contents", samples.png(), "a.pdf", "file_type"),
    ("no extension", samples.pdf(), "document", "file_type"),
    ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "file_type"),
    ("zip", b"PK\x03\x04", "a.zip", "file_type"),
    ("pdf cut short", samples.pdf()[:-10], "a.pdf", "file_type"),
    ("pdf + html", samples.pdf("<script>alert(1)</script>"), "a.pdf", "file_unsafe"),
    ("png of 30 000 by 30 000", samples.png().replace(b"\0\0\0\x04\0\0\0\x04\x08", b"\0\0\x75\x30\0\0\x75\x30\x08"), "a.png", "file_unsafe"),
]


@pytest.mark.parametrize("content,name,code", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_P60_T_FIL_01_what_is_refused_leaves_nothing(platform, helper, content, name, code):
    draft = helper.draft()
    before = set(stored(platform))
    assert refusal(lambda: helper.upload(draft, content, name)) == code
    assert set(stored(platform)) == before
    for file, state in platform.sql("files", "SELECT id::text, state FROM file WHERE request_id = %s", draft):
        assert state == 4 and keys_of(platform, file) == 0
        # Destroyed at once, with its proof (P52).
        assert [rule for rule, *_ in proof(platform, file)] == ["P60"]


def test_P25_one_key_one_file(platform, helper):
    draft, key = helper.draft(), str(uuid.uuid4())
    content = samples.pdf("Une seule fois", 100_000)
    first = helper.upload(draft, content, "a.pdf", key=key)
    again = helper.upload(draft, content, "a.pdf", key=key, piece=1_000)
    assert again == first
    assert platform.sql("files", "SELECT count(*) FROM file WHERE request_id = %s", draft)[0][0] == 1
    other = bytearray(content)
    other[-20] ^= 1
    assert refusal(lambda: helper.upload(draft, bytes(other), "a.pdf", key=key)) == "key_reused"
    assert refusal(lambda: helper.upload(draft, content, "b.pdf", key=key)) == "key_reused"
    # Of somebody else the same key is another one.
    colleague = Caller(platform, people.COLLEAGUE)
    assert colleague.upload(colleague.draft(), content, "a.pdf", key=key).id != first.id
    # What was refused did not use its key up.
    key = str(uuid.uuid4())
    assert refusal(lambda: helper.upload(draft, b"GIF", "c.pdf", key=key)) == "file_type"
    assert helper.upload(draft, content, "c.pdf", key=key).state == AVAILABLE
    assert refusal(lambda: helper.start_upload(upload_messages(draft, content, "a.pdf"), key="not a uuid").result()) != ""


def test_P25_a_key_in_use_says_so(platform, helper):
    draft, key = helper.draft(), str(uuid.uuid4())
    content = samples.pdf("Deux à la fois", 100_000)
    go = threading.Event()

    def slowly():
        for index, message in enumerate(upload_messages(draft, content, "a.pdf")):
            if index == 1:
                assert go.wait(20)
            yield message

    first = helper.start_upload(slowly(), key)
    wait_until(lambda: platform.sql("files", "SELECT count(*) FROM upload_key WHERE key = %s", key)[0][0] == 1, 10, "the key")
    assert refusal(lambda: helper.upload(draft, content, "a.pdf", key=key)) == "key_running"
    go.set()
    made = first.result()
    assert helper.upload(draft, content, "a.pdf", key=key).id == made.id


def test_P26_rights_are_decided_by_requests(platform, helper):
    draft = helper.draft()
    sent = helper.upload(draft, samples.pdf(), "a.pdf")
    before = platform.sql("files", "SELECT count(*) FROM file")[0][0]
    for email in (people.STRANGER_HELPER, people.COLLEAGUE, people.CAF, people.EXPERT, people.ADMINISTRATOR):
        stranger = Caller(platform, email)
        assert refusal(lambda: stranger.upload(draft, samples.pdf(), "b.pdf")) in ("not_found", "forbidden")
        assert refusal(lambda: stranger.download(sent.id)) == "not_found"
        assert refusal(lambda: stranger.delete(sent.id)) == "not_found"
        # The same as for what does not exist.
        assert refusal(lambda: stranger.download(str(uuid.uuid4()))) == "not_found"
    assert refusal(lambda: helper.upload(str(uuid.uuid4()), samples.pdf(), "b.pdf")) == "not_found"
    # Nothing was stored for them.
    assert platform.sql("files", "SELECT count(*) FROM file")[0][0] == before
    assert helper.download(sent.id).data == samples.pdf()


def test_P36_the_uploader_takes_a_file_back(platform, helper):
    sent = helper.upload(helper.draft(), samples.pdf("Erreur"), "a.pdf")
    path = object_path(platform, sent.id)
    helper.delete(sent.id)
    assert keys_of(platform, sent.id) == 0 and not path.exists()
    assert refusal(lambda: helper.download(sent.id)) == "erased"
    assert proof(platform, sent.id) == [("P36", 1, 1)]
    stands = row(platform, sent.id)
    assert (stands["state"], stands["told"]) == (5, 5)
    assert refusal(lambda: helper.delete(sent.id)) in ("erased", "")


def test_T_CRY_07_a_damaged_object_breaks_the_transfer(platform, helper):
    content = samples.pdf("Abîmé", 1_000_000)
    draft = helper.draft()
    sent = helper.upload(draft, content, "a.pdf")
    path = object_path(platform, sent.id)
    whole = path.read_bytes()

    def received(damaged: bytes, range: str = "") -> tuple[bytes, str]:
        path.write_bytes(damaged)
        data = bytearray()
        try:
            chunk = messages("aplus/api/v1/transfer.proto").DownloadChunk
            stub = platform.rpc.channel("files").unary_stream(
                "/aplus.files.v1.Files/Download", request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=chunk.FromString)
            request = messages(FILES).DownloadRequest(file_id=sent.id, range=range)
            for message in stub(request, metadata=helper.metadata(), timeout=20.0):
                data += message.data
        except grpc.RpcError as error:
            return bytes(data), error.code().name
        return bytes(data), "OK"

    def corrupt() -> float:
        return float(re.search(r"^aplus_files_corrupt_total (\S+)", platform.metrics("files"), re.M).group(1))

    last = bytearray(whole)
    last[-1] ^= 1
    before = corrupt()
    data, end = received(bytes(last))
    assert end == "INTERNAL" and content.startswith(data) and len(data) < len(content)
    assert corrupt() == before + 1
    lines = platform.sql("files", "SELECT operation, reason FROM audit_entry WHERE object_id = %s ORDER BY at DESC LIMIT 1", sent.id)
    assert lines == [("F3", "internal")]
    # The end is looked at before a range is given out.
    assert received(bytes(last), "bytes=70000-70009") == (b"", "INTERNAL")
    middle = bytearray(whole)
    middle[500_000] ^= 0x40
    data, end = received(bytes(middle))
    assert end == "INTERNAL" and content.startswith(data) and len(data) < 500_000
    assert received(whole[:-65_536])[1] == "INTERNAL"
    assert received(whole + b"x")[1] == "INTERNAL"
    assert received(whole[:65_536 * 3] + whole[65_536 * 4:65_536 * 5] + whole[65_536 * 4:])[1] == "INTERNAL"
    assert received(whole) == (content, "OK")
    # Another file's object in its place.
    other = helper.upload(draft, samples.pdf("Autre", 1_000_000), "b.pdf")
    assert received(object_path(platform, other.id).read_bytes())[1] == "INTERNAL"
    path.unlink()
    assert received(whole) == (content, "OK")


def test_T_CRY_11_nothing_lies_in_clear(platform, helper):
    canary = f"Canari{uuid.uuid4().hex}"
    content = samples.pdf(canary) + b"\n%" + canary.encode() * 2_000 + b"\n%%EOF\n"
    sent = helper.upload(helper.draft(), content, f"{canary}.pdf")
    assert canary.encode() in helper.download(sent.id).data
    needle = canary.encode()
    folders = [platform.local.layout.files, platform.local.layout.logs, platform.local.layout.state / "redis",
               platform.local.data_home / "pg-main", platform.local.data_home / "pg-keystore"]
    platform.sql("files", "CHECKPOINT")
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root, name)
                if path.is_file():  # no socket
                    assert needle not in path.read_bytes(), path


def test_P61_a_piece_larger_than_it_may_be_is_refused(platform, helper):
    draft = helper.draft()
    assert refusal(lambda: helper.upload(draft, samples.pdf("x", 200_000), "a.pdf", piece=70_000)) == "malformed"
    assert refusal(lambda: helper.upload(draft, samples.pdf("x", 200_000), "a.pdf", length=100)) == "invalid_argument"
    assert refusal(lambda: helper.upload(draft, samples.pdf("x", 2_000), "a.pdf", length=100_000)) == "invalid_argument"
    assert refusal(lambda: helper.upload(draft, samples.pdf(), "a.pdf", length=20_000_000)) == "file_too_large"
    assert disposition("é") == "attachment; filename*=UTF-8''%C3%A9"
