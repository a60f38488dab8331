"""The films that `pneumoscope demo` draws, and a page of text among them, which is no film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pneumoscope.phantoms import Box, Condition

_COUNT = 12
_SEED = 0
_CONDITIONS: tuple[Condition, ...] = ("normal", "bacteria", "normal", "virus")
_PAGE = "page-of-text.txt"
_TEXT = "Whoever drops a page of text among their films gets a reason, and no finding.\n"


@dataclass(frozen=True)
class DrawnFilm:
    """What a film was drawn as: its class, and a box around every opacity."""

    label: str
    opacities: tuple[Box, ...]


def demo_paths(folder: Path) -> list[Path]:
    """The files that `draw_films` writes: phantoms, conditions and film formats taking turns, and
    the page of text."""
    from pneumoscope.phantoms.encoding import SUFFIXES

    suffixes = tuple(SUFFIXES.values())
    films = [
        folder / f"phantom-{number + 1:02d}-{_condition(number)}{suffixes[number % len(suffixes)]}"
        for number in range(_COUNT)
    ]
    return [*films, folder / _PAGE]


def draw_films(folder: Path) -> dict[Path, DrawnFilm]:
    """Write the files of `demo_paths`; what each film was drawn as."""
    import numpy as np

    from pneumoscope.errors import writing
    from pneumoscope.files import write_bytes, write_text
    from pneumoscope.phantoms import generate_phantom
    from pneumoscope.phantoms.encoding import SUFFIXES, encode_film

    formats = tuple(SUFFIXES)
    drawn = {}
    *films, page = demo_paths(folder)
    for number, path in enumerate(films):
        rng = np.random.default_rng([_SEED, number])
        phantom = generate_phantom(rng, _condition(number))
        with writing(f"film {path.name}", folder):
            write_bytes(path, encode_film(phantom.pixels, formats[number % len(formats)], rng))
        drawn[path] = DrawnFilm(phantom.label, phantom.boxes)
    with writing(f"page {page.name}", folder):
        write_text(page, _TEXT)
    return drawn


def _condition(number: int) -> Condition:
    return _CONDITIONS[number % len(_CONDITIONS)]
