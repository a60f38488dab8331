"""Hand damaged requests to a real service, and tell what it does that it should not.

    python fuzz/service.py --cases 5000 --seed 0
    python fuzz/service.py --seconds 3600
    python fuzz/service.py --seed 7 --case 1234     # one case again, with all that is answered

A finding is a status that is none of those that are documented, a whole request without an answer
within 2 s, an answer that is not well-formed, a traceback in the log, a process that ends, a whole
film that is answered otherwise than before, and memory that grows beyond its bound. Ends with
status 1 where there is one. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httptools

HERE = Path(__file__).parent
_TESTS = HERE.parent / "tests"
sys.path[:0] = [str(_TESTS), str(_TESTS / "serving"), str(HERE.parent / "src")]

from targets import TARGETS  # noqa: E402
from uploads import Case, case, request  # noqa: E402

from drawn_films import drawn_film  # noqa: E402
from memory import family, resident_bytes  # noqa: E402
from served import Served, serving  # noqa: E402

MOST_SECONDS = 2.0
MOST_GROWTH = 300 * 2**20
"""Of the process that serves, from when it has answered its first cases."""
MOST_MEMORY = 3 * 2**30
"""Of all processes together: two decode films, and may take more than the others for a moment."""

_TOGETHER = 8  # cases under way at once
_ROUND = 10_000  # cases that one service gets
_CHECK = 500  # cases between looks at memory and at a whole film
_TRIES = 3  # of what is answered too late
_PATIENCE = 0.2  # seconds for an answer to what is no whole request
_MOST_BUSY = 0.01  # of answers may be that there is too much to do
_DOCUMENTED = {100, 200, 204, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 431, 503, 507}
_OPTIONS = ("--model", "phantoms", "--rate", "0", "--timeout", "10")


@dataclass
class Result:
    """How many cases there were, what was answered, and what was found, with its first case."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    slowest: float = 0.0
    memory: int = 0
    growth: int = 0

    def add(self, what: str, where: str) -> None:
        self.counts[what] += 1
        self.first.setdefault(what, where)


