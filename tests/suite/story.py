"""The steps of the main job, for the suites that walk it: each acts as a page does, through the gateway."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from support import people, samples
from support.browser import Browser

CITIZEN = {"firstName": "Awa", "lastName": "Ndiaye-Testeur", "birthDate": "1984", "phone": "06 12 34 56 78",
           "cafNumber": "1234567A", "nir": "2840575123456" }
SUBJECT = "Allocation logement suspendue"
DESCRIPTION = "Le versement a cessé en mars sans courrier. Expulsion annoncée pour la fin du mois."


@dataclass
class Told:
    """A request as its creator knows it."""

    id: str
    number: str
    version: str
    files: dict[str, bytes] = field(default_factory=dict)  # by id

    @property
    def path(self) -> str:
        return f"/v1/requests/{self.id}"


def upload_three(helper: Browser, path: str) -> dict[str, bytes]:
    """A PDF, a JPEG and an ODT; answers their bytes by id."""
    files = {}
    for content, name, kind in ((samples.pdf("Attestation CAF", filler=200_000), "attestation d’accueil.pdf", samples.PDF),
                                (samples.jpeg(), "carte.jpg", samples.JPEG),
                                (samples.odt("Courrier"), "courrier été.odt", samples.ODT)):
        answer = helper.upload(path, content, name, kind).expect(201).json()
        assert int(answer["size"]) == len(content)
        files[answer["id"]] = content
    return files


def body(**changes) -> dict:
    """A whole request to the CAF and CPAM of the Val-d'Oise."""
    return {"groupId": people.FS95, "areaId": "95", "recipientGroupIds": [people.CAF95, people.CPAM95],
            "subject": SUBJECT, "description": DESCRIPTION, "citizen": CITIZEN,
            "mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": date.today().isoformat()},
            "usualChannelsTried": True, **changes}


def create(helper: Browser, key: str | None = None, **changes) -> Told:
    answer = helper.create("/v1/requests", body(**changes), key=key or str(uuid.uuid4())).expect(201).json()
    return Told(answer["id"], answer["number"], answer["version"])


def create_with_files(helper: Browser, **changes) -> Told:
    """By way of a draft, so that its files are sealed under the request's key from the first byte."""
    draft = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    files = upload_three(helper, f"/v1/drafts/{draft}/files")
    told = create(helper, draftId=draft, fileIds=list(files), **changes)
    assert told.id == draft
    told.files = files
    return told


def say(person: Browser, told: Told, text: str, **more) -> dict:
    return person.create(f"{told.path}/messages", {"text": text, **more}).expect(201).json()


def counters(person: Browser, side: str) -> dict[str, int]:
    tabs = person.get(f"/v1/requests/counters?side={side}").expect(200).json().get("tabs", [])
    return {tab["tab"]: tab.get("count", 0) for tab in tabs}


def listed(person: Browser, side: str, tab: str) -> list[str]:
    """Ids on the first page of a tab, newest first."""
    answer = person.get(f"/v1/requests?side={side}&tab={tab}&orderBy=created&pageSize=100").expect(200).json()
    return [row["id"] for row in answer.get("requests", [])]


def state_of(person: Browser, told: Told) -> str:
    return person.get(told.path).expect(200).json()["request"]["summary"]["state"]
