"""Login links and codes, asked of auth itself over gRPC."""

from __future__ import annotations

import concurrent.futures
import itertools
import math
import secrets
import statistics
import time
import uuid

import grpc
import pytest

from auth_calls import (INTERNAL, LOGIN, Asked, ask, authenticate, consume, log_in, make_account, mint, new_token)
from support.rpc import messages, reason_of, refusal
from support.waiting import wait_until


def link(platform, user: str, binding_hash: bytes) -> str:
    """A live link straight into the tables: rounds by the dozen would exhaust the ration of mails (P11)."""
    request = str(uuid.uuid4())
    platform.sql("auth", "INSERT INTO login_request (id, email_key, binding_hash, address_mac, asked_from, return_to) "
                         "VALUES (%s, %s, %s, %s, %s, %s)", request, "essai@fs95.test", binding_hash, bytes(32), "", "/")
    text, digest = new_token()
    platform.sql("auth", "INSERT INTO login_token (token_hash, login_request_id, user_id, expires_at) "
                         "VALUES (%s, %s, %s, clock_timestamp() + interval '30 minutes')", digest, request, user)
    return text


def race(platform, rounds: int, at_once: int) -> None:
    user, _ = make_account(platform)
    module = messages(LOGIN)
    stub = platform.rpc.channel("auth").unary_unary(
        "/aplus.auth.v1.Login/ConsumeLink", request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=module.ConsumeLinkResponse.FromString)
    for number in range(rounds):
        binding, binding_hash = new_token()
        request = module.ConsumeLinkRequest(token=link(platform, user, binding_hash), binding=binding)
        before = platform.sql("auth", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.LoggedIn'")[0][0]
        calls = [stub.future(request, timeout=60) for _ in range(at_once)]
        reasons = []
        for call in calls:
            try:
                call.result()
                reasons.append("")
            except grpc.RpcError as error:
                reasons.append(reason_of(error))
        assert reasons.count("") == 1, f"round {number}: {sorted(set(reasons))}"
        assert set(reasons) <= {"", "link_used", "unavailable", "timeout"}, f"round {number}: {sorted(set(reasons))}"
        after = platform.sql("auth", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.LoggedIn'")[0][0]
        assert after == before + 1, f"round {number}: {after - before} sessions were begun"


def test_T_AUT_01_of_many_at_once_exactly_one_logs_in(platform):
    race(platform, rounds=8, at_once=100)


@pytest.mark.long
def test_T_AUT_01_fifty_rounds_of_two_hundred(platform):
    race(platform, rounds=50, at_once=200)


def test_T_AUT_02_a_link_lives_from_its_sending(platforms):
    platform = platforms.get({"auth": {"login_link_seconds": 2}})
    _, email = make_account(platform)
    asked = ask(platform, email)
    first = mint(platform, asked)
    assert (first.expires_at.ToDatetime() - first.asked_at.ToDatetime()).total_seconds() < 4
    assert consume(platform, token=first.token, binding=asked.binding).session
    asked = ask(platform, email)
    second = mint(platform, asked)
    wait_until(lambda: platform.sql("auth", "SELECT 1 FROM login_token WHERE login_request_id = %s AND expires_at "
                                            "<= clock_timestamp()", asked.id), what="the link to expire")
    assert refusal(lambda: consume(platform, token=second.token, binding=asked.binding)) == "link_expired"
    assert refusal(lambda: consume(platform, code=second.code, binding=asked.binding)) == "link_expired"
    assert refusal(lambda: consume(platform, token=first.token, binding=asked.binding)) == "link_used"
    assert refusal(lambda: consume(platform, token=new_token()[0], binding=asked.binding)) == "link_unknown"
    assert refusal(lambda: consume(platform, token="nonsense", binding=asked.binding)) == "link_unknown"


def scan(platform, links: int) -> None:
    """What mail scanners do to each link, through the gateway, before its reader does anything."""
    user, _ = make_account(platform)
    scanner = platform.browser()
    for _ in range(links):
        binding, binding_hash = new_token()
        token = link(platform, user, binding_hash)
        # The token stands behind the #, where no request carries it; some scanners try all the same.
        assert scanner.call("HEAD", "/connexion").status == 200
        scanner.get("/connexion").expect(200)
        scanner.get(f"/connexion?t={token}").expect(200)
        scanner.post("/v1/auth/links:consume", {"token": token}).expect(403, "wrong_browser")
        scanner.cookies["lb"] = new_token()[0]
        scanner.post("/v1/auth/links:consume", {"token": token}).expect(403, "wrong_browser")
        scanner.cookies.clear()
        reader = platform.browser()
        reader.cookies["lb"] = binding
        reader.post("/v1/auth/links:consume", {"token": token}).expect(200)
        reader.close()


def test_T_AUT_03_scanners_burn_nothing(platform):
    scan(platform, 20)


@pytest.mark.long
def test_T_AUT_03_scanners_burn_none_of_a_thousand(platform):
    scan(platform, 1000)


def test_T_AUT_04_only_the_browser_that_asked_logs_in(platform):
    user, email = make_account(platform)
    asked = ask(platform, email)
    mail = mint(platform, asked)
    stale = ask(platform, email).binding
    for binding in ["", "nonsense", stale, *(new_token()[0] for _ in range(97))]:
        assert refusal(lambda: consume(platform, token=mail.token, binding=binding)) == "wrong_browser"
    assert platform.sql("auth", "SELECT count(*) FROM session WHERE user_id = %s", user) == [(0,)]
    assert consume(platform, token=mail.token, binding=asked.binding).return_to == "/demandes"


def test_T_AUT_05_five_wrong_codes_end_the_request(platform):
    _, email = make_account(platform)
    asked = ask(platform, email)
    mail = mint(platform, asked)
    for _ in range(5):
        assert refusal(lambda: consume(platform, code="ZZZZ-ZZZZ", binding=asked.binding)) == "code_wrong"
    assert refusal(lambda: consume(platform, code=mail.code, binding=asked.binding)) == "code_wrong"
    assert refusal(lambda: consume(platform, token=mail.token, binding=asked.binding)) == "link_expired"

    asked = ask(platform, email)
    mail = mint(platform, asked)
    typed = f" {mail.code[:4].lower()}-{mail.code[4:].lower()} "
    assert refusal(lambda: consume(platform, code=typed, binding=new_token()[0])) == "wrong_browser"
    assert refusal(lambda: consume(platform, code=typed)) == "wrong_browser"
    assert consume(platform, code=typed, binding=asked.binding).session


def test_T_AUT_05_guesses_over_many_requests_hit_nothing(platform, rng):
    _, email = make_account(platform)
    asked = [ask(platform, email) for _ in range(40)]
    for one in asked[:3]:
        mint(platform, one)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    def guess(one: Asked) -> str:
        code = "".join(rng.choice(alphabet) for _ in range(8))
        return refusal(lambda: consume(platform, code=code, binding=one.binding))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(guess, [one for one in asked for _ in range(8)])) == {"code_wrong"}
    tries = platform.sql("auth", "SELECT max(code_tries) FROM login_request WHERE email_key = %s", email)
    assert tries == [(5,)]


def request_link(platform, email: str):
    """The answer's message and metadata of one RequestLink."""
    module = messages(LOGIN)
    stub = platform.rpc.channel("auth").unary_unary(
        "/aplus.auth.v1.Login/RequestLink", request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=module.RequestLinkResponse.FromString)
    started = time.perf_counter()
    answer, call = stub.with_call(module.RequestLinkRequest(email=email, client_address="203.0.113.7"), timeout=20)
    return answer, call, time.perf_counter() - started


def shape(answer, call) -> tuple:
    """All that a caller can tell of an answer, but for its random and timely parts."""
    return (tuple(sorted(field.name for field, _ in answer.ListFields())), len(answer.binding),
            (answer.expires_at.ToDatetime() - answer.asked_at.ToDatetime()).total_seconds(),
            tuple(sorted(key for key, _ in (*call.initial_metadata(), *call.trailing_metadata()))), call.code(),
            call.details())


def test_T_AUT_06_known_and_unknown_addresses_are_answered_alike(platform):
    known = [make_account(platform)[1] for _ in range(5)]
    deactivated = [make_account(platform, active=False)[1] for _ in range(5)]
    unknown = [f"inconnu-{secrets.token_hex(6)}@{domain}" for domain in ("fs95.test", "nulle-part.test") for _ in range(5)]
    shapes = {shape(*request_link(platform, email)[:2]) for email in [*known, *deactivated, *unknown, *known, *unknown]}
    assert len(shapes) == 1, shapes
    # What is written is the same as well: a request and its event, nothing that an account changes.
    rows = platform.sql("auth", "SELECT count(*) FROM login_request WHERE email_key = ANY (%s) GROUP BY email_key",
                        [*known, *unknown])
    assert set(rows) == {(2,)}


@pytest.mark.long
def test_T_AUT_06_known_and_unknown_addresses_take_the_same_time(platform, rng):
    known = [make_account(platform)[1] for _ in range(500)]
    unknown = [f"inconnu-{secrets.token_hex(6)}@nulle-part.test" for _ in range(500)]
    both = [(email, True) for email in known] + [(email, False) for email in unknown]
    rng.shuffle(both)
    for email, _ in both[:50]:
        request_link(platform, email)
    times = [(request_link(platform, email)[2], is_known) for email, is_known in both]
    # Mann-Whitney, normal approximation.
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(times)), key=lambda i: times[i][0]), start=1)}
    n = len(known)
    u = sum(rank for index, rank in ranks.items() if times[index][1]) - n * (n + 1) / 2
    z = abs(u - n * n / 2) / math.sqrt(n * n * (2 * n + 1) / 12)
    p = math.erfc(z / math.sqrt(2))
    medians = [statistics.median(t for t, k in times if k is which) for which in (True, False)]
    assert p > 0.01, f"p = {p:.4f}, medians {medians}"
    assert abs(medians[0] - medians[1]) < 0.001, medians


