"""The printable mandate (P23): a PDF, blank or with what the author of a draft has written himself."""

from __future__ import annotations

from support import people


def test_P23_the_blank_form_is_a_pdf_for_everybody_logged_in(platform):
    answer = platform.login(people.HELPER).get("/v1/mandate").expect(200)
    assert answer.headers["content-type"] == "application/pdf" and answer.body.startswith(b"%PDF-")
    assert 'filename="mandat.pdf"' in answer.headers["content-disposition"]
    assert "no-store" in answer.headers["cache-control"]
    platform.browser().get("/v1/mandate").expect(401)


def test_P23_a_draft_of_mine_prints_what_i_wrote_and_nobody_elses(platform):
    helper = platform.login(people.HELPER)
    blank = helper.get("/v1/mandate").expect(200).body
    draft = helper.create("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    helper.put(f"/v1/drafts/{draft}", {"citizen": {"firstName": "Zoé", "lastName": "Œuvrard-Łuka", "birthDate": "1950"},
                                       "groupId": people.FS95, "recipientGroupIds": [people.CAF95, people.CPAM95]}).expect(200)
    filled = helper.get(f"/v1/drafts/{draft}/mandate").expect(200).body
    assert filled.startswith(b"%PDF-") and filled != blank
    platform.login(people.COLLEAGUE).get(f"/v1/drafts/{draft}/mandate").expect(404, "not_found")
    platform.login(people.CAF).get("/v1/drafts/0190d000-0000-7000-8000-00000000abcd/mandate").expect(404, "not_found")
