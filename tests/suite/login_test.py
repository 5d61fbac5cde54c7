"""Logging in through the gateway: second factor, ProConnect, and how soon an ended session is out everywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path

import pytest
from support import people
from support.browser import Browser
from support.identity_provider import IdentityProvider
from support.mailbox import token_of
from support.totp import Authenticator
from support.waiting import wait_until


def account(platform, **columns) -> tuple[str, str]:
    """An account of this test's own, so that rations of login mails are nobody else's; answers id and address."""
    user = str(uuid.uuid4())
    email = f"essai-{user[:8]}@fs95.test"
    platform.sql("auth", "INSERT INTO account (id, email, email_key, first_name, last_name, accepted_terms) "
                         "VALUES (%s, %s, %s, 'Essai', 'Provisoire', 1)", user, email, email)
    for column, value in columns.items():
        platform.sql("auth", f"UPDATE account SET {column} = %s WHERE id = %s", value, user)
    return user, email


def text(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def enter(platform, email: str) -> Browser:
    """A browser logged in by a real mail, without its second factor."""
    browser = platform.browser()
    after = platform.mailbox.last_id()
    browser.post("/v1/auth/links", {"email": email}).expect(202)
    browser.post("/v1/auth/links:consume", {"token": token_of(platform.mailbox.wait(email, after, "lien de connexion"))}).expect(200)
    return browser


def test_P13_an_administrators_browser_can_do_nothing_but_set_it_up(platform):
    _, email = account(platform, administrator=True)
    browser = enter(platform, email)
    for path in ("/v1/areas", "/v1/me/sessions", "/v1/stats/summary", "/v1/notifications", "/v1/live",
                 "/v1/requests?side=SIDE_HELPER&tab=TAB_ALL"):
        browser.get(path).expect(403, "second_factor_required")
    me = browser.get("/v1/me").expect(200).json()
    # Nothing of the person.
    assert me == {"accountRoles": [], "memberships": [],
                  "secondFactor": {"required": True, "due": True, "enrolled": False, "recoveryCodes": 0}}
    planted = browser.copy()
    drawn = browser.post("/v1/me/second-factor:begin").expect(200).json()
    application = Authenticator(drawn["secret"])
    browser.post("/v1/me/second-factor:confirm", {"code": "000000"}).expect(401, "code_wrong")
    answer = browser.post("/v1/me/second-factor:confirm", {"code": application.code()}).expect(200)
    assert len(answer.json()["recoveryCodes"]) == 10 and "session" not in answer.json()
    assert browser.cookies != planted.cookies
    # T-AUT-13: the token before is dead at once, through this gateway, and within a second through any other.
    planted.get("/v1/me").expect(401, "unauthenticated")
    assert browser.get("/v1/me").expect(200).json()["accountRoles"] == ["ACCOUNT_ROLE_ADMINISTRATOR"]
    browser.get("/v1/areas").expect(200)

    again = enter(platform, email)
    again.get("/v1/areas").expect(403, "second_factor_required")
    again.post("/v1/me/second-factor:prove", {"code": application.code()}).expect(200)
    again.get("/v1/areas").expect(200)
    assert len(again.get("/v1/me/sessions").expect(200).json()["sessions"]) == 2
    again.delete("/v1/me/second-factor").expect(409, "impossible")


def test_P13_what_wants_a_fresh_proof_wants_it_every_ten_minutes(platform):
    user, email = account(platform)
    browser = enter(platform, email)
    application = Authenticator(browser.post("/v1/me/second-factor:begin").expect(200).json()["secret"])
    browser.post("/v1/me/second-factor:confirm", {"code": application.code()}).expect(200)
    browser.post("/v1/me/second-factor:renew-codes").expect(200)
    platform.sql("auth", "UPDATE session SET proved_at = proved_at - interval '10 minutes 1 second' WHERE user_id = %s", user)
    wait_until(lambda: browser.post("/v1/me/second-factor:renew-codes").code == "step_up_required", what="the proof to age")
    before = dict(browser.cookies)
    browser.post("/v1/me/second-factor:prove", {"code": application.code()}).expect(200)
    assert browser.cookies != before
    browser.delete("/v1/me/second-factor").expect(204)
    assert not browser.get("/v1/me").expect(200).json()["secondFactor"].get("enrolled")


# --- ProConnect -------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    made = IdentityProvider(tmp_path_factory.mktemp("provider"))
    yield made
    made.close()


def test_P12_T_AUT_11_by_proconnect_through_the_gateway(platforms, provider):
    platform = platforms.get(name="proconnect", sections={"auth": {
        "proconnect": provider.section(), "secrets": {"proconnect_client_secret": str(provider.secret_file)}}})
    provider.control(client={"redirect_uris": [f"{platform.gateway}/connexion/proconnect"]})
    user, email = account(platform)
    provider.control(person={"sub": f"agent-{user}", "email": email, "amr": ["pwd", "totp"]})
    assert platform.browser().get("/v1/auth/methods").expect(200).json() == {"proconnect": True}

    browser = platform.browser()
    begun = browser.post("/v1/auth/proconnect:begin", {"returnTo": "/demandes/nouvelle"}).expect(200).json()
    back = provider.visit(begun["authorizationUrl"])
    # The page that the provider sends back to is a page like any other, and does nothing by itself.
    browser.get("/connexion/proconnect?code=x&state=y").expect(200)
    platform.browser().post("/v1/auth/proconnect:finish", back).expect(403, "provider_refused")
    after = platform.mailbox.last_id()
    answer = browser.post("/v1/auth/proconnect:finish", back).expect(200)
    assert set(answer.json()) == {"linkSent"} and not answer.headers.get_all("Set-Cookie")
    assert not answer.headers.get("Clear-Site-Data")
    token = token_of(platform.mailbox.wait(email, after, "lien de connexion"))
    platform.browser().post("/v1/auth/links:consume", {"token": token}).expect(403, "wrong_browser")
    assert browser.post("/v1/auth/links:consume", {"token": token}).expect(200).json() == {"returnTo": "/demandes/nouvelle"}

    second = platform.browser()
    begun = second.post("/v1/auth/proconnect:begin").expect(200).json()
    back = provider.visit(begun["authorizationUrl"])
    assert second.post("/v1/auth/proconnect:finish", back).expect(200).json() == {"returnTo": "/"}
    assert second.get("/v1/me").expect(200).json()["user"]["id"] == user
    second.post("/v1/auth/proconnect:finish", back).expect(403, "provider_refused")


def test_P12_the_provider_away_is_said_and_the_other_entrance_stays_open(platforms, tmp_path):
    gone = IdentityProvider(tmp_path / "gone")
    platform = platforms.get(name="proconnect-away", sections={"auth": {
        "proconnect": gone.section(), "secrets": {"proconnect_client_secret": str(gone.secret_file)}}})
    gone.close()
    platform.browser().post("/v1/auth/proconnect:begin").expect(503, "unavailable")
    _, email = account(platform)
    enter(platform, email).get("/v1/me").expect(200)


# --- Revocation -------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def gateways(platform, tmp_path_factory):
    """Addresses of two gateways before the same services."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    document = json.loads(platform.local.configuration_file("gateway").read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    document |= {"listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0"}
    document["gateway"] |= {"http_listen": f"127.0.0.1:{port}", "hosts": [f"127.0.0.1:{port}"]}
    (folder / "gateway.json").write_text(json.dumps(document))
    with open(folder / "gateway.log", "wb") as log:
        process = subprocess.Popen([platform.local.layout.binary("gateway"), "--config", str(folder / "gateway.json")],
                                   stdout=log, stderr=log)
    other = f"http://127.0.0.1:{port}"

    def serves() -> bool:
        try:
            return Browser(other).get("/v1/me").status == 401
        except OSError:
            return False

    wait_until(serves, seconds=60, what="the second gateway")
    yield platform.gateway, other
    process.terminate()
    assert process.wait(timeout=60) == 0, (folder / "gateway.log").read_text()


