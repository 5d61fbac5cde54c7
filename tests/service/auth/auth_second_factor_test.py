"""The second factor, asked of auth itself over gRPC, with the application that people use."""

from __future__ import annotations

import grpc
import pytest

from auth_calls import authenticate, directory, log_in, make_account, me, second_factor
from auth_session_test import claims_of
from support.rpc import reason_of, refusal, sentence_of
from support.totp import Authenticator


def token_of(platform, session: str) -> str:
    return authenticate(platform, session).identity_token


def enrol(platform, session: str) -> tuple[str, Authenticator, list[str]]:
    """The session's new token, the application and the recovery codes."""
    drawn = second_factor(platform, "BeginEnrolment", token_of(platform, session))
    assert drawn.uri.startswith("otpauth://totp/") and drawn.secret in drawn.uri
    application = Authenticator(drawn.secret)
    done = second_factor(platform, "ConfirmEnrolment", token_of(platform, session), code=application.code())
    return done.session, application, list(done.recovery_codes)


def test_P13_an_administrator_can_do_nothing_but_set_it_up(platform):
    user, email = make_account(platform, administrator=True, accepted_terms=1)
    session = log_in(platform, email)
    token = token_of(platform, session)
    assert claims_of(token)["due"] is True
    for call in (lambda: directory(platform, "ListAreas", token), lambda: me(platform, "ListSessions", token),
                 lambda: me(platform, "UpdateMe", token, phone="01 23 45 67 89"),
                 lambda: me(platform, "AcceptTerms", token, version=1),
                 lambda: second_factor(platform, "RenewRecoveryCodes", token),
                 lambda: second_factor(platform, "DropSecondFactor", token),
                 lambda: platform.rpc.call("stats", "aplus/stats/v1/stats.proto", "Stats.GetSummary", {}, token=token),
                 lambda: platform.rpc.call("requests", "aplus/requests/v1/requests.proto", "Requests.ListRequests", {},
                                           token=token)):
        assert refusal(call) == "second_factor_required"
    mine = me(platform, "GetMe", token)
    assert mine.second_factor.due and mine.second_factor.required and not mine.second_factor.enrolled
    assert not mine.HasField("user") and not mine.account_roles and not mine.memberships
    assert refusal(lambda: second_factor(platform, "ProveSecondFactor", token, code="123456")) == "impossible"

    entered, application, codes = enrol(platform, session)
    assert len(codes) == 10 and all(len(code) == 9 for code in codes)
    assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"
    token = token_of(platform, entered)
    assert "due" not in claims_of(token) and claims_of(token)["amr"] == ["mail", "otp"]
    assert len(directory(platform, "ListAreas", token).areas) == 101
    mine = me(platform, "GetMe", token)
    assert mine.user.id == user and mine.second_factor.recovery_codes == 10
    assert mine.second_factor.HasField("fresh_until")

    # The next login wants a code of the application, and the mail alone is nothing.
    again = log_in(platform, email)
    assert refusal(lambda: directory(platform, "ListAreas", token_of(platform, again))) == "second_factor_required"
    assert refusal(lambda: second_factor(platform, "BeginEnrolment", token_of(platform, again))) == "step_up_required"
    proved = second_factor(platform, "ProveSecondFactor", token_of(platform, again), code=application.code())
    assert len(directory(platform, "ListAreas", token_of(platform, proved.session)).areas) == 101
    assert refusal(lambda: second_factor(platform, "DropSecondFactor", token_of(platform, proved.session))) == "impossible"


def test_P13_open_to_all_and_dropped_again(platform):
    _, email = make_account(platform, accepted_terms=1)
    session = log_in(platform, email)
    other = log_in(platform, email)
    assert not me(platform, "GetMe", token_of(platform, session)).second_factor.required
    session, application, codes = enrol(platform, session)
    assert refusal(lambda: me(platform, "ListSessions", token_of(platform, other))) == "second_factor_required"
    typed = codes[0].lower().replace("-", " ")
    other = second_factor(platform, "ProveSecondFactor", token_of(platform, other), code=typed).session
    assert len(me(platform, "ListSessions", token_of(platform, other)).sessions) == 2
    assert refusal(lambda: second_factor(platform, "ProveSecondFactor", token_of(platform, other), code=typed)) == "code_wrong"
    second_factor(platform, "DropSecondFactor", token_of(platform, session))
    assert refusal(lambda: second_factor(platform, "ProveSecondFactor", token_of(platform, session),
                                         code=application.code())) == "impossible"
    assert not me(platform, "GetMe", token_of(platform, log_in(platform, email))).second_factor.enrolled


def test_P13_T_AUT_13_a_fresh_proof_lasts_ten_minutes_and_gives_a_new_token(platform):
    user, email = make_account(platform, accepted_terms=1)
    session, application, _ = enrol(platform, log_in(platform, email))
    first = second_factor(platform, "RenewRecoveryCodes", token_of(platform, session)).recovery_codes
    assert len(set(first)) == 10
    platform.sql("auth", "UPDATE session SET proved_at = proved_at - interval '10 minutes 1 second' WHERE user_id = %s", user)
    for method in ("RenewRecoveryCodes", "DropSecondFactor", "BeginEnrolment"):
        assert refusal(lambda: second_factor(platform, method, token_of(platform, session))) == "step_up_required"
    assert not me(platform, "GetMe", token_of(platform, session)).second_factor.HasField("fresh_until")
    before = platform.sql("auth", "SELECT id, expires_at FROM session WHERE user_id = %s", user)
    proved = second_factor(platform, "ProveSecondFactor", token_of(platform, session), code=application.code())
    assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"
    assert platform.sql("auth", "SELECT id, expires_at FROM session WHERE user_id = %s", user) == before
    assert len(second_factor(platform, "RenewRecoveryCodes", token_of(platform, proved.session)).recovery_codes) == 10


