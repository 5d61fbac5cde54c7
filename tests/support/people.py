"""The demonstration people and groups that tests act as (data/demo)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_DATA = Path(__file__).resolve().parents[2] / "data" / "demo"

USERS = {row["email"]: row for row in json.loads((_DATA / "users.json").read_text())["users"]}
GROUPS = {row["id"]: row for row in json.loads((_DATA / "groups.json").read_text())["groups"]}

HELPER = "camille.moreau@fs95.test"
COLLEAGUE = "nadia.benali@fs95.test"
HELPER_MANAGER = "julien.lefevre@fs95.test"
CAF = "lea.bernard@caf95.test"
CAF_MANAGER = "hugo.petit@caf95.test"
CPAM = "ines.dacosta@cpam95.test"
CPAM_MANAGER = "mathis.roussel@cpam95.test"
STRANGER_HELPER = "lucie.masson@fs75.test"
MANAGER_ONLY = "responsable@cpam95.test"
BOTH_SIDES = "deux.cotes@caf95.test"
TWO_GROUPS = "multi@fs95.test"
SHARED_INSTRUCTOR = "sip-argenteuil@ddfip95.test"
SHARED_HELPER = "accueil@fs62.test"
ADMINISTRATOR = "administration@aplus.test"
EXPERT = "expert@aplus.test"
OBSERVER = "pilote@aplus.test"


def group_of(organisation: str, area: str) -> str:
    """Id of the demonstration group of an organisation in an area."""
    return next(group["id"] for group in GROUPS.values()
                if group["organisation_id"] == organisation and area in group["area_ids"])


FS95 = group_of("france-services", "95")
CAF95 = group_of("caf", "95")
CPAM95 = group_of("cpam", "95")


def mailbox_of(group: str) -> str:
    return GROUPS[group]["mailbox"]


@dataclass(frozen=True)
class Expected:
    """Who must hear of a request to a group: its instructors and its mailbox (P70)."""

    people: frozenset[str]
    mailbox: str


def expected_recipients(group: str) -> Expected:
    people = frozenset(email for email, row in USERS.items() for membership in row["memberships"]
                       if membership["group_id"] == group and "instructor" in membership["roles"])
    return Expected(people, mailbox_of(group))
