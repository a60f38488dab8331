"""Copies that an audit found, two films of each group side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pneumoscope.data.audit import Audit
from pneumoscope.errors import ImageReadError
from pneumoscope.report.film_pictures import film_picture
from pneumoscope.report.html import data_uri

SHOWN_GROUPS = 12
FINGERPRINT_BITS = 256


@dataclass(frozen=True)
class Copies:
    """Two films of a group of copies: their paths, addresses that hold their pictures, the bits of
    256 in which their fingerprints differ, and how many more films the group has."""

    severity: str
    paths: tuple[str, str]
    pictures: tuple[str, str]
    identical: bool
    bits: int
    more: int


def copies_to_show(audit: Audit) -> list[Copies]:
    """The first groups of copies, the gravest first. Films that are gone meanwhile are left out."""
    shown = []
    for severity, group in _groups(audit):
        first, second = _pair(audit, group)
        measures = {film.path: film for film in audit.measures if film.path in (first, second)}
        try:
            left = film_picture(audit.table.root / first)
            right = film_picture(audit.table.root / second)
        except ImageReadError:
            continue
        # Of one size, so that one can be laid on the other.
        right = right.resize(left.size, Image.Resampling.LANCZOS)
        shown.append(
            Copies(
                severity,
                (first, second),
                (data_uri(left), data_uri(right)),
                measures[first].digest == measures[second].digest,
                _bits_apart(measures[first].hash, measures[second].hash),
                len(group) - 2,
            )
        )
        if len(shown) == SHOWN_GROUPS:
            break
    return shown


def count_groups(audit: Audit) -> int:
    """How many groups of copies the audit found."""
    return sum(1 for _ in _groups(audit))


def _groups(audit: Audit) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every group of copies with the severity of its finding, in the order of the findings."""
    for finding in audit.findings:
        if finding.kind.partition("-")[0] in {"identical", "near"}:
            yield from ((finding.severity, group) for group in finding.groups)


def _pair(audit: Audit, group: tuple[str, ...]) -> tuple[str, str]:
    """Two films of a group; of several splits or classes, if there are."""
    place = {film.path: (film.split, film.label) for film in audit.table.films}
    first, *others = group
    elsewhere = (film for film in others if place[film] != place[first])
    return first, next(elsewhere, others[0])


def _bits_apart(first: bytes, second: bytes) -> int:
    both = np.frombuffer(first, dtype=np.uint8) ^ np.frombuffer(second, dtype=np.uint8)
    return int(np.unpackbits(both).sum())
