"""How things are put into words everywhere: the notice, probabilities and shares, times, counts,
lists, names of films, and JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

NOTICE = "Research software, not a medical device."


def percent(probability: float) -> str:
    """A probability in [0, 1] as a percentage with one decimal, never rounded to certainty."""
    if probability > 0.999:
        return "> 99.9 %"
    if probability < 0.001:
        return "< 0.1 %"
    return f"{100 * probability:.1f} %"


def share(fraction: float) -> str:
    """A counted share in [0, 1] as a percentage with one decimal; `nan` is undefined."""
    return "undefined" if math.isnan(fraction) else f"{100 * fraction:.1f} %"


def counted(number: int, noun: str) -> str:
    """`1 epoch`, or `1,200 epochs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def count_films(number: int) -> str:
    """`1 film`, or `1,200 films`."""
    return counted(number, "film")


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def mixture(shares: Mapping[str, float]) -> str:
    """Which classes films are of: `25.8 % NORMAL and 74.2 % PNEUMONIA`."""
    return listed([f"{percent(part)} {name}" for name, part in shares.items()])


def printable(name: str) -> str:
    """A film's name without what could move the cursor, colour or reverse text, or not encode."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def shown_place(place: str) -> str:
    """A file or folder as pages name it: where it lies on a disk is nobody's business, and stays
    out of an absolute path."""
    path = PurePath(place)
    return path.name if path.is_absolute() else place


def steers_terminals(text: str) -> bool:
    """Whether text holds what could move the cursor, colour or reverse text, or not encode. Line
    breaks and tabs may stand in texts of several lines."""
    return _CONTROLS.search(text) is not None


_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def json_text(document: object, *, indent: int | None = None) -> str:
    """JSON in which names stay as they are, whatever their script; only what steers terminals, and
    what does not encode, is escaped. Raises `ValueError` for numbers that are not finite."""
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    # Outside of texts, JSON has none of these.
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def csv_cell(value: object) -> object:
    """A cell as tables are written with: text that spreadsheets would take for a formula begins
    with an apostrophe, as does text that begins like that; all else is left as it is.

    That is what OWASP advises against formulas in CSV; `from_csv_cell` takes it back.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def from_csv_cell(text: str) -> str:
    """The text that `csv_cell` wrote as `text`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def duration(seconds: float) -> str:
    """A time in words of at most two units, such as `1 h 5 min`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