class Load:
    """Calls with one session's cookie, as fast as they are answered, through every gateway; remembers when each call
    began and how it ended."""

    def __init__(self, gateways, cookies: dict[str, str], paths: list[str], accepted=lambda status: status == 200) -> None:
        self.calls: list[tuple[float, bool]] = []
        self._over = threading.Event()
        self._accepted = accepted
        self._threads = [threading.Thread(target=self._run, args=(base, dict(cookies), path))
                         for base in gateways for path in paths]
        for thread in self._threads:
            thread.start()

    def _run(self, base: str, cookies: dict[str, str], path: str) -> None:
        browser = Browser(base, cookies)
        while not self._over.is_set():
            began = time.monotonic()
            try:
                status = browser.get(path).status
            except OSError:
                continue
            self.calls.append((began, self._accepted(status)))

    def successes_after(self, moment: float) -> int:
        return sum(1 for began, good in self.calls if good and began > moment)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def member(platform, user: str) -> None:
    platform.sql("auth", "INSERT INTO membership (user_id, group_id, helper, instructor, manager) "
                         "VALUES (%s, %s, true, false, false) ON CONFLICT DO NOTHING", user, people.FS95)


def end_here(platform, user, browser):
    browser.copy().post("/v1/auth/logout").expect(204)


def end_from_elsewhere(platform, user, browser):
    digest = hashlib.sha256(base64.urlsafe_b64decode(browser.cookies["sid"] + "=")).digest()
    session = platform.sql("auth", "SELECT id::text FROM session WHERE token_hash = %s", digest)[0][0]
    email = platform.sql("auth", "SELECT email FROM account WHERE id = %s", user)[0][0]
    enter(platform, email).delete(f"/v1/me/sessions/{session}").expect(204)


