"""The mailbox process: both sides until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from pathlib import Path

from aplus.mailbox import smtp, web
from aplus.mailbox.faults import Faults
from aplus.mailbox.store import Store


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="aplus mailbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    store, faults = Store(options.folder), Faults()
    pages = web.Server(("127.0.0.1", options.http_port), store, faults)
    # The SMTP side listens before the page answers, so that an answer of the page means both work.
    asyncio.run(_serve(options.smtp_port, pages, store, faults))
    return 0


async def _serve(port: int, pages: web.Server, store: Store, faults: Faults) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await loop.create_server(lambda: smtp.Server(store, faults), "127.0.0.1", port)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    await stopping.wait()
    server.close()
    pages.shutdown()
    pages.server_close()
