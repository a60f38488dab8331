"""Spreading work on films over processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from pneumoscope.cores import threads
from pneumoscope.errors import DatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Starting worker processes takes about as long as reading this many films.
_FEW_ITEMS = 64


def map_in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int = 0
) -> Iterator[Result]:
    """Yield `function(item)` in the order of the items, computed in `workers` processes.

    0 workers: as many as `cores.threads` says. One worker, or few items, need no further process.
    Raises `DatasetError` where a process dies.
    """
    workers = workers or threads()
    if workers == 1 or len(items) < _FEW_ITEMS:
        yield from map(function, items)
        return
    # Spawned, not forked: the caller may already run threads, which a fork would leave in pieces.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            yield from pool.map(function, items, chunksize=16)
    except BrokenProcessPool as error:
        raise DatasetError(
            "A process that reads films ended unexpectedly.",
            "It may have run out of memory, or a script lacks `if __name__ == '__main__':`. "
            "With one thread (--threads 1, set_threads(1)) no further processes are started.",
        ) from error
