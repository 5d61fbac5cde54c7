"""Calls of the files service that its tests share: streams over gRPC, with drafts made by requests itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from support import people
from support.rpc import messages

FILES = "aplus/files/v1/files.proto"
DRAFTS = "aplus/requests/v1/drafts.proto"
REQUESTS = "aplus/requests/v1/requests.proto"
PIECE = 60_000


def disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


@dataclass
class Download:
    head: Any
    data: bytes


class Caller:
    """A person who calls services directly, with a fresh identity token for each call."""

    def __init__(self, platform, email: str = people.HELPER) -> None:
        self._platform = platform
        self.email = email

    def metadata(self, key: str | None = None) -> tuple[tuple[str, str], ...]:
        metadata = (("x-aplus-identity", self._platform.identities.token(self.email)),)
        return metadata if key is None else (*metadata, ("idempotency-key", key))

    def call(self, service: str, proto: str, method: str, fields: dict | None = None, key: str | None = None) -> Any:
        return self._platform.rpc.call(service, proto, method, fields, metadata=self.metadata(key))

    # --- requests -------------------------------------------------------------------------------------------

    def draft(self) -> str:
        return self.call("requests", DRAFTS, "Drafts.CreateDraft", {"group_id": people.FS95}, str(uuid.uuid4())).id

    # --- files ----------------------------------------------------------------------------------------------

    def start_upload(self, parts: Iterator[Any], key: str | None = None, timeout: float = 30.0) -> Any:
        module = messages(FILES)
        stub = self._platform.rpc.channel("files").stream_unary(
            "/aplus.files.v1.Files/Upload", request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=module.UploadResponse.FromString)
        return stub.future(parts, metadata=self.metadata(key or str(uuid.uuid4())), timeout=timeout,
                           wait_for_ready=True)

    def upload(self, target: str, content: bytes, name: str, key: str | None = None, piece: int = PIECE,
               length: int | None = None) -> Any:
        return self.start_upload(upload_messages(target, content, name, piece, length), key).result()

    def download(self, file: str, range: str = "", if_range: str = "", preview: int = 0) -> Download:
        module = messages(FILES)
        chunk = messages("aplus/api/v1/transfer.proto").DownloadChunk
        stub = self._platform.rpc.channel("files").unary_stream(
            "/aplus.files.v1.Files/Download", request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=chunk.FromString)
        request = module.DownloadRequest(file_id=file, range=range, if_range=if_range, preview=preview)
        head, data = None, bytearray()
        for message in stub(request, metadata=self.metadata(), timeout=30.0, wait_for_ready=True):
            if head is None:
                assert message.HasField("head") and not message.data
                head = message.head
            else:
                assert not message.HasField("head") and 0 < len(message.data) <= 262_144
                data += message.data
        assert head is not None
        return Download(head, bytes(data))

    def delete(self, file: str) -> Any:
        return self.call("files", FILES, "Files.DeleteFile", {"file_id": file})


def upload_messages(target: str, content: bytes, name: str, piece: int = PIECE, length: int | None = None) -> Iterator[Any]:
    message = messages(FILES).UploadRequest
    yield message(request_id=target, content_type="application/octet-stream", content_disposition=disposition(name),
                  content_length=len(content) if length is None else length)
    for start in range(0, len(content), piece):
        yield message(chunk=content[start:start + piece])


# --- what really lies there -------------------------------------------------------------------------------------

def row(platform, file: str) -> dict[str, Any] | None:
    names = ("state", "told", "object", "type", "size", "sealed_size")
    rows = platform.sql("files", f"SELECT {', '.join(names)} FROM file WHERE id = %s", file)
    return dict(zip(names, rows[0])) if rows else None


def keys_of(platform, file: str) -> int:
    return platform.sql("keystore", "SELECT count(*) FROM file_key WHERE file_id = %s", file)[0][0]


def store(platform) -> Path:
    return Path(platform.local.layout.files)


def stored(platform) -> list[Path]:
    return [path for path in store(platform).rglob("*") if path.is_file()]


def object_path(platform, file: str) -> Path:
    name = row(platform, file)["object"]
    return store(platform) / "objects" / name[:2] / name


def proof(platform, file: str) -> list[tuple]:
    return platform.sql("files", "SELECT rule, keys, objects FROM erasure_proof WHERE file_id = %s", file)


def chunks(content: bytes, size: int) -> Iterable[bytes]:
    return (content[start:start + size] for start in range(0, len(content), size))
