"""Looking after people and groups over gRPC (P1–P8): what is answered, told to others, and mailed."""

from __future__ import annotations

import secrets
import time
import uuid

import grpc
import pytest

from auth_calls import DIRECTORY, INTERNAL, authenticate, log_in, make_account
from support import people
from support.rpc import messages, reason_of
from support.waiting import wait_until

ACCOUNTS = "aplus/auth/v1/accounts.proto"
GROUPS = "aplus/auth/v1/groups.proto"
IMPORTS = "aplus/auth/v1/imports.proto"
HELPER, INSTRUCTOR, MANAGER = 1, 2, 3
ADMINISTRATOR, EXPERT, OBSERVER = 1, 2, 3


class Person:
    """Somebody of the demonstration, calling auth. `proven`: with a fresh second factor."""

    def __init__(self, platform, email: str, proven: bool = False) -> None:
        self._platform = platform
        self.email = email
        self._claims = {"amr": ["mail", "otp"]} if proven else {}
        self.id = people.USERS[email]["id"]

    def call(self, proto: str, method: str, **fields):
        return self._platform.rpc.call("auth", proto, method, fields,
                                       token=self._platform.identities.token(self.email, **self._claims))

    def refused(self, proto: str, method: str, **fields) -> str:
        with pytest.raises(grpc.RpcError) as error:
            self.call(proto, method, **fields)
        return reason_of(error.value)


@pytest.fixture(scope="module")
def platform(platforms):
    """Apart: what becomes of accounts and groups here would change who hears of requests in other tests."""
    return platforms.get(name="people")


@pytest.fixture
def manager(platform):
    return Person(platform, people.HELPER_MANAGER)


@pytest.fixture
def administrator(platform):
    return Person(platform, people.ADMINISTRATOR)


def fresh_email(domain: str = "fs95.test") -> str:
    return f"nouvelle-{secrets.token_hex(6)}@{domain}"


def open_account(manager: Person, email: str = "", group: str = people.FS95, **more) -> str:
    return manager.call(ACCOUNTS, "Accounts.CreateAccount", email=email or fresh_email(), first_name="Nouvelle",
                        last_name="Personne", group_id=group, **more).user_id


def events(platform, kind: str, user: str) -> list:
    module = messages("aplus/events/v1/auth.proto")
    message = getattr(module, kind)
    rows = platform.sql("auth", "SELECT payload FROM event WHERE kind = %s AND position(%s::bytea IN payload) > 0 ORDER BY seq",
                        f"aplus.events.v1.{kind}", user.encode())
    return [message.FromString(bytes(payload)) for (payload,) in rows]


def lines(platform, user: str) -> list[tuple]:
    return platform.sql("auth", "SELECT operation, outcome, reason FROM audit_entry WHERE object_id = %s ORDER BY at, id", user)


def test_P4_a_new_account_is_welcomed_and_logs_in(platform, manager):
    email, after = fresh_email(), platform.mailbox.last_id()
    user = open_account(manager, email)
    mail = platform.mailbox.wait(email, after)
    assert "est ouvert" in mail["subject"]
    assert ("A5", 0, "") in lines(platform, user)
    assert log_in(platform, email)
    assert manager.refused(ACCOUNTS, "Accounts.CreateAccount", email=email.upper(), first_name="X", last_name="Y",
                           group_id=people.FS95) == "conflict"


def test_P4_only_managers_and_administrators_create(platform):
    for who in (people.HELPER, people.STRANGER_HELPER, people.CAF, people.CAF_MANAGER, people.EXPERT, people.OBSERVER):
        assert Person(platform, who).refused(ACCOUNTS, "Accounts.CreateAccount", email=fresh_email(), first_name="X",
                                             last_name="Y", group_id=people.FS95) == "forbidden", who
    administrator = Person(platform, people.ADMINISTRATOR)
    assert open_account(administrator, fresh_email("caf95.test"), people.CAF95)
    assert administrator.refused(ACCOUNTS, "Accounts.CreateAccount", email=fresh_email(), first_name="X", last_name="Y",
                                 group_id=people.CAF95, roles=[MANAGER]) == "step_up_required"
    assert open_account(Person(platform, people.ADMINISTRATOR, proven=True), fresh_email("caf95.test"), people.CAF95,
                        roles=[INSTRUCTOR, MANAGER])


