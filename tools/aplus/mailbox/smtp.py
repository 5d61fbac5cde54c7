"""The SMTP side, on aiosmtpd: stores what arrives and commits the faults it was told to."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from aplus.mailbox.faults import Fault, Faults
from aplus.mailbox.store import Store

_MAX_MAIL = 25 * 1024 * 1024


class Server(SMTP):
    """One connection."""

    def __init__(self, store: Store, faults: Faults) -> None:
        super().__init__(_Handler(store, faults), hostname="mailbox.aplus.test", ident="aplus mailbox",
                         data_size_limit=_MAX_MAIL, enable_SMTPUTF8=True, decode_data=False)
        self._faults = faults

    async def _handle_client(self) -> None:
        fault = self._faults.take("connect")
        if fault is not None and not await self.commit(fault):
            self.transport.close()
            return
        await super()._handle_client()

    async def commit(self, fault: Fault) -> bool:
        """Answers whether the conversation goes on as if nothing were."""
        if fault.mode == "delay":
            await asyncio.sleep(fault.seconds)
            return True
        if fault.mode == "drop":
            self.transport.abort()
            return False
        await self.push(f"{fault.code} {_explain(fault)}")
        return False

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        fault = self._faults.take("data", self.envelope.rcpt_tos if self.envelope else [])
        if fault is not None and not await self.commit(fault):
            return
        await super().smtp_DATA(arg)


class _Handler:
    """aiosmtpd's hooks; what they answer goes to the sender."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def handle_MAIL(self, server: Server, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        refusal = await self._refusal(server, "mail", [])
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(self, server: Server, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        refusal = await self._refusal(server, "rcpt", [address])
        if refusal is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        fault = self._faults.take("dot", envelope.rcpt_tos)
        if fault is None or fault.mode == "delay" or fault.keep:
            # On a thread: the folder may be slow, and other connections go on meanwhile.
            await asyncio.get_running_loop().run_in_executor(None, self._keep, envelope)
        if fault is None:
            return "250 OK"
        if fault.mode == "delay":
            await asyncio.sleep(fault.seconds)
            return "250 OK"
        if fault.mode == "drop":
            server.transport.abort()
            return "421 dropped"
        return f"{fault.code} {_explain(fault)}"

    async def handle_exception(self, error: Exception) -> str:
        return f"451 mailbox error: {type(error).__name__}"

    async def _refusal(self, server: Server, stage: str, recipients: list[str]) -> str | None:
        fault = self._faults.take(stage, recipients)
        if fault is None:
            return None
        if fault.mode == "delay":
            await asyncio.sleep(fault.seconds)
            return None
        if fault.mode == "drop":
            server.transport.abort()
            return "421 dropped"
        return f"{fault.code} {_explain(fault)}"

    def _keep(self, envelope: Any) -> None:
        self._store.add(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")


def _explain(fault: Fault) -> str:
    if fault.code == 421:
        return "4.3.2 closing, as told for a test"
    return f"{fault.code // 100}.7.1 refused, as told for a test"
