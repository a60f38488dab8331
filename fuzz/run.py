"""Hand damaged files to the package, and tell what it makes of them that it should not.

    python fuzz/run.py --seconds 90                     # all targets, two processes at once
    python fuzz/run.py --target films --seconds 600
    python fuzz/run.py --target films --seed 7 --case 1234    # one case again

A finding is a crash, an exception that is no `PneumoscopeError`, or a file that takes more than 2 s
of processor time or 1 GB. Ends with status 1 where there is one. Linux only.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
FINDINGS = HERE / "found"
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "src")]


@dataclass
class Result:
    """How many cases there were, how often each thing was found, and the first case of each."""

    cases: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, case: str) -> None:
        self.counts[what] += 1
        self.first.setdefault(what, case)


def fuzz(target: str, seed: int, seconds: float) -> Result:
    """Run a target in one process after another, each until it dies."""
    result, until = Result(), time.time() + seconds
    command = [sys.executable, __file__, "--target", target, "--seed", str(seed)]
    while time.time() < until:
        process = subprocess.Popen(
            [*command, "--first", str(result.cases), "--until", str(until)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        began = result.cases
        for line in process.stdout:
            if line.startswith("{"):
                finding = json.loads(line)
                figure = f", {finding['figure']}" if "figure" in finding else ""
                result.add(finding["what"], finding["case"] + figure)
            else:
                result.cases = int(line) + 1
        if status := process.wait():
            if result.cases == began:
                raise SystemExit(f"the process for {target} ended before its first case: {status}")
            name = signal.Signals(-status).name if status < 0 else f"status {status}"
            what = "no end after 20 s" if name == "SIGALRM" else f"its process ended: {name}"
            result.add(what, f"case {result.cases - 1} of seed {seed}")
    return result


def again(target: str, seed: int, number: int) -> None:
    """One case again, in this process, with whatever it prints; its file is kept."""
    from one_process import case, enter, limit
    from targets import TARGETS

    data, description, rng = case(TARGETS[target], target, seed, number)
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{target.replace(' ', '-')}-{seed}-{number}"
    path.write_bytes(data)
    print(f"{description}: {len(data):,} bytes in {path}", flush=True)
    limit()
    with TemporaryDirectory() as folder:
        print(enter(TARGETS[target], data, Path(folder), rng) or "nothing found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", help="one target [default: all]")
    parser.add_argument("--seconds", type=float, default=60, help="for everything together")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, help="of the generator [default: another every time]")
    parser.add_argument("--case", type=int, help="only this one, once more")
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed
    if arguments.until is not None:
        from one_process import run

        run(arguments.target, seed, arguments.first, arguments.until)
        return
    if arguments.case is not None:
        again(arguments.target, seed, arguments.case)
        return
    from targets import TARGETS

    names = [arguments.target] if arguments.target else list(TARGETS)
    rounds = -(-len(names) // arguments.processes)
    with ThreadPoolExecutor(arguments.processes) as threads:
        results = list(
            threads.map(lambda name: fuzz(name, seed, arguments.seconds / rounds), names)
        )
    lines = []
    for name, result in zip(names, results, strict=True):
        lines.append(f"{name}: {result.cases:,} cases, {len(result.counts)} findings")
        for what, count in result.counts.most_common():
            lines.append(f"  {what} ({count} times); first {result.first[what]}")
    report = "\n".join(lines)
    print(report)
    if any(result.counts for result in results):
        FINDINGS.mkdir(exist_ok=True)
        (FINDINGS / f"seed-{seed}.txt").write_text(report + "\n", encoding="utf-8")
        print('Again: python fuzz/run.py --target "NAME" --seed SEED --case CASE')
        sys.exit(1)


if __name__ == "__main__":
    main()
