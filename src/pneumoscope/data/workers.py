"""Spreading work on films over processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from pneumoscope.cores import threads
from pneumoscope.errors import DatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Films are tried out here before worker processes are started for the others: importing everything
# takes each of these two seconds and more, in which small films are long read.
_TRIED_ITEMS = 16
_WORTHWHILE = 4.0  # seconds of the processor


def map_in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int = 0
) -> Iterator[Result]:
    """Yield `function(item)` in the order of the items, computed in `workers` processes.

    0 workers: as many as `cores.threads` says. One worker needs no further process, nor does what
    is done in a few seconds, going by the first items. Raises `DatasetError` where a process dies.
    """
    workers = workers or threads()
    spent = 0.0
    tried, rest = items[:_TRIED_ITEMS], items[_TRIED_ITEMS:]
    for item in tried:
        begun = time.thread_time()
        result = function(item)
        spent += time.thread_time() - begun
        yield result
    if workers == 1 or spent / max(len(tried), 1) * len(rest) < _WORTHWHILE:
        yield from map(function, rest)
        return
    # Spawned, not forked: the caller may already run threads, which a fork would leave in pieces.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            yield from pool.map(function, rest, chunksize=16)
    except BrokenProcessPool as error:
        raise DatasetError(
            "A process that reads films ended unexpectedly.",
            "It may have run out of memory, or a script lacks `if __name__ == '__main__':`. "
            "With one thread (--threads 1, set_threads(1)) no further processes are started.",
        ) from error
