"""The main job, whole: a helper's request, two administrations, mails, files, private words, solved, counted."""

from __future__ import annotations

import story
from support import people
from support.mailbox import code_of, token_of
from support.waiting import wait_until


def without_personal_data(mail: dict) -> None:
    """P71: number, organisation, kind of event, link; nothing a citizen or an agent wrote."""
    whole = "\n".join([mail["subject"], mail["text"], mail["html"], str(mail["headers"])])
    for word in ("Awa", "Ndiaye", "1234567A", "2840575123456", "Allocation logement", "Expulsion", "attestation",
                 "carte.jpg"):
        assert word not in whole, f"a mail holds {word!r}"


def test_P10_P14_login_by_link_and_by_code(platform):
    browser = platform.browser()
    after = platform.mailbox.last_id()
    answer = browser.post("/v1/auth/links", {"email": people.COLLEAGUE.upper(), "returnTo": "/demandes/nouvelle"})
    asked = answer.expect(202).json()
    assert asked["askedAt"] < asked["expiresAt"]
    mail = platform.mailbox.wait(people.COLLEAGUE, after)
    token = token_of(mail)

    # The link in another browser burns nothing.
    platform.browser().post("/v1/auth/links:consume", {"token": token}).expect(403, "wrong_browser")
    assert browser.post("/v1/auth/links:consume", {"token": token}).expect(200).json()["returnTo"] == "/demandes/nouvelle"
    me = browser.get("/v1/me").expect(200).json()
    assert me["user"]["email"] == people.COLLEAGUE
    assert any(one["group"]["id"] == people.FS95 for one in me["memberships"])
    assert len(browser.get("/v1/me/sessions").expect(200).json()["sessions"]) >= 1
    for late in (platform.browser(), browser):
        late.post("/v1/auth/links:consume", {"token": token}).expect(401, "link_used")

    # The code of the same mail, typed where a login was asked for.
    other = platform.browser()
    after = platform.mailbox.last_id()
    other.post("/v1/auth/links", {"email": people.COLLEAGUE}).expect(202)
    mail = platform.mailbox.wait(people.COLLEAGUE, after)
    other.post("/v1/auth/links:consume", {"code": "00000000"}).expect(401, "code_wrong")
    other.post("/v1/auth/links:consume", {"code": code_of(mail).lower()}).expect(200)
    other.get("/v1/me").expect(200)
    other.post("/v1/auth/logout").expect(204)
    other.get("/v1/me").expect(401, "unauthenticated")


def test_P7_nothing_but_terms_until_they_are_accepted(platform):
    browser = platform.browser()
    after = platform.mailbox.last_id()
    browser.post("/v1/auth/links", {"email": people.HELPER_MANAGER}).expect(202)
    browser.post("/v1/auth/links:consume", {"token": token_of(platform.mailbox.wait(people.HELPER_MANAGER, after))})
    terms = browser.get("/v1/me").expect(200).json()["terms"]
    if terms.get("accepted", 0) == 0:
        browser.get("/v1/areas").expect(403, "terms_required")
    browser.post("/v1/me/terms:accept", {"version": terms["current"]}).expect(200)
    # The identity token that says so is renewed within a second (P14).
    wait_until(lambda: browser.get("/v1/areas").status == 200, 3, "terms accepted")