def test_P15_only_paths_of_this_site_are_followed(platform):
    _, email = make_account(platform)
    for wanted, landed in (("/demandes?tab=TAB_NEW", "/demandes?tab=TAB_NEW"), ("/v1/me", "/"), ("", "/")):
        platform.rpc.call("auth", LOGIN, "Login.RequestLink", {"email": email, "return_to": wanted})
        rows = platform.sql("auth", "SELECT return_to FROM login_request WHERE email_key = %s ORDER BY created_at DESC "
                                    "LIMIT 1", email)
        assert rows == [(landed,)]
    for elsewhere in ("//elsewhere.test/", "https://elsewhere.test/", "javascript:alert(1)"):
        try:
            platform.rpc.call("auth", LOGIN, "Login.RequestLink", {"email": email, "return_to": elsewhere})
        except grpc.RpcError as error:
            assert reason_of(error) == "invalid_argument"
            continue
        rows = platform.sql("auth", "SELECT return_to FROM login_request WHERE email_key = %s ORDER BY created_at DESC "
                                    "LIMIT 1", email)
        assert rows == [("/",)]


def test_P10_asking_again_keeps_the_browsers_cookie(platform):
    _, email = make_account(platform)
    first = platform.rpc.call("auth", LOGIN, "Login.RequestLink", {"email": email})
    again = platform.rpc.call("auth", LOGIN, "Login.RequestLink", {"email": email.upper(), "binding": first.binding})
    assert again.binding == first.binding
    assert platform.rpc.call("auth", LOGIN, "Login.RequestLink",
                             {"email": email, "binding": "made-up"}).binding not in ("made-up", first.binding)
    assert platform.sql("auth", "SELECT count(DISTINCT binding_hash), count(*) FROM login_request WHERE email_key = %s",
                        email) == [(2, 3)]


