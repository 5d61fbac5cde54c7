"""An account deactivated for two years is made anonymous (P53): its id stays, nothing that says whose it was does."""

from __future__ import annotations

import uuid

import pytest

from support import people
from support.waiting import wait_until

SETTINGS = {"auth": {"upkeep_seconds": 1}}


@pytest.fixture(scope="module")
def quick(platforms):
    return platforms.get(SETTINGS)


def made(platform, gone: str) -> str:
    """An account that has been deactivated for so long, with everything that can hang on one."""
    user, name = str(uuid.uuid4()), uuid.uuid4().hex
    platform.sql("auth", "INSERT INTO account (id, email, email_key, first_name, last_name, function, phone, active, deactivated_at) "
                         "VALUES (%s, %s, %s, 'Prénomtémoin', 'Nomtémoin', 'Conseillère', '0612345678', false, "
                         "clock_timestamp() - %s::interval)", user, f"{name}@fs95.test", f"{name}@fs95.test", gone)
    platform.sql("auth", "INSERT INTO membership (user_id, group_id, helper, instructor, manager) VALUES (%s, %s, true, false, false)",
                 user, people.FS95)
    platform.sql("auth", "INSERT INTO terms_acceptance (user_id, version) VALUES (%s, 1)", user)
    platform.sql("auth", "INSERT INTO provider_identity (issuer, subject, user_id) VALUES ('https://oidc.test', %s, %s)", name, user)
    return user


def test_P53_a_long_gone_account_is_anonymous_and_a_younger_one_is_not(quick):
    gone, young = made(quick, "731 days"), made(quick, "729 days")
    wait_until(lambda: quick.sql("auth", "SELECT anonymised_at IS NOT NULL FROM account WHERE id = %s", gone) == [(True,)], 30,
               "made anonymous")
    row = quick.sql("auth", "SELECT a::text FROM account AS a WHERE id = %s", gone)[0][0]
    for word in ("témoin", "Conseillère", "0612345678", "fs95.test"):
        assert word not in row
    assert gone in row, "the id stays"
    for table in ("membership", "terms_acceptance", "provider_identity"):
        assert quick.sql("auth", f"SELECT count(*) FROM {table} WHERE user_id = %s", gone) == [(0,)], table
        assert quick.sql("auth", f"SELECT count(*) FROM {table} WHERE user_id = %s", young) == [(1,)], table
    assert quick.sql("auth", "SELECT last_name FROM account WHERE id = %s", young) == [("Nomtémoin",)]
    assert ("anonymise",) in quick.sql("auth", "SELECT operation FROM audit_entry WHERE object_id = %s", gone)