def test_P3_a_shared_account_has_one_name(platform, manager):
    assert manager.refused(ACCOUNTS, "Accounts.CreateAccount", email=fresh_email(), last_name="Accueil",
                           group_id=people.FS95) == "invalid_argument"
    user = manager.call(ACCOUNTS, "Accounts.CreateAccount", email=fresh_email(), last_name="Accueil", shared=True,
                        group_id=people.FS95).user_id
    assert manager.call(ACCOUNTS, "Accounts.GetAccount", user_id=user).account.user.shared


def test_P5_deactivating_ends_sessions_at_once_and_reactivating_restores(platform, manager):
    email = fresh_email()
    user = open_account(manager, email)
    session = log_in(platform, email)
    assert authenticate(platform, session).user_id == user
    preview = manager.call(ACCOUNTS, "Accounts.PreviewDeactivation", user_id=user)
    assert preview.sessions == 1 and [effect.group.id for effect in preview.groups] == [people.FS95]
    assert people.USERS[people.HELPER]["id"] in [heir.user_id for heir in preview.heirs]
    begun = time.monotonic()
    account = manager.call(ACCOUNTS, "Accounts.Deactivate", user_id=user).account
    assert not account.active
    with pytest.raises(grpc.RpcError) as error:
        authenticate(platform, session)
    assert reason_of(error.value) == "unauthenticated" and time.monotonic() - begun < 1
    manager.call(ACCOUNTS, "Accounts.Deactivate", user_id=user)
    assert len(events(platform, "AccountDeactivated", user)) == 1, "again changes nothing"
    account = manager.call(ACCOUNTS, "Accounts.Reactivate", user_id=user).account
    assert account.active and [(m.group.id, list(m.roles)) for m in account.memberships] == [(people.FS95, [HELPER])]
    assert log_in(platform, email)


def test_P5_administrators_are_told_of_leavers(platform, manager):
    user, after = open_account(manager), platform.mailbox.last_id()
    manager.call(ACCOUNTS, "Accounts.Deactivate", user_id=user)
    mail = platform.mailbox.wait(people.ADMINISTRATOR, after, subject="désactivé")
    assert "Nouvelle" not in mail["text"] and "Personne" not in mail["text"], "no name in a mail"


def test_T_AZ_03_a_foreign_account_answers_as_an_unknown_one(platform):
    foreign = people.USERS[people.CAF]["id"]
    for who in (people.HELPER_MANAGER, people.HELPER, people.EXPERT, people.OBSERVER):
        person = Person(platform, who)
        for method, fields in (("GetAccount", {}), ("PreviewDeactivation", {}), ("Deactivate", {}), ("Reactivate", {}),
                               ("EndSessions", {}), ("ChangeEmail", {"email": fresh_email()}), ("Exclude", {"reason": 1}),
                               ("SetAccountRoles", {"roles": [EXPERT]})):
            answers = {person.refused(ACCOUNTS, f"Accounts.{method}", user_id=user, **fields)
                       for user in (foreign, str(uuid.uuid4()))}
            assert answers == {"forbidden"}, (who, method)


def test_P1_only_an_administrator_changes_an_address(platform, manager, administrator):
    email, new = fresh_email(), fresh_email()
    user = open_account(manager, email)
    session = log_in(platform, email)
    assert administrator.refused(ACCOUNTS, "Accounts.ChangeEmail", user_id=user, email=new) == "step_up_required"
    after = platform.mailbox.last_id()
    proven = Person(platform, people.ADMINISTRATOR, proven=True)
    assert proven.call(ACCOUNTS, "Accounts.ChangeEmail", user_id=user, email=new).account.user.email == new
    with pytest.raises(grpc.RpcError):
        authenticate(platform, session)
    assert "adresse" in platform.mailbox.wait(new, after)["subject"]
    assert log_in(platform, new)
    assert proven.refused(ACCOUNTS, "Accounts.ChangeEmail", user_id=user, email=people.HELPER) == "conflict"


def test_P7_who_is_excluded_is_told_why(platform, manager, administrator):
    email = fresh_email()
    user = open_account(manager, email)
    assert manager.refused(ACCOUNTS, "Accounts.Exclude", user_id=user, reason=2) == "forbidden"
    after = platform.mailbox.last_id()
    assert administrator.call(ACCOUNTS, "Accounts.Exclude", user_id=user, reason=2).account.exclusion == 2
    mail = platform.mailbox.wait(email, after, subject="exclu")
    assert "en dehors de votre mission" in mail["text"]
    assert manager.refused(ACCOUNTS, "Accounts.Reactivate", user_id=user) == "impossible"
    assert administrator.call(ACCOUNTS, "Accounts.Reactivate", user_id=user).account.active


