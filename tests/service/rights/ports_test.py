"""Who may do what, at the services' own ports: every method × persona × state behind the edge, with the gateway's
certificate and a person's token (T-AZ-02), and no method for a certificate that it does not name."""

from __future__ import annotations

import grpc
import pytest
from support import matrix, people
from support.methods import PUBLIC, SERVICE, Ports, methods
from support.trail import lines, wrong_lines

SERVICES = ("auth", "requests", "files", "notifications", "stats", "gateway")
# Called by another service with the person's token: the same rights decide.
ON_BEHALF = {"FileAccess.RegisterFile": "files", "FileAccess.AuthorizeFile": "files", "Standing.GetStanding": "notifications"}


@pytest.fixture(scope="module")
def asking(platform):
    return matrix.Matrix(matrix.Stage(platform))


def ask_all(platform, asking, persona, rng=None) -> None:
    ports, wrong, before = Ports(platform.rpc), [], len(asking.asked)
    for name, method in methods().items():
        if name in matrix.OF_A_SESSION or (method.rule.caller == SERVICE and name not in ON_BEHALF):
            continue
        # Without a person they ask nothing: a certificate alone is a service of its own.
        if name in ON_BEHALF and not persona.email:
            continue
        certificate = ON_BEHALF.get(name, "gateway")
        for question in matrix.questions(asking.stage, method, persona, rng):
            for fresh in (False, True) if question.verdict(True) != question.verdict(False) else (False,):
                amr = ["mail", "otp"] if fresh else ["mail"]

                def call(one):
                    token = platform.identities.token(persona.email, amr=amr) if persona.email else ""
                    return ports.call(token, one.method, one.fields, certificate)

                wrong.append(asking.ask(question, fresh, call))
    wrong = [one for one in wrong if one]
    asked = len(asking.asked) - before
    print(f"{persona.name}: {asked} cells, {len(wrong)} wrong")
    assert asked > 30
    assert not wrong, f"{len(wrong)} of {asked} wrong:\n" + "\n".join(wrong)


@pytest.mark.parametrize("persona", matrix.PERSONAS, ids=lambda persona: persona.name)
def test_T_AZ_02_cells_behind_the_edge(platform, asking, persona, rng):
    """Every method and persona, in a phase that changes from run to run."""
    ask_all(platform, asking, persona, rng)


@pytest.mark.long
@pytest.mark.parametrize("persona", matrix.PERSONAS, ids=lambda persona: persona.name)
def test_T_AZ_02_every_cell_behind_the_edge(platform, asking, persona):
    ask_all(platform, asking, persona)


def test_T_AUD_01_every_call_left_its_line(platform, asking):
    """One line for each call of an audited method, allowed or refused as it was answered."""
    trail = lines(platform)
    wrong = [one for one in (wrong_lines(asked, trail) for asked in asking.asked) if one]
    print(f"{len(asking.asked)} calls")
    assert len(asking.asked) > 500
    assert not wrong, f"{len(wrong)} of {len(asking.asked)} wrong:\n" + "\n".join(wrong)


def test_T_AZ_02_a_certificate_opens_what_names_it_and_nothing_else(platform, rng):
    """Two of the others for each method; which, changes from run to run."""
    ports, wrong, asked = Ports(platform.rpc), [], 0
    for name, method in methods().items():
        named = {*method.rule.services, *(() if method.rule.caller == SERVICE else ("gateway",))}
        assert named, name
        others = [service for service in SERVICES if service not in named]
        for certificate in rng.sample(others, min(2, len(others))):
            token = platform.identities.token(people.ADMINISTRATOR, amr=["mail", "otp"])
            seen = ports.call(token, method, {}, certificate)
            asked += 1
            if seen.code != "forbidden":
                wrong.append(f"{name} with the certificate of {certificate}: {seen.status} {seen.code}")
    print(f"{asked} calls")
    assert asked > 190 and not wrong, "\n".join(wrong)


def test_T_AZ_02_without_a_token_nobody_is_somebody(platform):
    """Before any field is read: what is for people, refuses the gateway that brings nobody."""
    ports = Ports(platform.rpc)
    for name, method in methods().items():
        if method.rule.caller not in (PUBLIC, SERVICE):
            assert ports.call("", method, {}).code == "unauthenticated", name


def test_T_AZ_02_without_a_certificate_there_is_no_port(platform):
    for service in SERVICES[:-1]:
        channel = platform.rpc.channel(service, certificate="")
        with pytest.raises(grpc.RpcError) as refused:
            channel.unary_unary("/aplus.auth.v1.Me/GetMe")(b"", timeout=5)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