def deactivate(platform, user, browser):
    platform.sql("auth", "UPDATE account SET active = false WHERE id = %s", user)


def change_address(platform, user, browser):
    platform.sql("auth", "UPDATE account SET email = email || 'x', email_key = email_key || 'x' WHERE id = %s", user)


def make_expert(platform, user, browser):
    platform.sql("auth", "UPDATE account SET expert = true WHERE id = %s", user)


def prove_anew(platform, user, browser):
    """A step-up gives a new token: the old cookie is nobody's."""
    application = Authenticator(browser.post("/v1/me/second-factor:begin").expect(200).json()["secret"])
    browser.post("/v1/me/second-factor:confirm", {"code": application.code()}).expect(200)


@pytest.mark.parametrize("with_redis", [True, False], ids=["with_redis", "without_redis"])
@pytest.mark.parametrize("act", [end_here, end_from_elsewhere, deactivate, change_address, make_expert, prove_anew],
                         ids=lambda act: act.__name__)
def test_T_AUT_09_P14_an_ended_session_is_out_everywhere_within_a_second(platform, gateways, act, with_redis):
    user, email = account(platform)
    member(platform, user)
    browser = enter(platform, email)
    if not with_redis:
        platform.stop("redis")
    load = Load(gateways, browser.cookies, ["/v1/me", "/v1/requests/counters?side=SIDE_HELPER"])
    try:
        wait_until(lambda: load.successes_after(0) >= 50, seconds=30, what="calls to be answered")
        act(platform, user, browser)
        ended = time.monotonic()
        wait_until(lambda: time.monotonic() > ended + 2.5, seconds=5, what="two seconds of calls after the end")
    finally:
        load.end()
    after = [began - ended for began, good in load.calls if good and began > ended]
    assert load.successes_after(ended + 1.0) == 0, f"a call {max(after):.2f} s after the end was answered"
    assert sum(1 for began, good in load.calls if not good and began > ended + 1.0) > 10


def test_P14_memberships_taken_away_are_gone_within_a_second(platform, gateways):
    user, email = account(platform)
    member(platform, user)
    browser = enter(platform, email)
    load = Load(gateways, browser.cookies, [f"/v1/groups/{people.FS95}/members"])
    try:
        wait_until(lambda: load.successes_after(0) >= 20, seconds=30, what="calls to be answered")
        platform.sql("auth", "DELETE FROM membership WHERE user_id = %s", user)
        ended = time.monotonic()
        wait_until(lambda: time.monotonic() > ended + 2.5, seconds=5, what="two seconds of calls after the end")
    finally:
        load.end()
    assert load.successes_after(ended + 1.0) == 0
    browser.get("/v1/me").expect(200)


def test_P14_an_open_page_hears_nothing_more(platform):
    user, email = account(platform)
    member(platform, user)
    browser = enter(platform, email)
    with browser.stream("/v1/live") as stream:
        assert stream.status == 200
        next(line for line in stream if line.startswith(b"data:"))
        platform.sql("auth", "UPDATE account SET active = false WHERE id = %s", user)
        # The stream ends with its next sign of life at the latest; until then it holds heartbeats only.
        told = stream.read()
        assert all(line.startswith(b":") or not line for line in told.split(b"\n")), told
    Browser(platform.gateway, dict(browser.cookies)).get("/v1/live").expect(401, "unauthenticated")


