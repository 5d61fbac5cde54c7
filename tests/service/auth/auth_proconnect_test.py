"""ProConnect against a real OpenID provider that also lies on demand (T-AUT-11)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit

import pytest

from auth_calls import authenticate, consume, make_account, me, new_token, proconnect
from auth_session_test import claims_of
from support.identity_provider import CLIENT, IdentityProvider
from support.mailbox import token_of as link_token_of
from support.rpc import refusal

# Read from the provider itself, where they are made; a test below proves that none is missing here.
TOKEN_LIES = [
    "alg_none", "alg_none_with_key", "alg_hs256_public_key", "alg_hs256_jwk", "alg_hs256_client_secret", "alg_ps256",
    "alg_of_the_other_key", "foreign_key", "unknown_key", "key_in_the_header", "critical_extension",
    "flipped_signature", "flipped_claims", "claim_twice", "no_object", "wrong_issuer", "no_issuer", "wrong_audience",
    "no_audience", "other_party", "two_audiences", "expired", "of_the_future", "no_subject", "wrong_nonce", "no_nonce",
    "no_expiry", "old"]
USERINFO_LIES = TOKEN_LIES[:24] + ["subject_swap", "unverified", "no_email"]
OTHER_LIES = ["token:no_id_token", "token:wrong_type", "userinfo:not_signed"]


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    made = IdentityProvider(tmp_path_factory.mktemp("provider"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def proconnected(platforms, provider):
    platform = platforms.get(name="proconnect", settings={"auth": {"proconnect_ask_again_seconds": 1}},
                             sections={"auth": {"proconnect": provider.section(pkce=True),
                                                "secrets": {"proconnect_client_secret": str(provider.secret_file)}}})
    provider.control(client={"redirect_uris": [f"{platform.gateway}/connexion/proconnect"]})
    return platform


@pytest.fixture(autouse=True)
def honest(provider):
    provider.control(fault="")


class Visitor:
    """A browser on its way by ProConnect."""

    def __init__(self, platform, provider, return_to: str = "/demandes") -> None:
        self.platform = platform
        begun = proconnect(platform, "BeginProConnect", return_to=return_to)
        self.binding = begun.binding
        self.url = begun.authorization_url
        self.back = provider.visit(self.url)

    def finish(self, **changed):
        fields = {"code": self.back["code"], "state": self.back["state"], "iss": self.back.get("iss", ""),
                  "binding": self.binding, **changed}
        return proconnect(self.platform, "FinishProConnect", **fields)


def person(provider, email: str, **more) -> dict:
    told = {"sub": f"agent-{secrets.token_hex(6)}", "email": email, "amr": ["pwd"], **more}
    provider.control(person=told)
    return told


def linked(platform, provider, **columns) -> tuple[str, str]:
    """An account whose owner comes by ProConnect; answers its id and address."""
    user, email = make_account(platform, **columns)
    told = person(provider, email)
    platform.sql("auth", "INSERT INTO provider_identity (issuer, subject, user_id) VALUES (%s, %s, %s)",
                 provider.issuer, told["sub"], user)
    return user, email


def test_P12_the_first_time_a_login_link_confirms_and_afterwards_issuer_and_subject(proconnected, provider):
    platform = proconnected
    user, email = make_account(platform, accepted_terms=1)
    told = person(provider, email)
    visitor = Visitor(platform, provider)
    asked = parse_qs(urlsplit(visitor.url).query)
    assert len(asked["state"][0]) >= 32 and len(asked["nonce"][0]) >= 32 and asked["client_id"] == [CLIENT]
    assert asked["code_challenge_method"] == ["S256"]
    after = platform.mailbox.last_id()
    answer = visitor.finish()
    assert answer.HasField("link_sent") and not answer.HasField("session") and not answer.return_to
    mail = platform.mailbox.wait(email, after, subject="lien de connexion")
    # No code: what could be talked out of somebody would let a stranger's identity in for good.
    assert "tapez ce code" not in mail["text"]
    token = link_token_of(mail)
    assert refusal(lambda: consume(platform, token=token, binding=new_token()[0])) == "wrong_browser"
    entered = consume(platform, token=token, binding=visitor.binding)
    assert entered.return_to == "/demandes" and authenticate(platform, entered.session).user_id == user
    assert platform.sql("auth", "SELECT subject, user_id::text FROM provider_identity WHERE issuer = %s AND user_id = %s",
                        provider.issuer, user) == [(told["sub"], user)]
    assert platform.mailbox.wait(email, after, subject="ProConnect ouvre désormais")

    # From now on without a mail, whatever the address has become.
    provider.control(person={**told, "email": "tout.autre@ailleurs.test"})
    answer = Visitor(platform, provider, "/demandes/1").finish()
    assert answer.return_to == "/demandes/1" and not answer.HasField("link_sent")
    claims = claims_of(authenticate(platform, answer.session).identity_token)
    assert claims["sub"] == user and claims["amr"] == ["proconnect", "pwd"]


def test_P12_it_opens_existing_accounts_only_and_tells_nobody_which(proconnected, provider):
    platform = proconnected
    _, known = make_account(platform)
    _, left = make_account(platform, active=False)
    answers = []
    for email in (known, left, f"personne-{secrets.token_hex(4)}@nulle-part.test"):
        person(provider, email)
        answer = Visitor(platform, provider).finish()
        answers.append((answer.HasField("link_sent"), answer.HasField("session"), answer.return_to))
    assert set(answers) == {(True, False, "")}
    assert platform.sql("auth", "SELECT count(*) FROM account WHERE email LIKE %s", "personne-%") == [(0,)]
    # A linked account that was deactivated opens nothing either.
    user, _ = linked(platform, provider)
    platform.sql("auth", "UPDATE account SET active = false WHERE id = %s", user)
    assert Visitor(platform, provider).finish().HasField("link_sent")


@pytest.mark.parametrize("amr, age, due, fresh", [
    (["pwd"], 0, True, False), (["pwd", "mail"], 0, True, False), (["pwd", "totp"], 0, False, True),
    (["pop"], 0, False, True), (["pwd", "mfa"], 0, False, True), (["pwd", "mfa"], 3600, False, False)])
def test_P13_a_second_factor_proved_there_counts_here_since_it_was(proconnected, provider, amr, age, due, fresh):
    platform = proconnected
    user, email = make_account(platform, administrator=True, accepted_terms=1)
    told = person(provider, email, amr=amr, age=age)
    platform.sql("auth", "INSERT INTO provider_identity (issuer, subject, user_id) VALUES (%s, %s, %s)",
                 provider.issuer, told["sub"], user)
    token = authenticate(platform, Visitor(platform, provider).finish().session).identity_token
    state = me(platform, "GetMe", token).second_factor
    assert (state.due, state.HasField("fresh_until")) == (due, fresh)
    assert platform.mailbox.wait(email, subject="Nouvelle connexion")


def test_T_AUT_11_every_lie_of_the_provider_is_known_here(proconnected, provider):
    known = provider.control()
    assert set(known["token_lies"]) == set(TOKEN_LIES) and set(known["userinfo_lies"]) == set(USERINFO_LIES)


def sessions(platform, user: str) -> int:
    return platform.sql("auth", "SELECT count(*) FROM session WHERE user_id = %s", user)[0][0]


@pytest.mark.parametrize("fault", [*(f"token:{lie}" for lie in TOKEN_LIES),
                                   *(f"userinfo:{lie}" for lie in USERINFO_LIES), *OTHER_LIES])
def test_T_AUT_11_no_lie_opens_anything(proconnected, provider, fault):
    user, _ = linked(proconnected, provider)
    visitor = Visitor(proconnected, provider)
    provider.control(fault=fault)
    assert refusal(visitor.finish) == "provider_refused"
    assert sessions(proconnected, user) == 0
    assert proconnected.sql("auth", "SELECT count(*) FROM audit_entry WHERE operation = 'L7' AND reason = 'provider_refused' "
                                    "AND at > clock_timestamp() - interval '1 minute'")[0][0] >= 1


def test_T_AUT_11_a_login_comes_back_once_and_to_its_browser(proconnected, provider):
    user, _ = linked(proconnected, provider)
    visitor = Visitor(proconnected, provider)
    for changed in ({"state": new_token()[0]}, {"state": "zu-kurz"}, {"binding": new_token()[0]}, {"binding": ""},
                    {"state": visitor.back["state"][:-1] + "A"}):
        if changed.get("state") == visitor.back["state"]:
            continue
        assert refusal(lambda: visitor.finish(**changed)) == "provider_refused"
    assert sessions(proconnected, user) == 0
    session = visitor.finish().session
    assert authenticate(proconnected, session).user_id == user
    # Replayed: the state has gone, and so has the code.
    assert refusal(visitor.finish) == "provider_refused"
    other = Visitor(proconnected, provider)
    assert refusal(lambda: other.finish(code=visitor.back["code"])) == "provider_refused"
    assert sessions(proconnected, user) == 1


def test_T_AUT_11_codes_and_issuers_of_others_are_refused(proconnected, provider):
    user, _ = linked(proconnected, provider)
    for changed in ({"code": "x" * 43}, {"iss": "https://127.0.0.1:1"}):
        assert refusal(lambda: Visitor(proconnected, provider).finish(**changed)) == "provider_refused"
    # A code that was drawn for another login: the nonce in what it buys is the other's, and PKCE refuses it before.
    first, second = Visitor(proconnected, provider), Visitor(proconnected, provider)
    assert refusal(lambda: first.finish(code=second.back["code"])) == "provider_refused"
    late = Visitor(proconnected, provider)
    proconnected.sql("auth", "UPDATE provider_login SET created_at = created_at - interval '10 minutes' WHERE state_hash = %s",
                     hashlib.sha256(base64.urlsafe_b64decode(late.back["state"] + "=")).digest())
    assert refusal(late.finish) == "provider_refused"
    assert sessions(proconnected, user) == 0


def test_T_AUT_11_new_keys_of_the_provider_are_learnt(proconnected, provider):
    linked(proconnected, provider)
    assert Visitor(proconnected, provider).finish().session
    provider.control(rotate=secrets.token_hex(4), client={
        "redirect_uris": [f"{proconnected.gateway}/connexion/proconnect"]})
    before = provider.control()["keys"]
    from support.waiting import wait_until

    def entered() -> bool:
        try:
            return bool(Visitor(proconnected, provider).finish().session)
        except Exception:  # noqa: BLE001  refused until the keys may be asked for again
            return False

    wait_until(entered, seconds=20, every=0.3, what="the new keys to be learnt")
    assert provider.control()["keys"] > before


def test_T_AUT_11_rs256_is_taken_too(proconnected, provider):
    redirect = {"redirect_uris": [f"{proconnected.gateway}/connexion/proconnect"]}
    provider.control(client={**redirect, "id_token_signed_response_alg": "RS256", "userinfo_signed_response_alg": "RS256"})
    user, _ = linked(proconnected, provider)
    assert authenticate(proconnected, Visitor(proconnected, provider).finish().session).user_id == user
    # HS256 is a legal answer of a provider that is told so, and none for us.
    provider.control(client={**redirect, "id_token_signed_response_alg": "HS256"})
    assert refusal(lambda: Visitor(proconnected, provider).finish()) == "provider_refused"
    provider.control(client=redirect)


def test_T_AUT_13_the_session_before_ends(proconnected, provider):
    linked(proconnected, provider)
    first = Visitor(proconnected, provider).finish().session
    second = Visitor(proconnected, provider).finish(session=first).session
    assert refusal(lambda: authenticate(proconnected, first)) == "unauthenticated"
    assert authenticate(proconnected, second).user_id


def test_P12_closed_unless_configured(platform):
    assert not proconnect(platform, "ListLoginMethods").proconnect
    assert refusal(lambda: proconnect(platform, "BeginProConnect")) == "not_found"
    assert refusal(lambda: proconnect(platform, "FinishProConnect", code="x", state="y")) == "not_found"


def test_P12_what_is_kept_and_logged_says_nothing(proconnected, provider):
    platform = proconnected
    linked(platform, provider)
    visitor = Visitor(platform, provider)
    nonce = parse_qs(urlsplit(visitor.url).query)["nonce"][0]
    session = visitor.finish().session
    tables = [row[0] for row in platform.sql(
        "auth", "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")]
    dump = "".join(row[0] for table in tables for row in platform.sql("auth", f"SELECT t::text FROM {table} t"))
    for secret in (visitor.back["code"], visitor.back["state"], nonce, visitor.binding, session):
        assert secret not in dump and secret not in platform.log_text("auth")
