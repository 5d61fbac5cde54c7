"""Lives of requests, called straight at the requests service as demonstration people."""

from __future__ import annotations

import uuid
from typing import Any

from support import people

REQUESTS = "aplus/requests/v1/requests.proto"
THREADS = "aplus/requests/v1/threads.proto"

# Planted in every text: none of it may ever stand in a mail, a log, an event or a figure (P71, P82, T-AZ-05).
CANARY = "zzcanari"


class Lives:
    def __init__(self, platform) -> None:
        self.platform = platform

    def call(self, email: str, method: str, fields: dict, proto: str = REQUESTS, key: bool = False) -> Any:
        metadata = (("idempotency-key", str(uuid.uuid4())),) if key else ()
        return self.platform.rpc.call("requests", proto, method, fields, metadata=metadata,
                                      token=self.platform.identities.token(email))

    def create(self, groups: list[str], email: str = people.HELPER, colleagues: list[str] = ()) -> Any:
        """A request from Argenteuil; answers its id and number."""
        return self.call(email, "Requests.CreateRequest", {
            "group_id": people.FS95, "area_id": "95", "recipient_group_ids": groups,
            "helper_ids": [people.USERS[colleague]["id"] for colleague in colleagues],
            "subject": f"Droits interrompus {CANARY}sujet", "description": f"Depuis mars. {CANARY}description",
            "citizen": {"first_name": f"{CANARY}prenom", "last_name": f"{CANARY}nom", "birth_date": "1980"},
            "mandate": {"kind": 1, "given_on": "2026-01-02"}, "usual_channels_tried": True}, key=True)

    def write(self, email: str, request: str, private: bool = False, **more: Any) -> Any:
        return self.call(email, "Threads.PostMessage",
                         {"request_id": request, "text": f"Bonjour {CANARY}message", "visibility": 2 if private else 1, **more},
                         proto=THREADS, key=True)

    def act(self, email: str, method: str, request: str, **fields: Any) -> Any:
        return self.call(email, f"Requests.{method}", {"request_id": request, **fields})
