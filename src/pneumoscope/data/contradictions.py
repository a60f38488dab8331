"""Films that contradict each other: the same bytes under two labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.wording import counted


def contradiction_warning(table: FilmTable, digests: Sequence[str]) -> str:
    """A sentence on films that lie in several classes, byte for byte; empty where none does.

    `digests` are hashes of the films' bytes in table order, `""` where unknown.
    """
    copies: defaultdict[str, list[FilmRecord]] = defaultdict(list)
    for film, digest in zip(table.films, digests, strict=True):
        if digest:
            copies[digest].append(film)
    groups = [films for films in copies.values() if len({film.label for film in films}) > 1]
    if not groups:
        return ""
    first = groups[0][0]
    other = next(film for film in groups[0] if film.label != first.label)
    lie = "lies" if len(groups) == 1 else "lie"
    such = "" if len(groups) == 1 else "such as "
    return (
        f"{counted(len(groups), 'film')} {lie} in several classes, byte for byte: {such}"
        f"{first.path} ({first.label}) is {other.path} ({other.label}). Take out what is wrong; "
        "`pneumoscope data audit` lists all."
    )
