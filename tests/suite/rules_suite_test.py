"""The rules of a request through the gateway, as pages and partners meet them: correcting (P21), half-written messages
(P33), marking all seen (P32), metadata (P34), traces (P53), subjects (P20)."""

from __future__ import annotations

import story

from support import people


def test_P21_correcting_the_citizen_over_http(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told = story.create(helper)
    acted = helper.patch(f"{told.path}/citizen", {"citizen": {"lastName": "Ndiaye-Corrigée"}}).expect(200).json()
    assert int(acted["version"]) > int(told.version)
    assert caf.get(told.path).expect(200).json()["request"]["citizen"]["lastName"] == "Ndiaye-Corrigée"
    versions = caf.get(f"{told.path}/citizen/versions").expect(200).json()["versions"]
    assert [(one["version"], one["citizen"]["lastName"]) for one in versions] == [(1, "Ndiaye-Testeur")]
    assert versions[0]["replacedBy"]["name"] == "Camille Moreau"
    problem = helper.patch(f"{told.path}/citizen", {"citizen": {"nir": "284057512345699"}}).expect(400, "invalid_argument").json()
    assert problem["errors"][0]["path"] == "citizen.nir"
    caf.patch(f"{told.path}/citizen", {"citizen": {"lastName": "X"}}).expect(403, "forbidden")
    platform.login(people.STRANGER_HELPER).patch(f"{told.path}/citizen", {"citizen": {"lastName": "X"}}).expect(404, "not_found")


def test_P33_a_half_written_message_over_http(platform):
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told = story.create(helper)
    assert caf.get(f"{told.path}/draft").expect(200).json().get("text", "") == ""
    caf.put(f"{told.path}/draft", {"text": "Je regarde", "visibility": "VISIBILITY_INSTRUCTORS"}).expect(200)
    story.say(helper, told, "Un détail de plus.")
    kept = caf.get(f"{told.path}/draft").expect(200).json()
    assert (kept["text"], kept["visibility"], kept["newerMessages"]) == ("Je regarde", "VISIBILITY_INSTRUCTORS", 1)
    assert helper.get(f"{told.path}/draft").expect(200).json().get("text", "") == ""
    platform.login(people.STRANGER_HELPER).get(f"{told.path}/draft").expect(404, "not_found")


def test_P32_all_is_marked_seen_over_http(platform):
    helper, agent = platform.login(people.HELPER), platform.login(people.CAF_MANAGER)
    told = story.create(helper)
    assert told.id in story.listed(agent, "SIDE_INSTRUCTOR", "TAB_NEW")
    assert agent.post("/v1/requests:markAllSeen", {}).expect(200).json()["seen"] >= 1
    assert story.counters(agent, "SIDE_INSTRUCTOR").get("TAB_NEW", 0) == 0
    assert told.id in story.listed(agent, "SIDE_INSTRUCTOR", "TAB_IN_PROGRESS")


def test_P34_managers_see_metadata_over_http(platform):
    helper, manager = platform.login(people.HELPER), platform.login(people.HELPER_MANAGER)
    told = story.create(helper)
    manager.get(told.path).expect(404, "not_found")
    seen = manager.get(f"{told.path}/metadata").expect(200).json()["request"]
    assert (seen["number"], seen["state"]) == (told.number, "REQUEST_STATE_NEW")
    assert not {"subject", "description", "citizen", "citizenName"} & set(seen)
    listed = manager.get("/v1/oversight/requests?pageSize=100").expect(200).json()["requests"]
    assert told.id in [one["id"] for one in listed]
    helper.get("/v1/oversight/requests").expect(403, "forbidden")
    platform.login(people.MANAGER_ONLY).get(f"/v1/oversight/requests?groupId={people.CAF95}").expect(403, "forbidden")
    platform.login(people.STRANGER_HELPER).get(f"{told.path}/metadata").expect(404, "not_found")


def test_P53_my_traces_over_http(platform):
    helper = platform.login(people.HELPER)
    told = story.create(helper)
    traces = helper.get("/v1/me/traces?pageSize=5").expect(200).json()["traces"]
    assert traces[0]["requestId"] == told.id and traces[0]["parts"] == ["PARTICIPANT_KIND_CREATOR"]
    assert story.SUBJECT not in str(traces)


def test_P20_a_subject_with_a_name_says_what_to_do(platform):
    helper = platform.login(people.HELPER)
    problem = helper.create("/v1/requests", story.body(subject="Dossier de Mme Ndiaye-Testeur")).expect(400, "invalid_argument")
    assert problem.json()["errors"][0]["path"] == "subject"