def test_P4_members_are_added_taken_out_told_and_put_back(platform, manager):
    helper = Person(platform, people.HELPER)
    user, email = make_account(platform, fresh_email("caf95.test"))
    member = helper.call(GROUPS, "Groups.AddMember", group_id=people.FS95, email=email.upper()).member
    assert (member.user_id, list(member.roles)) == (user, [HELPER])
    assert helper.refused(GROUPS, "Groups.SetRoles", group_id=people.FS95, user_id=user, roles=[MANAGER]) == "forbidden"
    session = log_in(platform, email)
    assert list(manager.call(GROUPS, "Groups.SetRoles", group_id=people.FS95, user_id=user, roles=[HELPER, INSTRUCTOR])
                .member.roles) == [HELPER, INSTRUCTOR]
    with pytest.raises(grpc.RpcError):
        authenticate(platform, session)
    after = platform.mailbox.last_id()
    helper.call(GROUPS, "Groups.RemoveMember", group_id=people.FS95, user_id=user)
    assert "retiré d’un groupe" in platform.mailbox.wait(email, after)["subject"]
    assert "responsable" in platform.mailbox.wait(people.HELPER_MANAGER, after, subject="retiré")["subject"]
    assert helper.refused(GROUPS, "Groups.RestoreMember", group_id=people.FS95, user_id=user) == "forbidden"
    gone = [row for row in manager.call(GROUPS, "Groups.ListDepartures", group_id=people.FS95).departures
            if row.user_id == user]
    assert len(gone) == 1 and gone[0].actor_user_id == helper.id
    restored = manager.call(GROUPS, "Groups.RestoreMember", group_id=people.FS95, user_id=user).member
    assert list(restored.roles) == [HELPER, INSTRUCTOR]
    changed = events(platform, "MembershipChanged", user)
    assert [one.removed for one in changed] == [False, False, True, False]
    wait_until(lambda: platform.sql("requests", "SELECT instructor FROM membership WHERE user_id = %s", user) == [(True,)], 5,
               "requests know of it")


def test_P4_a_group_that_is_not_mine_is_not_mine_to_change(platform):
    for who in (people.STRANGER_HELPER, people.CAF_MANAGER, people.EXPERT, people.OBSERVER):
        person = Person(platform, who)
        for group in (people.FS95, str(uuid.uuid4())):
            member = people.USERS[people.HELPER]["id"]
            assert person.refused(GROUPS, "Groups.AddMember", group_id=group, email=people.CAF) == "forbidden"
            assert person.refused(GROUPS, "Groups.RemoveMember", group_id=group, user_id=member) == "forbidden"
            assert person.refused(GROUPS, "Groups.SetRoles", group_id=group, user_id=member, roles=[MANAGER]) == "forbidden"
            assert person.refused(GROUPS, "Groups.GetGroup", group_id=group) == "not_found"


def test_P8_administrators_make_and_change_groups(platform, administrator, manager):
    name = f"Maison {secrets.token_hex(4)}"
    fields = {"organisation_id": "france-services", "name": name, "area_ids": ["95", "78"], "mailbox": "bal@fs95.test",
              "france_services_number": "95-0001"}
    assert manager.refused(GROUPS, "Groups.CreateGroup", **fields) == "forbidden"
    group = administrator.call(GROUPS, "Groups.CreateGroup", **fields).group
    assert list(group.group.area_ids) == ["78", "95"] and not group.group.addressable
    assert administrator.refused(GROUPS, "Groups.CreateGroup", **fields) == "conflict"
    changed = administrator.call(GROUPS, "Groups.UpdateGroup", group_id=group.group.id, notice="Fermé le lundi").group
    assert (changed.group.name, changed.group.notice, changed.mailbox) == (name, "Fermé le lundi", "bal@fs95.test")
    assert len(events(platform, "GroupChanged", group.group.id)) == 2
    found = administrator.call(GROUPS, "Groups.SearchGroups", q=name.upper()).groups
    assert [row.group.id for row in found] == [group.group.id]
    assert not manager.call(GROUPS, "Groups.SearchGroups", q=name).groups, "not mine"


