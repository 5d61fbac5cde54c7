"""Figures as the service answers them: live, scoped, rebuildable, and silent about what is private (P80–P82)."""

from __future__ import annotations

import time
from typing import Any

import grpc
import pytest

from support import people
from support.lives import CANARY, Lives
from support.waiting import wait_until

STATS = "aplus/stats/v1/stats.proto"


def summary(platform, email: str, **fields: Any) -> Any:
    return platform.rpc.call("stats", STATS, "Stats.GetSummary", fields, token=platform.identities.token(email))


def refused(platform, email: str, **fields: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as error:
        summary(platform, email, **fields)
    return error.value.code()


def states(answer: Any) -> dict[str, int]:
    return {line.state: line.count for line in answer.states}


def figures(answer: Any) -> bytes:
    """Everything but the moment until which it is complete."""
    answer.ClearField("as_of")
    return answer.SerializeToString(deterministic=True)


def facts(platform) -> list[tuple]:
    return platform.sql("stats", "SELECT t FROM (SELECT request_fact::text t FROM request_fact UNION ALL SELECT request_group::text"
                                 " FROM request_group UNION ALL SELECT group_fact::text FROM group_fact UNION ALL SELECT"
                                 " membership_fact::text FROM membership_fact UNION ALL SELECT active_day::text FROM active_day)"
                                 " x ORDER BY t")


def consumed(platform) -> bool:
    for source in ("auth", "requests"):
        told = platform.sql(source, "SELECT COALESCE(max(position), 0) FROM event_position")[0][0]
        left = platform.sql(source, "SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT FROM event_position p "
                                    "WHERE p.event_id = e.id)")[0][0]
        read = platform.sql("stats", "SELECT position FROM event_cursor WHERE consumer = %s", f"stats.{source}")
        if left or not read or read[0][0] < told:
            return False
    return True


def test_P80_P82_a_change_shows_within_five_seconds(platform):
    lives = Lives(platform)
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    before = summary(platform, people.CPAM)
    made = lives.create([people.CPAM95])
    start = time.monotonic()
    wait_until(lambda: summary(platform, people.CPAM).created == before.created + 1, what="the new request to be counted")
    assert time.monotonic() - start < 5
    lives.act(people.CPAM, "TakeCharge", made.id, group_id=people.CPAM95)
    lives.act(people.CPAM, "MarkProcessed", made.id, group_id=people.CPAM95)
    start = time.monotonic()
    wait_until(lambda: summary(platform, people.CPAM).solved_in_7_days.count == before.solved_in_7_days.count + 1,
               what="the solved request to be counted")
    assert time.monotonic() - start < 5
    lives.act(people.HELPER, "Close", made.id, usefulness=1)
    after = wait_until(lambda: (answer := summary(platform, people.CPAM)).useful_good == before.useful_good + 1 and answer,
                       what="the usefulness to be counted")
    assert states(after)["CLOSED"] == states(before)["CLOSED"] + 1
    assert after.taken_in_charge_in_3_working_days.count == before.taken_in_charge_in_3_working_days.count + 1
    # Too young for the share, which counts requests of a week ago.
    assert after.solved_in_7_days.base == before.solved_in_7_days.base
    assert after.first_answer.count == before.first_answer.count + 1
    assert after.active_users >= 1
    assert after.HasField("as_of")


def test_P80_back_in_progress_is_not_solved(platform):
    lives = Lives(platform)
    made = lives.create([people.CAF95])
    lives.act(people.CAF, "MarkProcessed", made.id, group_id=people.CAF95)
    wait_until(lambda: platform.sql("stats", "SELECT 1 FROM request_fact WHERE request_id = %s AND processed_at IS NOT NULL",
                                    made.id), what="the request to be solved")
    lives.write(people.HELPER, made.id)
    wait_until(lambda: platform.sql("stats", "SELECT 1 FROM request_fact WHERE request_id = %s AND processed_at IS NULL AND "
                                             "state = 2", made.id), what="the request to be back in progress")


def test_P28_a_private_message_moves_no_figure(platform):
    lives = Lives(platform)
    made = lives.create([people.CAF95, people.CPAM95])
    lives.write(people.CAF, made.id)
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    before = {email: figures(summary(platform, email)) for email in (people.HELPER, people.CAF, people.ADMINISTRATOR)}
    row = platform.sql("stats", "SELECT request_fact::text FROM request_fact WHERE request_id = %s", made.id)
    lives.write(people.CPAM, made.id, private=True)
    wait_until(lambda: consumed(platform), what="the private message to be consumed")
    assert platform.sql("stats", "SELECT request_fact::text FROM request_fact WHERE request_id = %s", made.id) == row
    for email, was in before.items():
        assert figures(summary(platform, email)) == was, email


def test_P81_everybody_sees_his_own_scope(platform):
    lives = Lives(platform)
    lives.create([people.CAF95])
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    everything = summary(platform, people.ADMINISTRATOR)
    mine = summary(platform, people.CAF)
    assert 0 < mine.created <= everything.created
    assert summary(platform, people.CAF, group_id=people.CAF95).created == mine.created
    assert summary(platform, people.ADMINISTRATOR, group_id=people.CAF95).created == mine.created
    # Managers see theirs; other groups are not found, like groups that do not exist.
    assert summary(platform, people.MANAGER_ONLY, group_id=people.CPAM95).created >= 0
    nobody = "00000000-0000-7000-8000-000000000000"
    for email in (people.CAF, people.MANAGER_ONLY, people.HELPER):
        assert refused(platform, email, group_id=people.group_of("caf", "62")) == grpc.StatusCode.NOT_FOUND
        assert refused(platform, email, group_id=nobody) == grpc.StatusCode.NOT_FOUND
        assert refused(platform, email, organisation_id="msa") == grpc.StatusCode.NOT_FOUND
    assert refused(platform, people.EXPERT) == grpc.StatusCode.PERMISSION_DENIED
    assert refused(platform, people.EXPERT, group_id=people.CAF95) == grpc.StatusCode.PERMISSION_DENIED


def test_P81_an_observer_sees_what_he_was_given(platform):
    observed = people.USERS[people.OBSERVER].get("observed", {})
    lives = Lives(platform)
    lives.create([people.CAF95])
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    if "95" in observed.get("area_ids", []) or "caf" in observed.get("organisation_ids", []):
        assert summary(platform, people.OBSERVER).created > 0
    elif not observed.get("area_ids") and not observed.get("organisation_ids"):
        assert refused(platform, people.OBSERVER) == grpc.StatusCode.PERMISSION_DENIED
    else:
        summary(platform, people.OBSERVER)


def test_P80_periods_are_checked(platform):
    answer = summary(platform, people.CAF)
    assert (answer.to, answer.HasField("as_of")) != ("", False)
    day = summary(platform, people.CAF, **{"from": "2020-01-01", "to": "2020-01-31"})
    assert (getattr(day, "from"), day.to, day.created) == ("2020-01-01", "2020-01-31", 0)
    for wrong in ({"from": "2026-02-30"}, {"to": "hier"}, {"from": "2026-02-02", "to": "2026-02-01"},
                  {"from": "1900-01-01", "to": "2026-01-01"}):
        assert refused(platform, people.CAF, **wrong) == grpc.StatusCode.INVALID_ARGUMENT, wrong


def test_P82_rebuilding_gives_the_same_figures(platform):
    lives = Lives(platform)
    made = lives.create([people.CAF95])
    lives.act(people.CAF, "TakeCharge", made.id, group_id=people.CAF95)
    lives.act(people.CAF, "Decline", made.id, group_id=people.CAF95)
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    before, was = facts(platform), figures(summary(platform, people.ADMINISTRATOR))
    # While the service runs: its consumers take over from the beginning.
    platform.local.run_command("stats", "--rebuild")
    wait_until(lambda: consumed(platform) and facts(platform) == before, seconds=60, what="the figures to be built anew")
    assert figures(summary(platform, people.ADMINISTRATOR)) == was
    # And once more, with the process away in between.
    platform.stop("stats")
    platform.local.run_command("stats", "--rebuild")
    assert facts(platform) == []
    platform.start("stats")
    wait_until(lambda: consumed(platform) and facts(platform) == before, seconds=60, what="the figures to be built anew")


def test_T_AZ_05_nothing_personal_reaches_the_figures(platform):
    Lives(platform).create([people.CAF95])
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    for (row,) in facts(platform):
        assert CANARY not in row and "@" not in row
    assert CANARY not in platform.log_text("stats")


def test_P82_kills_count_nothing_twice(platform, rng):
    lives = Lives(platform)
    wait_until(lambda: consumed(platform), what="the figures to be complete")
    before = summary(platform, people.CAF)
    for _ in range(5):
        made = lives.create([people.CAF95])
        for _ in range(rng.randrange(1, 4)):
            lives.write(people.CAF, made.id)
        platform.kill("stats")
        platform.start("stats")
    wait_until(lambda: consumed(platform), seconds=30, what="the figures to be complete")
    counted = platform.sql("requests", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.MessagePosted'")[0][0]
    private = platform.sql("requests", "SELECT count(*) FROM event WHERE kind = 'aplus.events.v1.MessagePosted' AND lane = 2")[0][0]
    assert platform.sql("stats", "SELECT sum(messages) FROM request_fact")[0][0] == counted - private
    assert summary(platform, people.CAF).created == before.created + 5
