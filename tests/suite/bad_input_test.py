"""Bad input gets a clear 4xx with its declared code, changes nothing, and leaves the processes as they were."""

from __future__ import annotations

import json

import pytest
import story
from support import people, samples

BAD_REQUESTS = [
    ("no subject", {"subject": ""}, "invalid_argument", "subject"),
    ("subject too long", {"subject": "x" * 151}, "invalid_argument", "subject"),
    ("description too long", {"description": "x" * 10_001}, "invalid_argument", "description"),
    ("channels not tried", {"usualChannelsTried": False}, "invalid_argument", "usualChannelsTried"),
    ("no citizen", {"citizen": None}, "invalid_argument", "citizen"),
    ("P21 wrong key of the NIR", {"citizen": {**story.CITIZEN, "nir": "284057512345699"}}, "invalid_argument", "citizen.nir"),
    ("P21 CAF number", {"citizen": {**story.CITIZEN, "cafNumber": "12"}}, "invalid_argument", "citizen.cafNumber"),
    ("P21 tax number", {"citizen": {**story.CITIZEN, "taxNumber": "1"}}, "invalid_argument", "citizen.taxNumber"),
    ("P22 tax number to nobody entitled", {"citizen": {**story.CITIZEN, "taxNumber": "1234567890123"}}, "not_entitled", ""),
    ("P23 future mandate", {"mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": "2999-01-01"}}, "mandate_incomplete", ""),
    ("P23 SMS without phone", {"mandate": {"kind": "MANDATE_KIND_SMS", "givenOn": "2026-01-02"},
                               "citizen": {**story.CITIZEN, "phone": ""}}, "mandate_incomplete", ""),
    ("not a day", {"mandate": {"kind": "MANDATE_KIND_PAPER", "givenOn": "2026-02-30"}}, "invalid_argument", "mandate.givenOn"),
    ("no recipients", {"recipientGroupIds": []}, "invalid_argument", "recipientGroupIds"),
    ("not an id", {"recipientGroupIds": ["caf"]}, "invalid_argument", "recipientGroupIds[0]"),
    ("not a group", {"recipientGroupIds": ["018f0000-0000-7000-8000-000000000000"]}, "not_addressable", ""),
    ("area that does not exist", {"areaId": "20"}, "invalid_argument", "areaId"),
    ("P20 group of another area", {"areaId": "75"}, "not_addressable", ""),
    ("not my group", {"groupId": people.CAF95}, "forbidden", ""),
    ("unknown field", {"sujet": "x"}, "malformed", "sujet"),
    ("wrong type", {"subject": 12}, "malformed", "subject"),
    ("unknown enum", {"mandate": {"kind": "MANDATE_KIND_TELEPATHY", "givenOn": "2026-01-02"}}, "malformed", "mandate.kind"),
]


@pytest.mark.parametrize("name,change,code,path", BAD_REQUESTS, ids=[case[0] for case in BAD_REQUESTS])
def test_P20_P25_a_bad_request_says_what_is_wrong_and_makes_nothing(platform, name, change, code, path):
    helper = platform.login(people.HELPER)
    before = platform.sql("requests", "SELECT count(*) FROM request")[0][0]
    answer = helper.create("/v1/requests", {**story.body(), **change})
    assert 400 <= answer.status < 500
    problem = answer.json()
    assert answer.code == code, problem
    assert problem["title"] and problem["instance"] and problem["type"]
    if path:
        assert path in [error["path"] for error in problem["errors"]], problem
    assert platform.sql("requests", "SELECT count(*) FROM request")[0][0] == before


RAW = [
    ("not JSON", b"{", 400), ("empty", b"", 400), ("an array", b"[]", 400), ("null", b"null", 400),
    ("duplicate key", b'{"email":"a@b.fr","email":"c@d.fr"}', 400), ("deep", b'{"a":' * 200 + b"1" + b"}" * 200, 400),
    ("not UTF-8", b'{"email":"\xff\xfe"}', 400), ("NUL", b'{"email":"a\\u0000@b.fr"}', 400),
    ("half a surrogate", b'{"email":"\\ud800@b.fr"}', 400), ("infinity", b'{"email":1e99999}', 400),
    ("trailing", b'{"email":"a@b.fr"} x', 400), ("too large", b'{"email":"' + b"a" * 70_000 + b'"}', 413),
    ("two hundred thousand members", b"{" + b",".join(b'"k%d":1' % i for i in range(200_000)) + b"}", 413),
]


