"""A real browser that a test drives: clicks, keys and scripts on a page, over Chromium's own pipe
(`--remote-debugging-pipe`), so that nothing but the browser is needed."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import find_browser

_KEYS = {"Escape": 27, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "Tab": 9}


class DrivenPage:
    """A page that is open in a browser. `complaints` are errors and warnings that it has caused."""

    def __init__(self, into: int, out_of: int) -> None:
        self._into, self._out_of = into, out_of
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.complaints: list[str] = []

    def open(self, page: Path, width: int, height: int) -> None:
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self._send("Page.navigate", url=page.resolve().as_uri())
        self.wait_for("document.readyState === 'complete' && location.protocol === 'file:'")

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        result = self._send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression on the page is true, for ten seconds at most."""
        end = time.monotonic() + 10
        while not self.run(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a person would."""
        place = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._send(
                "Input.dispatchMouseEvent",
                type=kind, x=place[0], y=place[1], button="left", clickCount=1,
            )  # fmt: skip

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self._send(
                "Input.dispatchKeyEvent",
                type=kind, key=key, code=key, windowsVirtualKeyCode=_KEYS[key], **text,
            )  # fmt: skip

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save what can be seen, or the whole page, as PNG."""
        data = self._send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self._send("Browser.close")

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._out_of, 1 << 20)
            assert part, "the browser ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        elif event["method"] == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif event["method"] == "Runtime.consoleAPICalled":
            self.complaints.append(str(told["args"]))


@contextlib.contextmanager
def driven(page: Path, scratch: Path, width: int = 1200, height: int = 900) -> Iterator[DrivenPage]:
    """Open a page in a window of a size in CSS pixels; those of phones are below 600 wide."""
    command = [
        find_browser(), "--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
        f"--user-data-dir={scratch / 'driven'}", "--host-resolver-rules=MAP * ~NOTFOUND",
    ]  # fmt: skip
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium refuses to run as root with it
    theirs_in, into = os.pipe()
    out_of, theirs_out = os.pipe()
    # Away from 3 and 4, which is where the browser looks for its pipes.
    high_in, high_out = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out))

    def place_pipes() -> None:
        os.dup2(high_in, 3)
        os.dup2(high_out, 4)

    browser = subprocess.Popen(
        command,
        pass_fds=(3, 4),
        preexec_fn=place_pipes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (theirs_in, theirs_out, high_in, high_out):
        os.close(end)
    opened = DrivenPage(into, out_of)
    try:
        opened.open(page, width, height)
        yield opened
        opened.close()
    finally:
        browser.kill() if browser.poll() is None else None
        browser.wait(timeout=30)
        os.close(into)
        os.close(out_of)
