"""What the SMTP side does wrong on purpose, for tests. Safe from any thread."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass

STAGES = ("connect", "mail", "rcpt", "data", "dot")
MODES = ("none", "refuse", "tempfail", "delay", "drop")
_DEFAULT_CODE = {"refuse": 550, "tempfail": 451}


@dataclass
class Fault:
    """`refuse` and `tempfail` answer `code`; `delay` waits `seconds` and goes on; `drop` closes the connection.

    At stage `dot` the mail has arrived: with `keep` it is stored although the sender is told otherwise, as when a
    relay dies between taking a mail and saying so. `count`: how often it happens, 0: until told otherwise. `to`:
    only for mails to this address (stages rcpt and later).
    """

    mode: str
    stage: str = "rcpt"
    code: int = 0
    seconds: float = 0.0
    count: int = 0
    to: str = ""
    keep: bool = False


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._happened = 0

    def set(self, wanted: list[dict]) -> None:
        """Replaces all faults. ValueError says what is wrong with one."""
        faults = []
        for row in wanted:
            unknown = set(row) - set(Fault.__dataclass_fields__)
            if unknown:
                raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
            fault = Fault(**row)
            if fault.mode not in MODES:
                raise ValueError(f"mode is one of {', '.join(MODES)}")
            if fault.stage not in STAGES:
                raise ValueError(f"stage is one of {', '.join(STAGES)}")
            if fault.mode == "none":
                continue
            fault.code = fault.code or _DEFAULT_CODE.get(fault.mode, 0)
            if fault.code and not 400 <= fault.code <= 599:
                raise ValueError("code is between 400 and 599")
            if fault.to and fault.stage in ("connect", "mail"):
                raise ValueError("before RCPT nobody knows whom the mail is to")
            faults.append(fault)
        with self._lock:
            self._faults = faults
            self._happened = 0

    def take(self, stage: str, recipients: list[str] | None = None) -> Fault | None:
        """The fault to commit now, counted."""
        addresses = {address.lower() for address in recipients or ()}
        with self._lock:
            for fault in self._faults:
                if fault.stage != stage or (fault.to and fault.to.lower() not in addresses):
                    continue
                if fault.count:
                    fault.count -= 1
                    if fault.count == 0:
                        self._faults.remove(fault)
                self._happened += 1
                return fault
            return None

    def describe(self) -> dict:
        with self._lock:
            return {"faults": [asdict(fault) for fault in self._faults], "happened": self._happened}