@pytest.mark.parametrize("name,body,status", RAW, ids=[case[0] for case in RAW])
def test_T_EDGE_05_hostile_json(platform, name, body, status):
    browser = platform.browser()
    answer = browser.call("POST", "/v1/auth/links", body=body, headers={"Content-Type": "application/json"}, repeat=False)
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    platform.browser().get("/v1/me").expect(401)


def test_csrf_needs_the_header_the_type_and_the_origin(platform):
    browser = platform.login(people.HELPER)
    path = "/v1/auth/logout"
    for headers, status in (({"X-Aplus": ""}, 403), ({"Content-Type": "text/plain"}, 415), ({"Origin": "https://evil.test"}, 403),
                            ({"Sec-Fetch-Site": "cross-site"}, 403)):
        browser.call("POST", path, json={}, headers=headers).expect(status)
    browser.get("/v1/me").expect(200)


FILES = [
    ("empty", b"", "vide.pdf", samples.PDF, "file_empty"),
    ("not what it says", b"GIF89a" + b"\0" * 64, "carte.pdf", samples.PDF, "file_type"),
    ("HTML", b"<html><script>alert(1)</script></html>", "page.html", "text/html", "file_type"),
    ("SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "dessin.svg", "image/svg+xml", "file_type"),
    ("program", b"MZ" + b"\0" * 200, "outil.exe", "application/octet-stream", "file_type"),
    ("HTML called PDF", b"<html>", "page.pdf", samples.PDF, "file_type"),
    ("too large", b"%PDF-1.4\n" + b"x" * 10_000_001, "gros.pdf", samples.PDF, "file_too_large"),
]


@pytest.mark.parametrize("name,content,file,kind,code", FILES, ids=[case[0] for case in FILES])
def test_P60_T_FIL_01_files_that_are_refused(platform, name, content, file, kind, code):
    helper = platform.login(people.HELPER)
    draft = helper.post("/v1/drafts", {}).expect(201).json()["id"]
    answer = helper.upload(f"/v1/drafts/{draft}/files", content, file, kind, repeat=False)
    assert 400 <= answer.status < 500 and answer.code == code, answer.body
    states = {entry["state"] for entry in helper.get(f"/v1/drafts/{draft}").expect(200).json().get("files", [])}
    assert "FILE_STATE_AVAILABLE" not in states


def test_a_hostile_file_name_stays_a_name(platform):
    helper = platform.login(people.HELPER)
    told = story.create(helper)
    for name in ("../../etc/passwd.pdf", "a\u202efdp.exe.pdf", 'a"b<c>.pdf', "é" * 155 + ".pdf"):
        helper.upload(f"{told.path}/files", samples.pdf(name[:3]), name, samples.PDF).expect(201)
    for entry in helper.get(f"{told.path}/files").expect(200).json()["files"]:
        assert not set(entry["name"]) & set('/\\:*?"<>|\u202e') and len(entry["name"]) <= 150


def test_P71_P90_canaries_stay_out_of_logs_mails_and_events(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    canary = "Quetzalcoatl"
    told = story.create(helper, subject=f"Sujet {canary}", description=f"Texte {canary}",
                        citizen={**story.CITIZEN, "lastName": f"{canary}a", "address": f"1 rue {canary}"})
    helper.upload(f"{told.path}/files", samples.pdf(), f"{canary}.pdf", samples.PDF).expect(201)
    story.say(caf, told, f"Réponse {canary}")
    caf.get(f"/v1/requests?side=SIDE_INSTRUCTOR&q={canary}").expect(200)
    caf.post(f"{told.path}:takeCharge", {"groupId": "x", "text": canary}).expect(400)
    platform.mailbox.wait(people.HELPER, subject=told.number)
    for name in ("auth", "requests", "files", "notifications", "stats", "gateway"):
        assert canary.lower() not in platform.log_text(name).lower(), name
        assert canary.lower() not in platform.metrics(name).lower(), name
    assert canary.lower() not in json.dumps(platform.mailbox.messages()).lower()
    for database in ("auth", "requests", "files", "notifications", "stats"):
        tables = platform.sql(database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
                                        "AND table_type = 'BASE TABLE'")
        for (table,) in tables:
            rows = platform.sql(database, f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', f"%{canary}%")
            assert rows[0][0] == 0, f"{database}.{table}"