def test_T_AUT_10_what_redis_forgets_neither_ends_nor_revives_a_session(platform, gateways):
    _, email = account(platform)
    live, gone = enter(platform, email), enter(platform, email)
    gone_cookies = dict(gone.cookies)
    gone.post("/v1/auth/logout").expect(204)

    def holds() -> None:
        for base in gateways:
            Browser(base, dict(live.cookies)).get("/v1/me").expect(200)
            Browser(base, dict(gone_cookies)).get("/v1/me").expect(401, "unauthenticated")

    wait_until(lambda: Browser(gateways[1], dict(gone_cookies)).get("/v1/me").status == 401, seconds=2)
    holds()
    platform.flush_redis()
    holds()
    with platform.frozen("redis"):
        for _ in range(5):
            holds()
    platform.kill("redis")
    for _ in range(5):
        holds()
    platform.start("redis")
    holds()


@pytest.mark.parametrize("rounds, at_once", [(4, 40), pytest.param(50, 200, marks=pytest.mark.long)])
def test_T_AUT_01_through_two_gateways_one_link_is_one_session(platform, gateways, rounds, at_once):
    user, email = account(platform)
    for number in range(rounds):
        binding = secrets.token_bytes(32)
        token = secrets.token_bytes(32)
        request = str(uuid.uuid4())
        # Straight into the tables: rounds by the dozen would exhaust the ration of mails (P11).
        platform.sql("auth", "INSERT INTO login_request (id, email_key, binding_hash, address_mac, asked_from, return_to) "
                             "VALUES (%s, %s, %s, %s, '', '/')", request, email, hashlib.sha256(binding).digest(), bytes(32))
        platform.sql("auth", "INSERT INTO login_token (token_hash, login_request_id, user_id, expires_at) "
                             "VALUES (%s, %s, %s, clock_timestamp() + interval '30 minutes')",
                     hashlib.sha256(token).digest(), request, user)
        before = platform.sql("auth", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.LoggedIn'")[0][0]
        start = threading.Barrier(at_once)
        codes: list[str] = []

        def consume(base: str) -> None:
            browser = Browser(base, {"lb": text(binding)})
            start.wait()
            answer = browser.post("/v1/auth/links:consume", {"token": text(token)}, headers={"Origin": gateways[0]})
            codes.append("" if answer.status == 200 else answer.code)

        threads = [threading.Thread(target=consume, args=(gateways[index % 2],)) for index in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes.count("") == 1 and len(codes) == at_once, f"round {number}: {sorted(set(codes))}"
        assert set(codes) <= {"", "link_used", "unavailable"}, f"round {number}: {sorted(set(codes))}"
        after = platform.sql("auth", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.LoggedIn'")[0][0]
        assert after == before + 1


# --- Throttles --------------------------------------------------------------------------------------------------------

def flood(platform, requests: int, addresses: int) -> None:
    _, email = account(platform)
    after = platform.mailbox.last_id()
    for number in range(requests):
        source = f"127.0.{1 + number % addresses // 250}.{2 + number % addresses % 250}"
        browser = Browser(platform.gateway, source=source)
        browser.post("/v1/auth/links", {"email": email}).expect(202)
        browser.close()
    platform.mailbox.wait(email, after, "lien de connexion")
    began = time.monotonic()
    # The queue is through when a mail to somebody else, asked for last, is there.
    enter(platform, account(platform)[1])
    minutes = 1 + int(time.monotonic() - began) // 60 + requests // 1000
    assert len(platform.mailbox.messages(to=email, subject="lien de connexion")) <= min(3 + minutes, 10)
    # The owner still gets in, a minute later at the latest.
    platform.sql("auth", "UPDATE login_token SET minted_at = minted_at - interval '1 minute' WHERE user_id = "
                         "(SELECT id FROM account WHERE email = %s)", email)
    enter(platform, email).get("/v1/me").expect(200)


def test_T_AUT_07_asking_for_somebody_else_drowns_nobody(platform):
    flood(platform, requests=200, addresses=50)


@pytest.mark.long
def test_T_AUT_07_ten_thousand_requests_from_five_hundred_addresses(platform):
    flood(platform, requests=10_000, addresses=500)