class Answers:
    """The answers of a connection as they arrive: `statuses` of those that are whole."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []
        self.fault = ""
        self._parser = httptools.HttpResponseParser(self)
        self._body, self._kind = b"", b""

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.fault = f"an answer that is not well-formed ({error})"

    def on_message_begin(self) -> None:
        self._body, self._kind = b"", b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status == 100:
            return
        self.statuses.append(status)
        self.bodies.append(self._body)
        if b"json" in self._kind:
            try:
                json.loads(self._body)
            except ValueError:
                self.fault = "an answer whose JSON is none"


async def send(served: Served, one: Case) -> tuple[Answers, float]:
    """Send a case; what was answered, and the seconds from its last byte to the last answer."""
    answers = Answers()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        for place, piece in enumerate(one.pieces):
            if place:
                await asyncio.sleep(one.pause)
            with suppress(ConnectionError):
                writer.write(piece)
                await writer.drain()
        begin = time.monotonic()
        patience = 5 * MOST_SECONDS * one.answers or _PATIENCE
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(patience):
                while len(answers.statuses) < max(one.answers, 1) and not answers.fault:
                    if not (data := await reader.read(65_536)):
                        break
                    answers.feed(data)
        return answers, time.monotonic() - begin
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def judge(one: Case, answers: Answers, seconds: float) -> str:
    """What is wrong with the answers to a case; empty where nothing is."""
    if answers.fault:
        return answers.fault
    if unknown := [status for status in answers.statuses if status not in _DOCUMENTED]:
        return f"status {unknown[0]}"
    if not one.answers:
        return ""
    if len(answers.statuses) < one.answers:
        return f"{len(answers.statuses)} answers to {one.answers} whole requests"
    # Forms of other cases may hold as many films as may be under way at once.
    if strange := [status for status in answers.statuses if status not in {503, *one.statuses}]:
        return f"status {strange[0]}, which is wrong here"
    return "no answer within 2 s" if seconds > MOST_SECONDS * one.answers else ""


class Round:
    """Cases for one service, many at a time."""

    def __init__(self, served: Served, seed: int, result: Result) -> None:
        self._served, self._seed, self._result = served, seed, result
        self._films = dict(TARGETS["films"].seeds())
        self._marks = TARGETS["films"].marks
        self._pid = served.process.pid
        self._base = 0
        self._is_warm = False
        self._whole: dict[str, float] | None = None
        self._numbers = iter(range(0))

    async def run(self, first: int, count: int, until: float) -> int:
        """Go through cases from number `first` on; how many there were."""
        await self._check()
        done = 0
        while done < count and time.time() < until and self._served.process.poll() is None:
            step = min(_CHECK, count - done)
            self._numbers = iter(range(first + done, first + done + step))
            await asyncio.gather(*(self._take() for _ in range(_TOGETHER)))
            done += step
            self._result.cases += step
            await self._check()
        return done

    async def _take(self) -> None:
        for number in self._numbers:
            one = case(self._seed, number, self._films, self._marks)
            where = f"{one.description} (case {number} of seed {self._seed})"
            answers, found = await self._found(one)
            self._result.answers.update(answers.statuses)
            if found:
                self._result.add(found, where)
            elif one.pieces[0].startswith(b"POST") and 200 in answers.statuses and not number % 10:
                await self._look(answers.bodies[answers.statuses.index(200)], where)

    async def _found(self, one: Case) -> tuple[Answers, str]:
        """What was answered to a case, and what is wrong with that."""
        for place in range(_TRIES):
            await asyncio.sleep(place)
            try:
                answers, seconds = await send(self._served, one)
            except OSError as error:
                return Answers(), f"no connection: {type(error).__name__}"
            found = judge(one, answers, seconds)
            # The machine may have been busy with something else: what is slow is slow again.
            if "no answer" not in found and "whole requests" not in found:
                break
        if one.answers and not found:
            self._result.slowest = max(self._result.slowest, seconds)
        return answers, found

    async def _look(self, body: bytes, where: str) -> None:
        """What a damaged film leaves behind is asked for in every way, and deleted."""
        document = json.loads(body)
        for film in document.get("films", []) if isinstance(document, dict) else []:
            path = f"/v1/predictions/{film['id']}"
            parts = ("", "/film", "/film?bits=16", "/film?size=100", "/heatmap", "/overlay")
            asked = [("GET", path + part) for part in parts]
            asked += [("GET", "/v1/predictions?limit=5"), ("DELETE", path), ("GET", path)]
            for method, target in asked:
                sent = request(method=method, target=target)
                # Of a copy that cannot be read there is no picture.
                statuses = frozenset({200, 204, 404, 422})
                one = Case(target, [sent], answers=1, statuses=statuses)
                _, found = await self._found(one)
                if found:
                    part = target.removeprefix(path)
                    self._result.add(f"{method} of {part or 'a record'}: {found}", where)

    async def _check(self) -> None:
        """Is a whole film answered as before, and is memory within its bounds?"""
        result, where = self._result, f"after {self._result.cases} cases of seed {self._seed}"
        film = request(drawn_film(5, "jpeg"), "image/jpeg", target="/v1/predictions?prevalence=0.3")
        one = Case("a whole film", [film], answers=1, statuses=frozenset({200}))
        answers, found = await self._found(one)
        if not found and answers.statuses != [200]:
            found = f"status {answers.statuses[0]}"
        if found:
            result.add(f"a whole film: {found}", where)
            return
        probabilities = json.loads(answers.bodies[0])["films"][0]["probabilities"]
        self._whole = self._whole or probabilities
        if probabilities != self._whole:
            result.add("a whole film was answered otherwise than before", where)
        served = resident_bytes(self._pid)
        if self._is_warm and not self._base:
            self._base = served
        self._is_warm = True
        growth = served - self._base if self._base else 0
        together = resident_bytes(self._pid, descendants=True)
        result.growth, result.memory = max(result.growth, growth), max(result.memory, together)
        if growth > MOST_GROWTH:
            result.add(f"more than {MOST_GROWTH / 2**20:.0f} MiB were kept", where)
        if together > MOST_MEMORY:
            result.add(f"more than {MOST_MEMORY / 2**30:.0f} GiB were held", where)


def fuzz(seed: int, cases: int, seconds: float) -> Result:
    """Run cases against one service after another."""
    result, until, done = Result(), time.time() + seconds, 0
    while done < cases and time.time() < until:
        with TemporaryDirectory() as folder:
            with serving(Path(folder), *_OPTIONS, before=["-v"]) as served:
                step = Round(served, seed, result)
                done += asyncio.run(step.run(done, min(_ROUND, cases - done), until))
                processes = family(served.process.pid)
                if served.process.poll() is not None:
                    result.add("the service ended", f"before case {done} of seed {seed}")
            log = served.log()
            if "Traceback" in log or "unexpectedly:" in log:
                found = HERE / "found"
                found.mkdir(exist_ok=True)
                (found / f"service-{seed}-{done}.log").write_text(log)
                result.add("a traceback in the log", f"kept in {found.name}")
            if left := [one for one in processes if Path(f"/proc/{one}").exists()]:
                result.add("processes that outlive the service", f"{len(left)} of them")
        if result.answers[503] > _MOST_BUSY * result.cases + 10:
            result.add("too busy too often", f"{result.answers[503]:,} times")
        print(summary(result), flush=True)
    return result


def summary(result: Result) -> str:
    """What came of it so far."""
    answers = ", ".join(f"{status}: {count:,}" for status, count in sorted(result.answers.items()))
    lines = [
        f"{result.cases:,} cases, {len(result.counts)} findings; answers {answers}; "
        f"slowest {result.slowest:.2f} s; {result.growth / 2**20:.0f} MiB kept, "
        f"{result.memory / 2**20:.0f} MiB held by all processes"
    ]
    for what, count in result.counts.most_common():
        lines.append(f"  {what} ({count} times); first {result.first[what]}")
    return "\n".join(lines)


def again(seed: int, number: int) -> None:
    """One case again, with all that is sent and answered."""
    one = case(seed, number, TARGETS["films"].seeds(), TARGETS["films"].marks)
    with TemporaryDirectory() as folder, serving(Path(folder), *_OPTIONS, before=["-v"]) as served:
        answers, seconds = asyncio.run(send(served, one))
        print(one.description, f"{seconds:.2f} s", answers.statuses, answers.bodies, sep="\n")
        print(judge(one, answers, seconds) or "nothing found")
        print(served.log())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=10**9, help="how many [default: no end]")
    parser.add_argument("--seconds", type=float, default=10**9, help="how long [default: no end]")
    parser.add_argument("--seed", type=int, help="of the generator [default: another every time]")
    parser.add_argument("--case", type=int, help="only this one, once more")
    arguments = parser.parse_args()
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed
    # Who ends this ends the service that it started too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    if arguments.case is not None:
        again(seed, arguments.case)
    elif fuzz(seed, arguments.cases, arguments.seconds).counts:
        sys.exit(1)


if __name__ == "__main__":
    main()
