"""Read the films that other projects test with, and compare with what other programs show.

    python tests/peer_suites.py --fetch peers            download the suites of SUITES into peers/
    python tests/peer_suites.py peers/* --out table.md   read and compare them

The references, each of them optional: the command lines of DCMTK (package `dcmtk` of most systems),
and `pip install python-gdcm opencv-python-headless tifffile imagecodecs`, into an environment that
holds this project.

A difference is a question, not a verdict: references err too. DCMTK and GDCM swap the halves of 32
bits in Explicit VR Big Endian; pydicom does not, and its test file shows that it is right there.

Every reading runs in a process of its own with a limit of time and memory, because many of these
files are malformed on purpose. None of them belongs into this repository. Outcomes:

- right: within two gray levels of a reference, for 99.5 % of the pixels (JPEG: or one on average)
- contrast: the same picture, at levels that `read_image` does not promise; each is listed
- differs: another picture than every reference shows; each is listed
- unchecked: read, and no reference reads it, or none can be compared; each is listed
- refused: with our reason, though a reference reads it; each is listed with their number
- refused too: with our reason, and no reference reads it either
- no film: segmentations, dose maps and the like, which are refused whoever reads them
- foreign: an exception that is no `ImageReadError`
- lost: the process crashed or came to no end
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peer_comparison import Likeness, nearest
from peer_readers import SECONDS, available
from peer_workers import ReadingFailedError, Worker, WorkerLostError
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.formats import FILM_SUFFIXES, FORMATS, recognise
from pneumoscope.imaging.reading import read_image

# Name on the package index, and whether the films are in the source distribution alone.
SUITES = {
    "pydicom": False,
    "highdicom": False,
    "pynetdicom": False,
    "pillow": True,
    "imagecodecs": True,
}
OUTCOMES = (
    "right",
    "contrast",
    "differs",
    "unchecked",
    "refused",
    "refused too",
    "no film",
    "foreign",
    "lost",
)
_LISTED = ("differs", "refused", "foreign", "lost", "contrast", "unchecked")


@dataclass(frozen=True)
class Answer:
    """What became of one film: `outcome` is one of `OUTCOMES`, `reason` says more."""

    suite: str
    format: str
    path: str
    outcome: str
    reason: str
    references: int


def fetch(folder: Path) -> None:
    """Download the packages of `SUITES`, and unpack them without building anything."""
    archives = folder / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    for name, from_source in SUITES.items():
        only = "--no-binary" if from_source else "--only-binary"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", only, name, name]
        subprocess.run([*command, "--dest", str(archives)], check=True)
        (archive,) = archives.glob(f"{name}-*")
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(folder / name)
        else:
            with tarfile.open(archive) as source:
                source.extractall(folder / name, filter="data")
        archive.unlink()
    archives.rmdir()


def films(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file whose content, or else whose name, is that of one of our formats."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_size == 0:
            continue
        with path.open("rb") as file:
            kind = recognise(file.read(4096))
        if kind is None and path.suffix.lower() in FILM_SUFFIXES:
            kind = next(one for one in FORMATS if path.suffix.lower() in one.suffixes)
        if kind is not None:
            yield path, kind.name


def _read(path: Path) -> Any:
    # pydicom would take GDCM for a decoder, where the reference should be another one.
    sys.modules["gdcm"] = None  # type: ignore[assignment]
    return read_image(path).pixels


class Judge:
    """Gives the answers; holds the processes of the readers."""

    def __init__(self) -> None:
        here, self.missing = available()
        self._ours = Worker(_read, SECONDS)
        self._references = {
            name: (Worker(read, 6 * SECONDS), formats) for name, (read, formats) in here.items()
        }

    def __call__(self, suite: str, path: Path, shown: str, format_name: str) -> Answer:
        renderings = {}
        for name, (read, formats) in self._references.items():
            if format_name in formats:
                try:
                    renderings[name] = read(path)
                except (ReadingFailedError, WorkerLostError):
                    continue
        outcome, reason = self._outcome(path, renderings, format_name)
        return Answer(suite, format_name, shown, outcome, reason, len(renderings))

    def _outcome(self, path: Path, renderings: dict[str, Any], format_name: str) -> tuple[str, str]:
        try:
            pixels = self._ours(path)
        except ImageReadError as error:
            readers = ", ".join(renderings)
            if error.reason.endswith("which is no film. Choose a film."):
                return "no film", ""
            return ("refused", f"{readers}: {error.reason}") if readers else ("refused too", "")
        except WorkerLostError as error:
            return "lost", str(error)
        except ReadingFailedError as error:
            return "foreign", str(error)
        likenesses: dict[str, Likeness] = {}
        for name, ones in renderings.items():
            likeness = nearest(pixels, ones, lossy=format_name == "JPEG")
            if likeness is not None:
                likenesses[name] = likeness
        for kind in ("right", "contrast", "differs"):
            told = [(name, one) for name, one in likenesses.items() if one.kind == kind]
            if told:
                return kind, "; ".join(
                    f"{name}: {one.note} (mean {one.difference:.1f}, r {one.correlation:.3f})"
                    for name, one in told
                )
        shapes = {one.pixels.shape for ones in renderings.values() for one in ones}
        if shapes:
            return "differs", f"shape {pixels.shape} instead of {shapes}"
        return "unchecked", ", ".join(renderings) or "no reference reads it"

    def stop(self) -> None:
        for worker in (self._ours, *(worker for worker, _ in self._references.values())):
            worker.stop()


def table(answers: list[Answer], missing: list[str]) -> str:
    """Counts by suite and format, and then the films that somebody should look at."""
    counts = Counter((one.suite, one.format, one.outcome) for one in answers)
    lines = [f"References missing here: {', '.join(missing) or 'none'}", ""]
    lines.append("| suite | format | " + " | ".join(OUTCOMES) + " |")
    lines.append("|---" * (2 + len(OUTCOMES)) + "|")
    for suite, format_name in sorted({(one.suite, one.format) for one in answers}):
        row = [str(counts[suite, format_name, outcome] or "") for outcome in OUTCOMES]
        lines.append(f"| {suite} | {format_name} | " + " | ".join(row) + " |")
    for outcome in _LISTED:
        chosen = [one for one in answers if one.outcome == outcome]
        lines += ["", f"## {outcome}: {len(chosen)}", ""] if chosen else []
        for one in sorted(chosen, key=lambda one: -one.references):
            lines.append(f"- {one.suite} {one.path} ({one.references} references): {one.reason}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, help="one suite each")
    parser.add_argument("--fetch", type=Path, help="download the suites into this folder")
    parser.add_argument("--out", type=Path, help="write the table here, instead of printing it")
    arguments = parser.parse_args()
    if arguments.fetch:
        fetch(arguments.fetch)
    judge = Judge()
    answers = []
    try:
        for folder in arguments.folders:
            for path, format_name in films(folder):
                shown = str(path.relative_to(folder))
                answers.append(judge(folder.name, path, shown, format_name))
    finally:
        judge.stop()
    if arguments.folders:
        text = table(answers, judge.missing)
        if arguments.out:
            arguments.out.write_text(text, encoding="utf-8")
        else:
            print(text, end="")


if __name__ == "__main__":
    main()
