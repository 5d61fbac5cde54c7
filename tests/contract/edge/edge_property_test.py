"""T-EDGE-06: whatever comes in, each route answers as its description says it may, errors as problem documents."""

from __future__ import annotations

import re

import pytest
from edge_routes import ROUTES, Call, Maker
from support import people

# What the edge answers of any route: bad heads, slow bodies, other methods.
_OF_THE_EDGE = {400, 405, 408, 411, 413, 414, 415, 431}
_TOLD = {"type", "title", "status", "detail", "instance", "code"}


def _check(call: Call, answer) -> list[str]:
    """What is wrong with an answer."""
    wrong = []
    if answer.status >= 500:
        wrong.append(f"{answer.status}")
    if answer.status not in call.route.statuses | _OF_THE_EDGE and not any(note.startswith("as ") for note in call.notes):
        wrong.append(f"{answer.status} is not described")
    if answer.status >= 400 and call.method != "HEAD":
        if answer.headers["Content-Type"] != "application/problem+json":
            wrong.append(f"an error as {answer.headers['Content-Type']}")
        else:
            problem = answer.json()
            if not _TOLD - {"detail"} <= problem.keys() or problem["status"] != answer.status:
                wrong.append(f"not a problem document: {problem}")
            if re.search(r"0x[0-9a-f]{6}|\.cc\b|::|SELECT |libpq|grpc", answer.body.decode("utf-8", "replace")):
                wrong.append(f"tells of our insides: {problem}")
    return [f"{text}: {call}" for text in wrong]


def _storm(platform, rng, count: int) -> None:
    helper, instructor = platform.login(people.HELPER), platform.login(people.CAF)
    ids = [people.FS95, people.CAF95, people.CPAM95]
    ids += [row[0] for row in platform.sql("auth", "SELECT id::text FROM account ORDER BY id LIMIT 5")]
    ids += [row[0] for row in platform.sql("requests", "SELECT id::text FROM request ORDER BY id LIMIT 5")]
    maker = Maker(rng, ids)
    wrong: list[str] = []
    statuses: dict[int, int] = {}
    for _ in range(count):
        call = maker.call()
        if "logout" in call.path or "/v1/me/sessions" in call.path and call.method == "DELETE":
            continue  # ends the storm
        browser = rng.choice([helper, instructor, platform.browser()])
        answer = browser.call(call.method, call.path, body=call.body, headers=call.headers)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        wrong += _check(call, answer)
        if len(wrong) > 20:
            break
    print(dict(sorted(statuses.items())))
    assert not wrong, "\n".join(wrong)
    assert sum(number for status, number in statuses.items() if status < 300) > count * 0.05, "hardly anything went through"
    platform.wait_ready()


def test_T_EDGE_06_every_answer_is_one_that_is_described(platform, rng):
    _storm(platform, rng, 800)


@pytest.mark.long
def test_T_EDGE_06_twenty_thousand(platform, rng):
    _storm(platform, rng, 20_000)


def test_T_EDGE_12_security_headers_stand_on_every_route_and_error(platform):
    helper = platform.login(people.HELPER)
    wanted = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
              "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin"}
    somewhere = "018f0000-0000-7000-8000-000000000000"
    asked = [(route.verb.upper(), re.sub(r"\{\w+\}", somewhere, route.path)) for route in ROUTES if not route.streams]
    asked += [("GET", path) for path in ("/", "/nowhere.js", "/v1/nowhere", "/v1/%zz", "/a%2Fb", "/v1/requests?nope=1")]
    asked += [("OPTIONS", "/v1/me"), ("TRACE", "/"), ("HEAD", "/"), ("PUT", "/v1/areas")]
    for browser in (helper, platform.browser()):
        for method, path in asked:
            if path.endswith("logout"):
                continue
            answer = browser.call(method, path, repeat=False)
            for name, value in wanted.items():
                assert answer.headers[name] == value, f"{method} {path} {answer.status}: {name}"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy, f"{method} {path}: {policy}"
            assert "camera=()" in answer.headers["Permissions-Policy"], f"{method} {path}"
            assert answer.headers["Server"] is None, f"{method} {path}"
            if path.startswith("/v1/") and "no-store" not in (answer.headers["Cache-Control"] or ""):
                assert path in ("/v1/areas", "/v1/organisations", "/v1/themes", "/v1/openapi.json"), f"{method} {path} may be kept"


# How browsers make another site's page call us; each as it would arrive, the session cookie along where SameSite
# would let it.
_VECTORS = [
    ("form", {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}),
    ("form, multipart", {"Content-Type": "multipart/form-data; boundary=x", "Origin": "https://evil.test"}),
    ("form, text/plain JSON", {"Content-Type": "text/plain", "Origin": "https://evil.test"}),
    ("sandboxed frame", {"Content-Type": "application/json", "X-Aplus": "1", "Origin": "null"}),
    ("fetch without preflight", {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://evil.test"}),
    ("fetch after a preflight that nobody answered", {"Content-Type": "application/json", "X-Aplus": "1", "Origin": "https://evil.test"}),
    ("beacon", {"Content-Type": "text/plain;charset=UTF-8", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
    ("same site, other host", {"Content-Type": "application/json", "X-Aplus": "1", "Sec-Fetch-Site": "same-site"}),
    ("navigation", {"Content-Type": "application/json", "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}),
    ("our name in another's", {"Content-Type": "application/json", "X-Aplus": "1", "Origin": "http://127.0.0.1.evil.test"}),
    ("other port", {"Content-Type": "application/json", "X-Aplus": "1", "Origin": "http://127.0.0.1:1"}),
    ("other scheme", {"Content-Type": "application/json", "X-Aplus": "1", "Origin": "ftp://127.0.0.1"}),
    ("no header of ours", {"Content-Type": "application/json"}),
]


def test_T_EDGE_13_no_cross_site_call_reaches_an_unsafe_route(platform):
    import http.client
    from urllib.parse import urlsplit
    helper = platform.login(people.HELPER)
    cookies = "; ".join(f"{name}={value}" for name, value in helper.cookies.items())
    site = urlsplit(platform.gateway)
    before = platform.sql("requests", "SELECT count(*) FROM request")[0][0], platform.sql("auth", "SELECT count(*) FROM session")[0][0]
    for route in (route for route in ROUTES if route.unsafe):
        path = route.path
        for name in re.findall(r"\{(\w+)\}", path):
            path = path.replace("{" + name + "}", "018f0000-0000-7000-8000-000000000000")
        for vector, headers in _VECTORS:
            connection = http.client.HTTPConnection(site.hostname, site.port, timeout=20)
            connection.request(route.verb.upper(), path, body=b"{}", headers={
                **headers, "Cookie": cookies, "Idempotency-Key": "018f0000-0000-4000-8000-000000000000"})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            assert answer.status in (403, 415), f"{vector}: {route.name} {answer.status} {text!r:.300}"
            assert answer.headers["Access-Control-Allow-Origin"] is None
    helper.get("/v1/me").expect(200)
    assert before == (platform.sql("requests", "SELECT count(*) FROM request")[0][0],
                      platform.sql("auth", "SELECT count(*) FROM session")[0][0])
