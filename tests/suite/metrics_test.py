"""What operators are told to watch is there, in every process."""

import pytest
from support.waiting import wait_until

_REDIS = ["aplus_redis_connected 1"]
_LOG = ["aplus_events_position "]
_TRAIL = ["aplus_audit_failures_total "]

SHOWN = {
    "gateway": _REDIS,
    "auth": ['aplus_database_connections{database="auth"} ', *_REDIS, *_LOG, *_TRAIL],
    "requests": ['aplus_database_connections{database="requests"} ', 'aplus_database_connections{database="keystore"} ',
                 'aplus_consumer_parked_total{consumer="auth"} 0', *_REDIS, *_LOG, *_TRAIL],
    "files": ['aplus_database_connections{database="files"} ', 'aplus_database_connections{database="keystore"} ',
              'aplus_consumer_parked_total{consumer="erased-requests"} 0', *_REDIS, *_LOG, *_TRAIL],
    "notifications": ['aplus_database_connections{database="notifications"} ', *_REDIS, *_TRAIL,
                      'aplus_consumer_parked_total{consumer="notifications.auth"} 0',
                      'aplus_consumer_parked_total{consumer="notifications.requests"} 0'],
    "stats": ['aplus_database_connections{database="stats"} ', *_REDIS,
              'aplus_consumer_parked_total{consumer="stats.auth"} 0',
              'aplus_consumer_parked_total{consumer="stats.requests"} 0'],
}


@pytest.mark.parametrize("process", SHOWN)
def test_figures_are_shown(platform, process):
    def missing() -> list[str]:
        lines = platform.metrics(process).splitlines()
        return [start for start in SHOWN[process] if not any(line.startswith(start) for line in lines)]

    # A process that has just started may still be on its way to Redis.
    wait_until(lambda: not missing(), 15, f"{process} to show all: without {missing()}")
