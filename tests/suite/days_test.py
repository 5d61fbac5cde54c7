"""Days go by (T-TTL-01), and clocks go wrong (T-TTL-04): files end on day 14, contents 85 days after closing, and nothing
ends because a clock jumped."""

from __future__ import annotations

import pytest
import story

from support import people, samples
from support.database_clock import DatabaseClock
from support.waiting import wait_until

STEP = 3  # days; each costs a restart of the services whose clock goes on
SETTINGS = {"*": {"erasure_poll_seconds": 1}, "requests": {"neglect_poll_seconds": 1, "housekeeping_seconds": 1,
                                                           "reminder_poll_seconds": 1, "lateness_poll_seconds": 1}}


@pytest.fixture
def days(platforms):
    """A platform of its own: what is done to its clocks is done to nobody else."""
    made = platforms.get(SETTINGS)
    clock = DatabaseClock(made, "requests", "files")
    yield made, clock
    clock.set_right()
    for service in ("requests", "files"):
        made.restart(service)
    made.wait_ready()


def file_keys(platform, file: str) -> int:
    return platform.sql("keystore", "SELECT count(*) FROM file_key WHERE file_id = %s", file)[0][0]


def request_keys(platform, request: str) -> int:
    return platform.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = %s", request)[0][0]


def with_file(helper, platform) -> tuple[story.Told, str]:
    draft = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    file = helper.upload(f"/v1/drafts/{draft}/files", samples.pdf("Bail"), "bail.pdf", samples.PDF).expect(201).json()["id"]
    told = story.create(helper, draftId=draft, fileIds=[file])
    wait_until(lambda: helper.get(f"/v1/files/{file}").status == 200, 20, "the file is there")
    return told, file


def contents(platform, request: str) -> int:
    return sum(platform.sql("requests", f"SELECT count(*) FROM {table} WHERE request_id = %s", request)[0][0] for table in
               ("request_content", "message_content", "file_content", "search_entry", "group_work", "person_work"))