def test_P11_a_fourth_mail_at_once_does_not_leave(platform):
    _, email = make_account(platform)
    mails = [mint(platform, ask(platform, email)) for _ in range(5)]
    assert [bool(mail.email) for mail in mails] == [True, True, True, False, False]
    assert not mails[3].token and not mails[3].code
    refused = platform.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'J2' AND reason = 'rate_limited'")
    assert refused[0][0] >= 2


def test_SECURITY_2_3_only_notifications_mints(platform):
    _, email = make_account(platform)
    asked = ask(platform, email)
    for certificate in ("gateway", "requests", "stats"):
        with pytest.raises(grpc.RpcError) as error:
            platform.rpc.call("auth", INTERNAL, "Sessions.MintLoginToken", {"login_request_id": asked.id},
                              certificate=certificate)
        assert error.value.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
    with pytest.raises(grpc.RpcError) as error:
        mint(platform, Asked(str(uuid.uuid4()), ""))
    assert reason_of(error.value) == "not_found"


def test_T_AUT_08_tables_and_logs_hold_no_token(platform):
    _, email = make_account(platform)
    asked = ask(platform, email)
    mail = mint(platform, asked)
    session = consume(platform, token=mail.token, binding=asked.binding).session
    identity = authenticate(platform, session).identity_token
    tables = [row[0] for row in platform.sql(
        "auth", "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")]
    dump = "".join(row[0] for table in tables for row in platform.sql("auth", f"SELECT t::text FROM {table} t"))
    for secret in (mail.token, mail.code, session, asked.binding, identity):
        assert secret and secret not in dump
        assert secret not in platform.log_text("auth")
    assert email not in platform.log_text("auth")


def test_T_AUT_13_every_login_begins_a_new_session(platform):
    _, email = make_account(platform)
    sessions = [log_in(platform, email) for _ in range(3)]
    assert len(set(sessions)) == 3 and all(len(session) == 43 for session in sessions)
    for one, other in itertools.combinations(sessions, 2):
        assert authenticate(platform, one).identity_token != authenticate(platform, other).identity_token
