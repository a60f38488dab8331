"""A Chromium that runs scripts in its page and is otherwise left alone.

Playwright has browsers keep what they were sent, for tests to look at; memory grows by that.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 30.0
_PORT_FILE = "DevToolsActivePort"  # where Chromium writes which port it took


class Page:
    """The page that is open, and `process_id` of its browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, process_id: int) -> None:
        self.process_id = process_id
        self._socket = socket
        self._numbers = itertools.count(1)

    async def run(self, script: str) -> Any:
        """What a script comes to, when it is done. Raises `RuntimeError` for what it throws."""
        told = await self._ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script comes to something that is true."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(RuntimeError):  # the page is still on its way
                    if await self.run(script):
                        return
                await asyncio.sleep(0.1)

    async def collect_garbage(self) -> None:
        """Have the page give back what nothing holds any more."""
        await self._ask("HeapProfiler.collectGarbage")

    async def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while (answer := await self._socket.receive_json()).get("id") != number:
            pass
        if "result" not in answer:  # the page went away meanwhile
            raise RuntimeError(str(answer.get("error")))
        return dict(answer["result"])


@asynccontextmanager
async def page_at(
    browser: str, url: str, size: tuple[int, int], options: tuple[str, ...] = ()
) -> AsyncIterator[Page]:
    """A page of a browser of its own, whose windows have a size."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [browser, "--headless=new", "--remote-debugging-port=0", *options]
        command += [f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", url]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client:
                address = await _address(client, Path(profile) / _PORT_FILE, url)
            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(address, max_msg_size=0) as socket,
            ):
                yield Page(socket, process.pid)
        finally:
            process.terminate()
            process.wait()


async def _address(client: aiohttp.ClientSession, port_file: Path, url: str) -> str:
    """Where the page that shows `url` is asked, once it is there."""
    while True:
        if port_file.exists() and (port := port_file.read_text().split("\n")[0]):
            async with client.get(f"http://127.0.0.1:{port}/json") as answer:
                for tab in await answer.json():
                    if tab["url"].startswith(url):
                        return str(tab["webSocketDebuggerUrl"])
        await asyncio.sleep(0.05)