def close(helper, told: story.Told) -> None:
    helper.post(f"{told.path}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200)


def test_T_TTL_01_files_end_on_day_14_and_contents_on_day_85(days):
    platform, clock = days
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told, file = with_file(helper, platform)
    story.say(caf, told, "Bonjour.")
    closed, _ = with_file(helper, platform)
    close(helper, closed)

    clock.pass_time("13 days 23 hours")
    caf.get(f"/v1/files/{file}").expect(200)
    assert file_keys(platform, file) == 1
    clock.pass_time("2 hours")
    caf.get(f"/v1/files/{file}").expect(410, "erased")
    wait_until(lambda: file_keys(platform, file) == 0, 60, "its key is destroyed")
    caf.get(told.path).expect(200)

    clock.pass_time("70 days 22 hours")
    helper.get(closed.path).expect(200)
    assert request_keys(platform, closed.id) == 1
    clock.pass_time("2 hours")
    wait_until(lambda: request_keys(platform, closed.id) == 0, 60, "its key is destroyed")
    wait_until(lambda: contents(platform, closed.id) == 0, 60, "its contents are gone")
    helper.get(closed.path).expect(410, "erased")
    assert helper.get(told.path).status == 200, "what is not closed stays"


@pytest.mark.parametrize("jump", ["90 days", "-90 days", "1 year"])
def test_T_TTL_04_a_clock_that_jumps_ends_nothing(days, jump):
    platform, clock = days
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    told, file = with_file(helper, platform)
    closed, closed_file = with_file(helper, platform)
    close(helper, closed)
    processed = story.create(helper)
    caf.post(f"{processed.path}:markProcessed", {"groupId": people.CAF95}).expect(200)
    draft = helper.post("/v1/drafts", {"groupId": people.FS95}).expect(201).json()["id"]
    caf.put(f"{told.path}/draft", {"text": "À moitié écrit"}).expect(200)
    revoked = story.create(helper)
    proofs = platform.sql("requests", "SELECT count(*) FROM erasure_proof")[0][0]

    def paused() -> bool:
        return 'aplus_clock_jumped{database="requests"} 1' in platform.metrics("requests") and \
            "aplus_requests_erasure_paused 1" in platform.metrics("requests") and \
            any(line.endswith(" 1") for line in platform.metrics("files").splitlines() if "erasure_paused" in line and line[0] != "#")

    clock.jump(jump)
    wait_until(paused, 60, "both guards have tripped")
    # What a person asks for goes on; nothing else does.
    helper.post(f"{revoked.path}:revokeMandate").expect(200)
    wait_until(lambda: request_keys(platform, revoked.id) == 0, 60, "the revoked one is erased")
    clock.set_right()
    assert paused(), "until somebody has looked at it"
    wait_until(lambda: platform.sql("requests", "SELECT count(*) FROM erasure_proof")[0][0] == proofs + 1, 30, "its proof")
    for request in (told, closed, processed):
        assert request_keys(platform, request.id) == 1 and contents(platform, request.id) > 0
        helper.get(request.path).expect(200)
    for one in (file, closed_file):
        assert file_keys(platform, one) == 1
        helper.get(f"/v1/files/{one}").expect(200)
    assert story.state_of(helper, processed) == "REQUEST_STATE_PROCESSED", "no end by a wrong clock (P35)"
    helper.get(f"/v1/drafts/{draft}").expect(200)
    assert caf.get(f"{told.path}/draft").expect(200).json()["text"] == "À moitié écrit"
    # Released by starting again: what is due then is erased.
    for service in ("requests", "files"):
        platform.restart(service)
    platform.wait_ready()
    wait_until(lambda: not paused(), 60, "the guards are released")


@pytest.mark.long
def test_T_TTL_01_120_days_with_2000_requests_and_4000_files(days, rng):
    """Three days at a time, some sixty requests with two files each, closed after some days."""
    platform, clock = days
    helper, caf = platform.login(people.HELPER), platform.login(people.CAF)
    files: dict[str, int] = {}
    closed: dict[str, int] = {}
    to_close: dict[str, int] = {}
    for day in range(0, 120, STEP):
        if day < 102:
            for _ in range(20 * STEP):
                told, file = with_file(helper, platform)
                second = caf.upload(f"{told.path}/files", samples.pdf("Réponse"), "reponse.pdf", samples.PDF).expect(201)
                story.say(caf, told, "Ci-joint.", fileIds=[second.json()["id"]])
                files[file] = files[second.json()["id"]] = day
                to_close[told.id] = day + rng.randrange(0, 20)
        for request in [one for one, when in to_close.items() if when <= day]:
            helper.post(f"/v1/requests/{request}:close", {"usefulness": "USEFULNESS_GOOD"}).expect(200)
            closed[request] = day
            del to_close[request]
        clock.pass_time(f"{STEP} days")
        now = day + STEP
        over = [file for file, since in files.items() if now - since >= 15]
        for file in rng.sample(over, min(5, len(over))):
            helper.get(f"/v1/files/{file}").expect(410)
        wait_until(lambda over=over: platform.sql("keystore", "SELECT count(*) FROM file_key WHERE file_id = ANY (%s::uuid[])",
                                                  over) == [(0,)], 120, f"keys of day {now}")
        young = [file for file, since in files.items() if now - since <= 13]
        assert platform.sql("keystore", "SELECT count(*) FROM file_key WHERE file_id = ANY (%s::uuid[])", young) == [(len(young),)]
        gone = [request for request, since in closed.items() if now - since >= 86]
        wait_until(lambda gone=gone: platform.sql("keystore", "SELECT count(*) FROM request_key WHERE request_id = ANY (%s::uuid[])",
                                                  gone) == [(0,)], 120, f"requests of day {now}")
        for table in ("request_content", "message_content", "file_content", "search_entry"):
            assert platform.sql("requests", f"SELECT count(*) FROM {table} WHERE request_id = ANY (%s::uuid[])", gone) == [(0,)]
        kept = [request for request, since in closed.items() if now - since <= 84]
        assert platform.sql("requests", "SELECT count(*) FROM request_content WHERE request_id = ANY (%s::uuid[])", kept) \
            == [(len(kept),)]
    assert gone and kept and len(files) > 4000
