"""The process that decodes films for `FilmWorkers`: it reads requests, and answers each.

It imports what reading films takes, and no more, so that it starts quickly.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import Film, ReadLimits
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import contents, read_image
from pneumoscope.imaging.stripped.film import strip_film
from pneumoscope.imaging.thumbnails import small_values, thumbnail
from pneumoscope.imaging.values import read_values
from pneumoscope.inference.messages import receive, send

resource: ModuleType | None
try:
    import resource
except ImportError:  # on Windows
    resource = None

_MAX_HEADER = 2**20


@dataclass(frozen=True)
class _Limits:
    """What a film may claim, and how many bytes may come of it."""

    reading: ReadLimits
    output: int


Told = dict[str, Any]
Parts = list[bytes | memoryview]


def main() -> None:
    """Answer requests from standard input until it ends."""
    # Ctrl-C, and SIGTERM from what runs services, come to all processes at once. Whoever asks may
    # have to finish first; this ends with it, at the end of its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    requests = sys.stdin.buffer
    # What decoders print must not get among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    settings, _ = receive(requests, _MAX_HEADER, 0)
    limits = _Limits(ReadLimits(**settings["read_limits"]), settings["output"])
    memory, seconds, films = settings["memory"], settings["seconds"], settings["films"]
    _limit_memory(memory)
    send(answers, {})
    # What decoders say of a file may hold what stands in it, and is for no log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.dup2(2, 1)
    for number in range(1, films + 1):
        try:
            request, data = receive(requests, _MAX_HEADER, limits.reading.max_bytes)
        except EOFError:
            return
        _limit_seconds(seconds)
        for answer, parts, more in _answers(request, data, limits):
            last = not more and (number == films or _has_grown(memory))
            last |= "out_of_memory" in answer
            send(answers, answer | {"last": last}, *parts)
            _limit_seconds(seconds)


def _answers(request: Told, data: bytes, limits: _Limits) -> Iterator[tuple[Told, Parts, bool]]:
    """What was asked for of a film, or why there is none, and whether more follows: where that is
    asked for too, a copy of its file. The film is answered for before anything can go wrong with
    the copy."""

    def film() -> tuple[Told, Parts]:
        nonlocal data
        if request["path"] is not None:
            data = contents(request["path"], request["name"], limits.reading)
        return _TASKS[request["task"]](data, request, limits)

    answer, parts = _attempt(film)
    more = bool(parts and request.get("copy"))
    yield answer, parts, more
    if more:
        yield *_attempt(lambda: _copy(data, request, limits)), False


def _attempt(task: Callable[[], tuple[Told, Parts]]) -> tuple[Told, Parts]:
    """What comes of a task, or why nothing does."""
    try:
        told, parts = task()
    except (ImageReadError, MemoryError) as error:
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
            return {"out_of_memory": True}, []
        _, reason, hint = error.__reduce__()[1]
        return {"reason": reason, "hint": hint}, []
    except Exception as error:  # a defect, of the installation or of ours, and no verdict
        return {"failed": _told_of_defect(error)}, []
    return told | {"parts": [len(part) for part in parts]}, parts


def _told_of_defect(error: Exception) -> str:
    """What kind of error it is, and where it was raised. Only what an `ImportError` says comes
    along: others may repeat what stands in the film."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = f": {error}" if isinstance(error, ImportError) else ""
    return f"{type(error).__name__}{words} ({Path(place.filename).name}:{place.lineno})"


def _read(data: bytes, request: Told, limits: _Limits) -> tuple[Told, Parts]:
    film = _film(data, request, limits, request["target"])
    return _told(film, film.pixels), [_bytes(film.pixels)]


def _prepare(data: bytes, request: Told, limits: _Limits) -> tuple[Told, Parts]:
    """The film as the network will see it."""
    config = PreprocessConfig(**request["preprocess"])
    begin = time.perf_counter()
    film = _film(data, request, limits, config.size)
    read = time.perf_counter()
    pixels = preprocess(film.pixels, config)
    timings = {"read": 1000 * (read - begin), "preprocess": 1000 * (time.perf_counter() - read)}
    return _told(film, pixels) | {"timings": timings}, [_bytes(pixels)]


def _copy(data: bytes, request: Told, limits: _Limits) -> tuple[Told, Parts]:
    copy = strip_film(data, request["name"], limits=limits.reading, max_bytes=limits.output)
    return {"note": copy.note}, [copy.data]


def _picture(data: bytes, request: Told, limits: _Limits) -> tuple[Told, Parts]:
    size = request["size"]
    pixels = thumbnail(_film(data, request, limits, size).pixels, size)
    return {"pixels": pixels.shape}, [_bytes(pixels)]


def _values(data: bytes, request: Told, limits: _Limits) -> tuple[Told, Parts]:
    film = read_values(data, limits=limits.reading, name=request["name"])
    size, values = request["size"], film.values
    if size is not None:
        values = small_values(values, size, film.hidden)
    told = {
        "tags": vars(film.tags),
        "shape": film.values.shape,
        "pixels": values.shape,
        "slope": film.slope,
        "intercept": film.intercept,
        "inverse": film.inverse,
        "hidden": film.hidden,
        "windows": [dataclasses.astuple(window) for window in film.windows],
        "pixel_spacing": film.pixel_spacing,
    }
    return told, [_bytes(values), _bytes(film.levels)]


_TASKS = {
    "read": _read,
    "prepare": _prepare,
    "picture": _picture,
    "values": _values,
}


def _film(data: bytes, request: Told, limits: _Limits, target: int | None) -> Film:
    return read_image(data, target=target, limits=limits.reading, name=request["name"])


def _told(film: Film, pixels: NDArray[np.uint8]) -> Told:
    return {"tags": vars(film.tags), "shape": film.shape, "pixels": pixels.shape}


def _bytes(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).data.cast("B")


def _limit_memory(size: int) -> None:
    """Let this process have no more than `size` bytes of its own, where the system knows such a
    limit."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Not the address space: libraries and threads reserve much of it that they never use.
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _limit_seconds(seconds: float) -> None:
    """End this process should the next film keep it busy when nobody waits for it any more."""
    if resource is None:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + 2 * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


def _has_grown(size: int) -> bool:
    """Whether this process once took more than half of its memory, and may keep some of it."""
    return _peak() > size / 2


def _peak() -> int:
    """The most memory that this process has held, in bytes; 0 where that is not known."""
    if sys.platform == "linux":
        # What getrusage tells begins with the peak of the process that started this one.
        with open("/proc/self/status", "rb", buffering=0) as status:  # noqa: PTH123 - a film waits
            told = re.search(rb"^VmHWM:\s*(\d+) kB", status.read(), re.MULTILINE)
        return int(told[1]) * 1024 if told else 0
    if resource is None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


if __name__ == "__main__":
    # The command that asked may have been killed.
    with contextlib.suppress(BrokenPipeError):
        main()
