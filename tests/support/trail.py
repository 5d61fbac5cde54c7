"""What the audit trail says of calls that were made: by the id that each call has in logs and lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from support.matrix import Asked
from support.methods import AUDIT_CHANGE, AUDIT_LIST, AUDIT_NONE, PUBLIC

DATABASES = ("auth", "requests", "files", "notifications")


@dataclass(frozen=True)
class Line:
    database: str
    operation: str
    refused: bool
    reason: str


def lines(platform) -> dict[str, list[Line]]:
    """All lines, by the id of their call."""
    found: dict[str, list[Line]] = defaultdict(list)
    for database in DATABASES:
        for request_id, operation, outcome, reason in platform.sql(
                database, "SELECT request_id, operation, outcome, reason FROM audit_entry"):
            found[request_id].append(Line(database, operation, outcome == 1, reason))
    return found


def wrong_lines(asked: Asked, trail: dict[str, list[Line]]) -> str:
    """What is wrong with the lines of one call; empty: nothing."""
    method, seen = asked.question.method, asked.seen
    if not seen.request_id:
        return ""  # granted over HTTP: nothing tells it apart
    left = trail.get(seen.request_id, [])
    told = f"{asked.question} ({seen.code or 'granted'}): {left or 'no line'}"
    # Who is nobody does not get as far as a right.
    if not asked.question.persona.email and method.rule.caller != PUBLIC:
        return told if left else ""
    if method.rule.audit == AUDIT_NONE:
        return told if [line for line in left if not line.refused] else ""
    if str(method) in COLLECTIVE or (str(method) in WITHOUT_PROVIDER and seen.code == "not_found"):
        return ""
    if seen.granted:
        # One in each service that acts: an upload is allowed by requests and stored by files.
        if len({line.database for line in left}) != len(left) or [line for line in left if line.refused]:
            return told
        # One an hour for lists; none for a repeat that changes nothing.
        least = 0 if method.rule.audit == AUDIT_LIST or method.rule.audit == AUDIT_CHANGE and str(method) in UNCHANGING else 1
        return told if len(left) < least else ""
    if len(left) != 1 or not left[0].refused or left[0].reason != seen.code:
        return told
    return ""


# Asked for what is so already, they change nothing, and nothing is what the trail says.
UNCHANGING = {"Accounts.Reactivate", "Accounts.EndSessions", "Groups.RestoreMember", "Groups.SetRoles", "Groups.UpdateGroup",
              "Me.UpdateMe", "Me.AcceptTerms", "Login.Logout", "Notifications.SetPreferences", "Requests.MarkRead",
              "Requests.InviteExpert"}
# One line for each request that it opens, as if each had been opened.
COLLECTIVE = {"Requests.MarkAllSeen"}
# Where no provider is set up there is nobody to ask, and nothing to refuse to anybody.
WITHOUT_PROVIDER = {"ProConnect.BeginProConnect", "ProConnect.FinishProConnect"}
