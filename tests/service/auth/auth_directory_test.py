"""Areas, organisations, groups and members, asked of auth itself over gRPC."""

from __future__ import annotations

import uuid

import grpc
import pytest

from auth_calls import INTERNAL, directory
from support import people
from support.rpc import messages
from support.rpc import reason_of, refusal


def token(platform, email: str = people.HELPER) -> str:
    return platform.identities.token(email)


def test_P8_reference_data_is_complete(platform):
    areas = directory(platform, "ListAreas", token(platform)).areas
    assert len(areas) == 101 and [area.id for area in areas] == sorted(area.id for area in areas)
    assert next(area.time_zone for area in areas if area.id == "974") == "Indian/Reunion"
    organisations = {row.id: row for row in directory(platform, "ListOrganisations", token(platform)).organisations}
    assert len(organisations) == 33
    identifier = messages("aplus/auth/v1/types.proto").Identifier
    assert identifier.Value("IDENTIFIER_CAF_NUMBER") in organisations["caf"].entitled
    assert identifier.Value("IDENTIFIER_NIR") in organisations["cpam"].entitled
    assert all(theme.suggested_subjects for theme in directory(platform, "ListThemes", token(platform)).themes)


def test_P20_groups_are_filtered_and_paged(platform):
    side = messages("aplus/auth/v1/types.proto").Side
    everything, page_token = [], ""
    while True:
        page = directory(platform, "ListGroups", token(platform), page_size=3, page_token=page_token)
        everything += page.groups
        page_token = page.next_page_token
        if not page_token:
            break
        assert len(page.groups) == 3
    ids = [group.id for group in everything]
    assert len(ids) == len(set(ids)) and set(people.GROUPS) <= set(ids)
    in95 = directory(platform, "ListGroups", token(platform), area_id="95", side=side.Value("SIDE_INSTRUCTOR"),
                     page_size=100).groups
    assert people.CAF95 in [group.id for group in in95]
    assert all("95" in group.area_ids and group.side == side.Value("SIDE_INSTRUCTOR") for group in in95)
    caf = directory(platform, "ListGroups", token(platform), area_id="95", organisation_id="caf", theme="family").groups
    assert [group.id for group in caf] == [people.CAF95] and caf[0].addressable


def test_P20_a_page_token_is_ours_and_of_this_list(platform):
    first = directory(platform, "ListGroups", token(platform), page_size=1)
    forged = first.next_page_token[:-2] + ("AA" if first.next_page_token[-2:] != "AA" else "BB")
    for fields in ({"page_token": forged}, {"page_token": "AAAA"},
                   {"page_token": first.next_page_token, "area_id": "95"}):
        assert refusal(lambda: directory(platform, "ListGroups", token(platform), **fields)) == "invalid_argument"


def test_A18_members_are_shown_to_members_and_administrators(platform):
    def members(email: str) -> set[str]:
        return {row.user_id for row in
                directory(platform, "ListGroupMembers", token(platform, email), group_id=people.FS95).members}

    mine = members(people.HELPER)
    assert {people.USERS[people.HELPER]["id"], people.USERS[people.COLLEAGUE]["id"]} <= mine
    assert members(people.ADMINISTRATOR) == mine


def test_T_AZ_03_a_group_that_is_not_mine_does_not_exist(platform):
    answers = set()
    for email in (people.STRANGER_HELPER, people.CPAM, people.EXPERT, people.OBSERVER):
        for group in (people.FS95, str(uuid.uuid4())):
            with pytest.raises(grpc.RpcError) as error:
                directory(platform, "ListGroupMembers", token(platform, email), group_id=group)
            answers.add((error.value.code(), error.value.details(), reason_of(error.value),
                         tuple(sorted(key for key, _ in error.value.trailing_metadata()))))
    assert len(answers) == 1 and next(iter(answers))[2] == "not_found"
    stranger = people.USERS[people.STRANGER_HELPER]["id"]
    refused = platform.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'A18' AND actor = %s AND reason = "
                                   "'not_found'", stranger)
    assert refused[0][0] >= 2


def test_P90_members_leave_one_line_an_hour(platform):
    user = people.USERS[people.HELPER_MANAGER]["id"]

    def lines() -> int:
        return platform.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'A18' AND actor = %s", user)[0][0]

    before = lines()
    for _ in range(5):
        directory(platform, "ListGroupMembers", token(platform, people.HELPER_MANAGER), group_id=people.FS95)
    # Two, should the hour turn in between.
    assert before + 1 <= lines() <= before + 2


def test_J3_J4_people_are_for_services_only(platform):
    for method in ("ResolveRecipients", "LookUp"):
        with pytest.raises(grpc.RpcError) as error:
            platform.rpc.call("auth", INTERNAL, f"People.{method}", {"user_ids": [str(uuid.uuid4())]},
                              certificate="gateway")
        assert error.value.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
    found = platform.rpc.call("auth", INTERNAL, "People.LookUp",
                              {"user_ids": [people.USERS[people.HELPER]["id"], str(uuid.uuid4())],
                               "group_ids": [people.CAF95]}, certificate="requests")
    assert [person.first_name for person in found.people] == ["Camille"]
    assert found.people[0].helper and list(found.people[0].group_ids) == [people.FS95]
    assert found.groups[0].organisation_short_name == "CAF" and found.groups[0].active_instructor
    role = messages("aplus/auth/v1/types.proto").Role
    reached = platform.rpc.call("auth", INTERNAL, "People.ResolveRecipients",
                                {"group_ids": [people.CAF95], "group_role": role.Value("ROLE_INSTRUCTOR")},
                                certificate="notifications").recipients
    assert people.CAF in [row.email for row in reached]
    assert [row.email for row in reached if row.mailbox] == [people.GROUPS[people.CAF95]["mailbox"]]
