"""Calls of requests, as a demonstration person through the gateway's certificate, and what tests share."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import grpc

from support import people
from support.rpc import error_info, sentence_of

REQUESTS = "aplus/requests/v1/requests.proto"
THREADS = "aplus/requests/v1/threads.proto"
DRAFTS = "aplus/requests/v1/drafts.proto"
INTERNAL = "aplus/requests/v1/internal.proto"

CITIZEN = {"first_name": "Awa", "last_name": "Ndiaye-Testeur", "birth_date": "1984", "phone": "06 12 34 56 78",
           "caf_number": "1234567A", "nir": "2840575123456"}


class Refused(Exception):
    """What a call answered instead: the code, and state and version where they come along."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code, self.metadata = error_info(error)
        self.sentence = sentence_of(error)
        super().__init__(f"{self.code or error.code()} {error.details()}")


class Person:
    """Somebody of the demonstration, calling requests."""

    def __init__(self, platform, email: str, **claims: Any) -> None:
        self._platform = platform
        self.email = email
        self._claims = claims
        self.id = people.USERS[email]["id"]

    def call(self, proto: str, method: str, fields: dict | None = None, *, key: str | None = "",
             version: int | None = None, certificate: str = "gateway") -> Any:
        """`key`: "" sends a fresh one where the method needs it, None sends none."""
        metadata = [("x-request-id", str(uuid.uuid4()))]
        if key == "":
            key = str(uuid.uuid4()) if method.split(".")[1] in ("CreateRequest", "PostMessage") else None
        if key is not None:
            metadata.append(("idempotency-key", key))
        if version is not None:
            metadata.append(("if-match", str(version)))
        try:
            return self._platform.rpc.call("requests", proto, method, fields, certificate=certificate,
                                           token=self._platform.identities.token(self.email, **self._claims),
                                           metadata=tuple(metadata))
        except grpc.RpcError as error:
            raise Refused(error) from None

    def refused(self, proto: str, method: str, fields: dict | None = None, **more: Any) -> Refused:
        try:
            answer = self.call(proto, method, fields, **more)
        except Refused as refusal:
            return refusal
        raise AssertionError(f"it was allowed: {answer}")

    # --- the calls that most tests make ---

    def create(self, **changes: Any) -> Any:
        return self.call(REQUESTS, "Requests.CreateRequest", new_request(**changes))

    def open(self, request: str) -> Any:
        return self.call(REQUESTS, "Requests.GetRequest", {"request_id": request}).request

    def act(self, method: str, request: str, *, version: int | None = None, **fields: Any) -> Any:
        return self.call(REQUESTS, f"Requests.{method}", {"request_id": request, **fields}, version=version)

    def say(self, request: str, text: str, *, key: str = "", version: int | None = None, **fields: Any) -> Any:
        return self.call(THREADS, "Threads.PostMessage", {"request_id": request, "text": text, **fields}, key=key,
                         version=version)

    def whisper(self, request: str, text: str, **fields: Any) -> Any:
        return self.say(request, text, visibility=2, **fields)

    def thread(self, request: str, **fields: Any) -> list:
        return list(self.call(THREADS, "Threads.ListMessages", {"request_id": request, **fields}).messages)

    def texts(self, request: str) -> list[str]:
        return [line.text for line in self.thread(request, page_size=100) if line.text]

    def history(self, request: str) -> list:
        return list(self.call(REQUESTS, "Requests.ListHistory", {"request_id": request, "page_size": 100}).entries)

    def listed(self, side: int, tab: int, **filters: Any) -> list[str]:
        answer = self.call(REQUESTS, "Requests.ListRequests",
                           {"side": side, "tab": tab, "page_size": 100, "order_by": 1, **filters})
        return [row.id for row in answer.requests]

    def counts(self, side: int) -> dict[int, int]:
        answer = self.call(REQUESTS, "Requests.CountRequests", {"side": side})
        return {row.tab: row.count for row in answer.tabs}


HELPER_SIDE, INSTRUCTOR_SIDE = 1, 2
ALL, MINE, NEW, IN_PROGRESS, LATE, PROCESSED, TO_ARCHIVE, ARCHIVED = range(1, 9)
STATE_NEW, STATE_IN_PROGRESS, STATE_PROCESSED, STATE_CLOSED = range(1, 5)


def new_request(**changes: Any) -> dict:
    return {"group_id": people.FS95, "area_id": "95", "recipient_group_ids": [people.CAF95, people.CPAM95],
            "subject": "Allocation logement suspendue", "description": "Le versement a cessé en mars sans courrier.",
            "citizen": CITIZEN, "mandate": {"kind": 1, "given_on": datetime.date.today().isoformat()},
            "usual_channels_tried": True, **changes}


def audit_lines(platform, request: str) -> list[tuple]:
    """(operation, outcome, reason) of the lines about a request, in their order; outcome 0 is allowed."""
    return platform.sql("requests", "SELECT operation, outcome, reason FROM audit_entry WHERE object_id = %s ORDER BY id",
                        request)


