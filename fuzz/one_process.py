"""The process that damages files of a target and hands them in, until it is over or dies of one.

It prints the number of each case before it begins, and what it found after it.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import signal
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from mutations import mutated
from targets import TARGETS, Target

from pneumoscope.errors import PneumoscopeError

MOST_SECONDS, MOST_MEMORY = 2.0, 10**9
# Beyond these a case is ended, so that the machine goes on.
_LAST_SECONDS, _LAST_MEMORY = 20, 4 * 2**30

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def case(target: Target, name: str, seed: int, number: int) -> tuple[bytes, str, random.Random]:
    """The file of a case, how it came about, and the generator for what is chosen after that."""
    rng = random.Random(f"{name}/{seed}/{number}")
    files = target.seeds()
    kind, other = rng.choice(sorted(files)), rng.choice(sorted(files))
    data, changes = mutated(rng, files[kind], files[other], target.marks)
    return data, f"{kind}: {changes}", rng


def run(name: str, seed: int, first: int, until: float) -> None:
    """Go through the cases of a target from number `first` on, until a moment of the clock."""
    target = TARGETS[name]
    files = target.seeds()
    target = Target(lambda: files, target.enter, target.marks)
    limit()
    # What libraries print must not get among the reports.
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")  # of damaged DICOM files pydicom has thousands
    number = first
    with TemporaryDirectory() as folder:
        with suppress(PneumoscopeError):  # once, so that all is imported
            target.enter(files[min(files)], Path(folder), random.Random(0))
        while time.time() < until:
            print(number, file=reports)
            data, description, rng = case(target, name, seed, number)
            if finding := enter(target, data, Path(folder), rng):
                finding["case"] = f"{description} (case {number} of seed {seed})"
                print(json.dumps(finding), file=reports)
            number += 1


def enter(target: Target, data: bytes, folder: Path, rng: random.Random) -> dict[str, str] | None:
    """Hand in a file. What was found, in words, or `None` where all went as it should."""
    _RESET.write_text("5")  # the highest memory counts from here
    before = _memory("VmRSS")
    signal.setitimer(signal.ITIMER_REAL, _LAST_SECONDS)
    started = time.process_time()
    try:
        target.enter(data, folder, rng)
    except PneumoscopeError as error:
        if isinstance(error.__cause__, MemoryError):
            return {"what": "more memory than there may be"}
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/pneumoscope/" in frame.filename] or frames
        place = f"{Path(ours[-1].filename).name}, {ours[-1].name}"
        return {"what": f"{type(error).__name__} from {place}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    seconds, grown = time.process_time() - started, _memory("VmHWM") - before
    if seconds > MOST_SECONDS:
        return {"what": "more than 2 s", "figure": f"{seconds:.1f} s"}
    if grown > MOST_MEMORY:
        return {"what": "more than 1 GB", "figure": f"{grown / 1e9:.1f} GB"}
    return None


def _memory(field: str) -> int:
    found = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert found
    return 1024 * int(found[1])


def limit() -> None:
    """Have this process ended by what takes too long, or far too much memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_LAST_MEMORY, _LAST_MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Not a handler of Python's, which waits for a decoder to return: the alarm ends the process.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.environ["OMP_NUM_THREADS"] = "1"