def test_P13_codes_are_not_to_be_guessed(platform):
    user, email = make_account(platform, accepted_terms=1)
    session, application, codes = enrol(platform, log_in(platform, email))
    attacker = token_of(platform, log_in(platform, email))
    step = application.step()
    good = {application.code_of(at) for at in range(step - 3, step + 6)}
    wrong = [code for code in (f"{number:06}" for number in range(100, 200)) if code not in good]
    for code in wrong[:4]:
        assert refusal(lambda: second_factor(platform, "ProveSecondFactor", attacker, code=code)) == "code_wrong"
    assert refusal(lambda: second_factor(platform, "ProveSecondFactor", attacker, code="ZZZZ-ZZZZ")) == "code_wrong"
    for code in (wrong[5], application.code(), codes[0]):
        with pytest.raises(grpc.RpcError) as error:
            second_factor(platform, "ProveSecondFactor", attacker, code=code)
        assert reason_of(error.value) == "rate_limited" and "minutes" in sentence_of(error.value)
    assert platform.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'L4' AND reason = 'rate_limited' AND "
                                "object_id = %s", user) == [(3,)]
    assert platform.mailbox.wait(email, subject="Codes faux répétés")
    platform.sql("auth", "UPDATE second_factor_miss SET missed_at = missed_at - interval '15 minutes' WHERE user_id = %s", user)
    second_factor(platform, "ProveSecondFactor", attacker, code=application.code())


def test_T_AUT_08_tables_and_logs_hold_no_secret_of_the_second_factor(platform):
    _, email = make_account(platform, accepted_terms=1)
    session = log_in(platform, email)
    drawn = second_factor(platform, "BeginEnrolment", token_of(platform, session))
    application = Authenticator(drawn.secret)
    code = application.code()
    done = second_factor(platform, "ConfirmEnrolment", token_of(platform, session), code=code)
    tables = [row[0] for row in platform.sql(
        "auth", "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")]
    dump = "".join(row[0] for table in tables for row in platform.sql("auth", f"SELECT t::text FROM {table} t"))
    for secret in (drawn.secret, application._secret.hex(), done.session, *done.recovery_codes,
                   *(code.replace("-", "") for code in done.recovery_codes)):
        assert secret not in dump and secret not in platform.log_text("auth")


def test_P13_owners_hear_of_what_happens_to_their_account(platform):
    _, email = make_account(platform, administrator=True)
    session, application, codes = enrol(platform, log_in(platform, email))
    assert platform.mailbox.wait(email, subject="Nouvelle connexion")
    assert platform.mailbox.wait(email, subject="Second facteur de votre compte")
    second_factor(platform, "ProveSecondFactor", token_of(platform, session), code=codes[0])
    mail = platform.mailbox.wait(email, subject="Un code de secours")
    for secret in (codes[0], codes[0].replace("-", ""), session):
        assert secret not in mail["text"]
    # People without rights over others log in without a mail about it.
    _, ordinary = make_account(platform)
    log_in(platform, ordinary)
    enrol(platform, log_in(platform, ordinary))
    platform.mailbox.wait(ordinary, subject="Second facteur")
    assert not platform.mailbox.messages(to=ordinary, subject="Nouvelle connexion")


def test_T_AUT_13_the_session_that_a_browser_had_ends_with_its_next_login(platform):
    from auth_calls import ask, consume, mint

    _, email = make_account(platform)
    _, planted = make_account(platform)
    old, foreign = log_in(platform, email), log_in(platform, planted)
    for before in (old, foreign):
        asked = ask(platform, email)
        new = consume(platform, token=mint(platform, asked).token, binding=asked.binding, session=before).session
        assert refusal(lambda: authenticate(platform, before)) == "unauthenticated"
        assert authenticate(platform, new).user_id


@pytest.mark.parametrize("column", ["administrator", "expert", "observer"])
def test_T_AUT_13_a_change_of_role_ends_the_sessions(platform, column):
    user, email = make_account(platform)
    sessions = [log_in(platform, email) for _ in range(2)]
    platform.sql("auth", f"UPDATE account SET {column} = true WHERE id = %s", user)
    assert platform.sql("auth", "SELECT count(*) FROM session WHERE user_id = %s", user) == [(0,)]
    for session in sessions:
        assert refusal(lambda: authenticate(platform, session)) == "unauthenticated"


def test_P13_a_forged_or_stale_claim_of_freshness_changes_nothing(platform):
    """Who holds an identity token of before cannot use it for a session that has gone."""
    _, email = make_account(platform, accepted_terms=1)
    session, application, _ = enrol(platform, log_in(platform, email))
    token = token_of(platform, session)
    me(platform, "EndSession", token, session_id=me(platform, "ListSessions", token).sessions[0].id)
    assert refusal(lambda: second_factor(platform, "ProveSecondFactor", token, code=application.code())) == "unauthenticated"
