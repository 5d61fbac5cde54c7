"""What services tell each other of their trails (A14): auth alone may ask, and for an administrator only."""

from __future__ import annotations

import json

import grpc
import pytest

from aplus.configuration import AUDITED
from support import people
from support.rpc import reason_of

AUDIT = "aplus/audit/v1/audit_log.proto"


@pytest.mark.parametrize("service", AUDITED)
def test_A14_a_trail_is_shown_to_auth_for_an_administrator_only(platform, service):
    def search(email: str, certificate: str):
        return platform.rpc.call(service, AUDIT, "AuditLog.Search", {"limit": 5}, certificate=certificate,
                                 token=platform.identities.token(email) if email else None)

    for entry in search(people.ADMINISTRATOR, "auth").entries:
        assert entry.service == service and entry.operation
    for email, certificate in [(people.HELPER, "auth"), (people.HELPER_MANAGER, "auth"), (people.EXPERT, "auth"), ("", "auth"),
                               (people.ADMINISTRATOR, "gateway"), (people.ADMINISTRATOR, "notifications")]:
        with pytest.raises(grpc.RpcError) as refused:
            search(email, certificate)
        assert reason_of(refused.value) in ("forbidden", "unauthenticated"), (email, certificate)


@pytest.mark.parametrize("service", AUDITED)
def test_P90_a_signed_head_is_told_to_notifications_only(platform, service):
    answer = platform.rpc.call(service, AUDIT, "AuditLog.GetHead", {}, certificate="notifications")
    if answer.head:
        assert json.loads(answer.head)["chain"] == service
    with pytest.raises(grpc.RpcError) as refused:
        platform.rpc.call(service, AUDIT, "AuditLog.GetHead", {}, certificate="gateway")
    assert reason_of(refused.value) == "forbidden"