def test_P34_people_are_found_within_ones_scope(platform, administrator, manager):
    helper = Person(platform, people.HELPER)

    def found(person: Person, **fields) -> list[str]:
        return [row.user.email for row in person.call(ACCOUNTS, "Accounts.SearchPeople", **fields).people]

    assert found(helper, q="MOREAU") == [people.HELPER]
    assert found(helper, q="bernard léa") == [] and found(administrator, q="LEA bernard") == [people.CAF]
    assert found(Person(platform, people.OBSERVER)) == []
    assert found(administrator, q="lea", group_id=people.FS95) == []
    everybody, token = [], ""
    while True:
        page = administrator.call(ACCOUNTS, "Accounts.SearchPeople", page_size=7, page_token=token)
        everybody += [row.user.id for row in page.people]
        token = page.next_page_token
        if not token:
            break
    assert len(everybody) == len(set(everybody)) >= len(people.USERS)
    assert administrator.refused(ACCOUNTS, "Accounts.SearchPeople", q="x", page_token="AAAA") == "invalid_argument"


def test_P4_a_table_of_five_thousand_people(platform, manager):
    mark = secrets.token_hex(4)
    rows = [f"Prénom{i};Nom{i};p{i}-{mark}@fs95.test;agente d’accueil" for i in range(5000)]
    begun = time.monotonic()
    preview = manager.call(IMPORTS, "Imports.PreviewImport", group_id=people.FS95,
                                   csv="\n".join(["prénom;nom;e-mail;fonction", *rows])).table
    assert {(figure.outcome, figure.rows) for figure in preview.figures} == {(1, 5000)}
    applied = manager.call(IMPORTS, "Imports.ApplyImport", import_id=preview.id).table
    took = time.monotonic() - begun
    assert {(figure.outcome, figure.rows) for figure in applied.figures} == {(8, 5000)}
    print(f"5000 rows previewed and applied in {took:.1f} s")
    undone = manager.call(IMPORTS, "Imports.UndoImport", import_id=preview.id).table
    assert {(figure.outcome, figure.rows) for figure in undone.figures} == {(10, 5000)}
    assert platform.sql("auth", "SELECT count(*) FROM account WHERE email_key LIKE %s", f"%{mark}%") == [(0,)]
    page = manager.call(IMPORTS, "Imports.ListImportRows", import_id=preview.id, page_size=100)
    assert len(page.rows) == 100 and page.rows[0].line == 2 and page.next_page_token


def test_P6_the_idle_are_warned_and_deactivated(platform, manager):
    email = fresh_email()
    user = open_account(manager, email)
    # The job looks every ten minutes; here its own statements are asked, by way of a restart.
    platform.sql("auth", "UPDATE account SET active_since = now() - interval '130 days' WHERE id = %s", user)
    after = platform.mailbox.last_id()
    platform.restart("auth")
    mail = platform.mailbox.wait(email, after, subject="va être désactivé")
    assert "six mois" in mail["text"]
    platform.sql("auth", "UPDATE account SET active_since = now() - interval '190 days', inactivity_warnings = 2, "
                         "inactivity_warned_at = now() - interval '30 days' WHERE id = %s", user)
    platform.restart("auth")
    wait_until(lambda: platform.sql("auth", "SELECT active FROM account WHERE id = %s", user) == [(False,)], 20, "deactivated")
    assert events(platform, "AccountDeactivated", user)[-1].cause == 2


def test_P14_a_manager_ends_sessions(platform, manager):
    email = fresh_email()
    user = open_account(manager, email)
    session = log_in(platform, email)
    manager.call(ACCOUNTS, "Accounts.EndSessions", user_id=user)
    with pytest.raises(grpc.RpcError):
        authenticate(platform, session)


def test_J3_managers_administrators_and_the_excluded_are_resolved(platform, manager):
    def resolved(**fields) -> list[str]:
        return [row.email for row in platform.rpc.call("auth", INTERNAL, "People.ResolveRecipients", fields,
                                                       certificate="notifications").recipients]

    assert people.HELPER_MANAGER in resolved(group_ids=[people.FS95], group_role=MANAGER)
    assert resolved(account_role=ADMINISTRATOR).count(people.ADMINISTRATOR) == 1
    user = open_account(manager)
    manager.call(ACCOUNTS, "Accounts.Deactivate", user_id=user)
    assert resolved(user_ids=[user]) == [] and len(resolved(user_ids=[user], deactivated_too=True)) == 1
    assert manager.call(DIRECTORY, "Directory.ListGroupMembers", group_id=people.FS95)
