"""Sessions, profile and terms, asked of auth itself over gRPC."""

from __future__ import annotations

import base64
import json

import grpc
import pytest

from auth_calls import LOGIN, authenticate, log_in, make_account, me
from support import people
from support.rpc import reason_of, refusal
from support.waiting import wait_until


def claims_of(identity_token: str) -> dict:
    payload = identity_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_P14_a_session_is_listed_and_ended(platform):
    _, email = make_account(platform)
    first, second = log_in(platform, email), log_in(platform, email)
    token = authenticate(platform, second).identity_token
    sessions = me(platform, "ListSessions", token).sessions
    assert [session.current for session in sessions] == [True, False]
    me(platform, "EndSession", token, session_id=sessions[1].id)
    assert refusal(lambda: authenticate(platform, first)) == "unauthenticated"
    assert refusal(lambda: me(platform, "EndSession", token, session_id=sessions[1].id)) == "not_found"
    platform.rpc.call("auth", LOGIN, "Login.Logout", {"session": second})
    assert refusal(lambda: authenticate(platform, second)) == "unauthenticated"
    for gone in (second, "", "nonsense"):
        assert platform.rpc.call("auth", LOGIN, "Login.Logout", {"session": gone}).session == ""


def test_P14_somebody_elses_session_does_not_exist(platform):
    _, mine = make_account(platform)
    _, theirs = make_account(platform)
    token = authenticate(platform, log_in(platform, mine)).identity_token
    other = log_in(platform, theirs)
    other_id = me(platform, "ListSessions", authenticate(platform, other).identity_token).sessions[0].id
    assert refusal(lambda: me(platform, "EndSession", token, session_id=other_id)) == "not_found"
    assert authenticate(platform, other).user_id


def test_T_AUT_09_deactivation_and_roles_take_effect_at_once(platform):
    user, email = make_account(platform)
    platform.sql("auth", "INSERT INTO membership (user_id, group_id, helper, instructor, manager) "
                         "VALUES (%s, %s, true, false, false)", user, people.FS95)
    session = log_in(platform, email)
    before = claims_of(authenticate(platform, session).identity_token)
    assert [membership[1] for membership in before["mem"]] == [1]
    assert authenticate(platform, session).identity_token == authenticate(platform, session).identity_token
    platform.sql("auth", "UPDATE membership SET manager = true WHERE user_id = %s", user)
    assert [membership[1] for membership in claims_of(authenticate(platform, session).identity_token)["mem"]] == [5]
    platform.sql("auth", "DELETE FROM membership WHERE user_id = %s", user)
    assert claims_of(authenticate(platform, session).identity_token)["mem"] == []
    platform.sql("auth", "UPDATE account SET active = false WHERE id = %s", user)
    assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"


def test_P7_before_the_terms_are_accepted_only_they_can_be(platform):
    _, email = make_account(platform)
    session = log_in(platform, email)
    token = authenticate(platform, session).identity_token
    mine = me(platform, "GetMe", token)
    assert (mine.terms.current, mine.terms.accepted) == (1, 0)
    assert refusal(lambda: me(platform, "UpdateMe", token, function="Accueil")) == "terms_required"
    assert refusal(lambda: me(platform, "AcceptTerms", token, version=2)) == "stale"
    assert me(platform, "AcceptTerms", token, version=1).terms.accepted == 1
    assert me(platform, "AcceptTerms", token, version=1).terms.accepted == 1
    token = authenticate(platform, session).identity_token
    assert me(platform, "UpdateMe", token, function="Accueil").user.function == "Accueil"


def test_P1_only_the_fields_present_change(platform):
    user, email = make_account(platform, accepted_terms=1, phone="01 23 45 67 89")
    token = authenticate(platform, log_in(platform, email)).identity_token
    changed = me(platform, "UpdateMe", token, last_name="Dubois").user
    assert (changed.first_name, changed.last_name, changed.phone) == ("Essai", "Dubois", "01 23 45 67 89")
    changed = me(platform, "UpdateMe", token, phone="").user
    assert (changed.last_name, changed.phone) == ("Dubois", "")
    assert platform.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'A8' AND object_id = %s", user) == [(2,)]
    assert refusal(lambda: me(platform, "UpdateMe", token, first_name="")) == "invalid_argument"
    assert refusal(lambda: me(platform, "UpdateMe", token, phone="pas un numéro")) == "invalid_argument"


def test_P14_an_administrator_at_rest_is_logged_out(platforms):
    platform = platforms.get({"auth": {"administrator_idle_seconds": 3}})
    user, email = make_account(platform, administrator=True)
    session = log_in(platform, email)
    assert authenticate(platform, session).user_id == user
    # As if nothing had come from that browser for a while.
    platform.sql("auth", "UPDATE session SET last_seen_at = clock_timestamp() - interval '4 seconds' WHERE user_id = %s",
                 user)
    assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"


def test_P14_being_asked_after_is_no_use_of_a_session(platforms):
    platform = platforms.get({"auth": {"administrator_idle_seconds": 3}})
    user, email = make_account(platform, administrator=True)
    session = log_in(platform, email)
    seen = "SELECT last_seen_at FROM session WHERE user_id = %s"
    before = platform.sql("auth", seen, user)
    assert authenticate(platform, session, passive=True).user_id == user

    def ended() -> bool:
        try:
            authenticate(platform, session, passive=True)
        except grpc.RpcError as error:
            return reason_of(error) == "unauthenticated"
        return False

    # As a live stream does that stands open on a desk where nobody sits.
    wait_until(ended, seconds=15, what="the session to end although it is asked after")
    assert platform.sql("auth", seen, user) == before
    assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"


def test_P14_signs_of_life_are_written_down(platform):
    user, email = make_account(platform)
    session = log_in(platform, email)
    platform.sql("auth", "UPDATE session SET last_seen_at = clock_timestamp() - interval '10 minutes' WHERE user_id = %s",
                 user)
    authenticate(platform, session)
    wait_until(lambda: platform.sql("auth", "SELECT 1 FROM session WHERE user_id = %s AND last_seen_at > clock_timestamp()"
                                            " - interval '1 minute'", user), seconds=30, what="the sign of life")


def test_T_AUT_12_calls_without_an_identity_are_refused(platform):
    for token in ("", "nonsense", platform.identities.token(people.HELPER, exp=1)):
        with pytest.raises(grpc.RpcError) as error:
            me(platform, "GetMe", token)
        assert reason_of(error.value) == "unauthenticated"