def test_the_main_job(platform):
    helper, caf, cpam = (platform.login(who) for who in (people.HELPER, people.CAF, people.CPAM))
    colleague = platform.login(people.COLLEAGUE)
    colleague_id = colleague.get("/v1/me").json()["user"]["id"]
    caf_new = story.counters(caf, "SIDE_INSTRUCTOR").get("TAB_NEW", 0)
    figures = helper.get(f"/v1/stats/summary?groupId={people.FS95}").expect(200).json()
    after = platform.mailbox.last_id()

    # 2. The request with a colleague and three files uploaded to its draft (P20–P25, P61).
    told = story.create_with_files(helper, helperIds=[colleague_id])
    assert told.number
    opened = helper.get(told.path).expect(200).json()["request"]
    assert opened["citizen"]["nir"].replace(" ", "") == story.CITIZEN["nir"]
    assert opened["description"] == story.DESCRIPTION
    assert opened["summary"]["state"] == "REQUEST_STATE_NEW"
    assert opened["summary"]["deadline"] > opened["summary"]["createdAt"]
    files = helper.get(f"{told.path}/files").expect(200).json()["files"]
    assert {file["name"] for file in files} == {"attestation d’accueil.pdf", "carte.jpg", "courrier été.odt"}

    # 3. Instructors and mailboxes of both groups hear of it, without personal data (P70, P71, P73).
    for group in (people.CAF95, people.CPAM95):
        expected = people.expected_recipients(group)
        for address in (*expected.people, expected.mailbox):
            mail = platform.mailbox.wait(address, after, told.number)
            without_personal_data(mail)
            assert told.id in mail["text"]
    assert told.id in story.listed(caf, "SIDE_INSTRUCTOR", "TAB_NEW")
    assert story.counters(caf, "SIDE_INSTRUCTOR")["TAB_NEW"] == caf_new + 1
    assert told.id in story.listed(colleague, "SIDE_HELPER", "TAB_ALL")

    # 4. One opens it: fetching marks nothing, the mark does (P33).
    assert caf.get(told.path).expect(200).json()["request"]["citizen"]["cafNumber"] == "1234567A"
    assert told.id in story.listed(caf, "SIDE_INSTRUCTOR", "TAB_NEW")
    caf.post(f"{told.path}:markRead").expect(200)
    assert told.id not in story.listed(caf, "SIDE_INSTRUCTOR", "TAB_NEW")
    assert told.id in story.listed(caf, "SIDE_INSTRUCTOR", "TAB_IN_PROGRESS")
    assert told.id in story.listed(cpam, "SIDE_INSTRUCTOR", "TAB_NEW"), "a mark is each person's own"

    # Downloads, whole and ranges (P61, P63).
    for file, content in told.files.items():
        answer = caf.get(f"/v1/files/{file}").expect(200)
        assert answer.body == content
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer.headers["Cache-Control"]
    big, content = max(told.files.items(), key=lambda item: len(item[1]))
    for first, last in ((0, 0), (65_470, 65_490), (100, 70_000), (len(content) - 5, len(content) - 1)):
        answer = caf.get(f"/v1/files/{big}", headers={"Range": f"bytes={first}-{last}"}).expect(206)
        assert answer.body == content[first:last + 1]
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
    caf.get(f"/v1/files/{big}", headers={"Range": f"bytes={len(content)}-"}).expect(416, "range_not_satisfiable")

    # Takes charge (P29): an answer (P40).
    acted = caf.post(f"{told.path}:takeCharge", {"groupId": people.CAF95}).expect(200).json()
    assert acted["state"] == "REQUEST_STATE_IN_PROGRESS"
    platform.mailbox.wait(people.HELPER, after, told.number)

    # A private message changes nothing for the helper side (P28).
    before = [helper.get(path).expect(200).body for path in (told.path, f"{told.path}/messages", f"{told.path}/history",
                                                            f"{told.path}/files", "/v1/requests?side=SIDE_HELPER")]
    last = platform.mailbox.last_id()
    story.say(caf, told, "Entre nous : le dossier est bloqué chez vous.", visibility="VISIBILITY_INSTRUCTORS")
    platform.mailbox.wait(people.CPAM, last, told.number)
    now = [helper.get(path).expect(200).body for path in (told.path, f"{told.path}/messages", f"{told.path}/history",
                                                         f"{told.path}/files", "/v1/requests?side=SIDE_HELPER")]
    assert before == now
    texts = [entry.get("text", "") for entry in cpam.get(f"{told.path}/messages").expect(200).json()["messages"]]
    assert "Entre nous : le dossier est bloqué chez vous." in texts

    # Answers the helper, who is mailed and writes back with a further file.
    last = platform.mailbox.last_id()
    story.say(caf, told, "Pouvez-vous joindre le bail ?")
    without_personal_data(platform.mailbox.wait(people.HELPER, last, told.number))
    wait_until(lambda: [mail for mail in platform.mailbox.messages(people.COLLEAGUE, last) if told.number in mail["subject"]],
               10, "the invited colleague is mailed too")
    assert not [mail for mail in platform.mailbox.messages(people.CAF, last) if told.number in mail["subject"]], \
        "the writer hears nothing of his own message"
    lease = helper.upload(f"{told.path}/files", b"%PDF-1.4\n" + story.samples.pdf("Bail")[9:], "bail.pdf",
                          story.samples.PDF).expect(201).json()["id"]
    last = platform.mailbox.last_id()
    story.say(helper, told, "Le voici.", fileIds=[lease])
    platform.mailbox.wait(people.CAF, last, told.number)
    caf.get(f"/v1/files/{lease}").expect(200)

    # 5. Processed (P30), the helper is mailed and closes with usefulness (P31).
    last = platform.mailbox.last_id()
    assert caf.post(f"{told.path}:markProcessed").expect(200).json()["state"] == "REQUEST_STATE_PROCESSED"
    platform.mailbox.wait(people.HELPER, last, told.number)
    assert told.id in story.listed(helper, "SIDE_HELPER", "TAB_TO_ARCHIVE")
    caf.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(403, "forbidden")
    assert helper.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200).json()["state"] \
        == "REQUEST_STATE_CLOSED"
    assert told.id in story.listed(helper, "SIDE_HELPER", "TAB_ARCHIVED")
    assert told.id in story.listed(caf, "SIDE_INSTRUCTOR", "TAB_ARCHIVED")
    refused = helper.post(f"{told.path}:close", {"usefulness": "USEFULNESS_BAD"}).expect(409, "impossible").json()
    assert refused["state"] == "REQUEST_STATE_CLOSED" and int(refused["version"]) > 0

    # 6. The figures show it within seconds (P80, P82).
    def counted() -> bool:
        now = helper.get(f"/v1/stats/summary?groupId={people.FS95}").expect(200).json()
        return (int(now.get("created", 0)) > int(figures.get("created", 0))
                and int(now.get("usefulGood", 0)) > int(figures.get("usefulGood", 0)))

    wait_until(counted, 5, "the figures follow")


def test_P90_everything_shown_or_changed_left_a_line(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told = story.create(helper)

    def lines() -> int:
        return platform.sql("requests", "SELECT count(*) FROM audit_entry WHERE object_id = %s", told.id)[0][0]

    for act in (lambda: caf.get(told.path).expect(200), lambda: caf.get(f"{told.path}/messages").expect(200),
                lambda: story.say(caf, told, "Bien reçu."),
                lambda: platform.login(people.STRANGER_HELPER).get(told.path).expect(404)):
        before = lines()
        act()
        assert lines() > before
