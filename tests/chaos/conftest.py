import pytest
from witness import Witness

SETTINGS = {
    # An upload whose receiver died may be sent again after this, instead of a minute.
    "files": {"upload_lease_seconds": 3, "upload_sweep_seconds": 1},
    # A second is a minute of the retry schedule; what a dead process claimed is free after ten seconds.
    "notifications": {"mail_retry_unit_ms": 1_000, "mail_lease_seconds": 10, "mail_sending_limit_seconds": 20},
}


@pytest.fixture(scope="session")
def platform(platforms):
    return platforms.get(SETTINGS)


@pytest.fixture
def witness(platform):
    """Works already; to be finished by the test."""
    made = Witness(platform)
    made.start()
    yield made
    made.stopping.set()
    made.join(90)
