"""From the labels of a table to one class a film: spellings brought together, labels renamed, and
several labels reduced to the finding that is looked for.

With a finding, the rows of a film are taken together. A film shows it where more than half of its
readers say so; where fewer do, or a reader is uncertain, it is uncertain. Else a film is healthy
that has a label such as `No Finding`, and all others have other findings only.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pneumoscope.class_roles import sounds_healthy
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.rules import HEALTHY, TableRules
from pneumoscope.errors import DatasetError, nearest
from pneumoscope.wording import count_films, counted, listed

_BETWEEN = re.compile(r"[|;,]")
_NAMED_ROWS = 5
_NAMED_LABELS = 12


@dataclass(frozen=True)
class Labelled:
    """Films with one class each, in the order of their first rows, and what was said of labels."""

    films: tuple[tuple[ListedFilm, str], ...]
    notes: tuple[str, ...]


def label_parts(text: str) -> tuple[str, ...]:
    """The labels in a cell, which stand between `|`, `;` or commas, or as a list of Python.

    >>> label_parts("Atelectasis|Pneumonia"), label_parts("['normal', ' loc ']")
    (('Atelectasis', 'Pneumonia'), ('normal', 'loc'))
    """
    parts = (part.strip().strip("'\"").strip() for part in _BETWEEN.split(text.strip("[] ")))
    return tuple(part for part in parts if part)


def renaming(names: Mapping[str, str], present: Iterable[str]) -> Callable[[str], str]:
    """What labels are called that `names` give other names, whatever their case and blanks; others
    stay. Raises `DatasetError` for a name of none of the labels that are `present`."""
    by_key = {_key(old): new for old, new in names.items()}
    labels = {_key(label): label for label in present}
    if unknown := [old for old in names if _key(old) not in labels]:
        raise DatasetError(
            f"--map-label names {unknown[0]!r}, which no film has as a label.",
            nearest(unknown[0], labels.values()),
        )
    return lambda label: by_key.get(_key(label), label)


def with_renamed_labels(films: Sequence[ListedFilm], names: Mapping[str, str]) -> list[ListedFilm]:
    """The same films, their labels called as `names` say; see `renaming`."""
    present = (label for film in films for label in (*(film.labels or ()), *film.uncertain))
    name_of = renaming(names, present)

    def rename(labels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(name_of, labels))

    return [
        replace(film, labels=rename(film.labels or ()), uncertain=rename(film.uncertain))
        for film in films
    ]


def one_label_a_film(listing: Listing, films: Sequence[ListedFilm]) -> Labelled:
    """The films with the class that their row states; spellings that differ in case and blanks are
    one class, by the commonest spelling.

    Rows of one film with the same label are one. Raises `DatasetError` for a film with two labels,
    in one row or in several, and for a label that is no plain text.
    """
    spellings = _spellings(films)
    _check_single(listing, films, spellings)
    names = {key: _commonest(counts) for key, counts in spellings.items()}
    classes: dict[str, tuple[ListedFilm, str]] = {}
    repeated = 0
    for film in films:
        label = names[_key((film.labels or ("",))[0])]
        first, known = classes.setdefault(film.path, (film, label))
        if known != label:
            raise DatasetError(
                f"{film.path} is {known} in row {first.row} of {listing.table} and {label} in row "
                f"{film.row} (column {listing.label_column!r}).",
                "Expected one label a film. Several findings a film are reduced with --finding.",
            )
        repeated += first is not film
    notes = []
    merged = [
        f"{listed([repr(text) for text in sorted(counts)])} as {names[key]}"
        for key, counts in spellings.items()
        if len(counts) > 1 or names[key] not in counts
    ]
    if merged:
        notes.append(f"Labels brought together: {'; '.join(merged)}.")
    if repeated:
        verb = "repeats" if repeated == 1 else "repeat"
        notes.append(f"Left out: {counted(repeated, 'row')} that {verb} a film and its label.")
    return Labelled(tuple(classes.values()), tuple(notes))


def reduce_to_finding(
    listing: Listing, films: Sequence[ListedFilm], finding: str, rules: TableRules
) -> Labelled:
    """The films that show a finding, under its name as given here, and the healthy ones, under
    `NORMAL`; for the rest see above and `TableRules`.

    Raises `DatasetError` where no row has the finding.
    """
    spellings = _spellings(films)
    if _key(finding) not in spellings:
        labels = [_commonest(counts) for counts in spellings.values()]
        known = nearest(finding, labels)
        raise DatasetError(
            f"No film of {listing.table} has the finding {finding!r} (column "
            f"{listing.label_column!r}).",
            f"{known} Say which is looked for: --finding NAME.",
        )
    rows_of: defaultdict[str, list[ListedFilm]] = defaultdict(list)
    for film in films:
        rows_of[film.path].append(film)
    kept: list[tuple[ListedFilm, str]] = []
    left_out: Counter[str] = Counter()
    contradictory: list[ListedFilm] = []
    for rows in rows_of.values():
        kind = _kind(rows, _key(finding))
        name = _class_of(kind, finding, rules)
        if name is None:
            left_out[kind] += 1
        else:
            kept.append((rows[0], name))
        if kind == "healthy" and (row := _with_other_findings(rows)):
            contradictory.append(row)
    notes = []
    if len(films) > len(rows_of):
        notes.append(f"{counted(len(films), 'row')} of {count_films(len(rows_of))}, each once.")
    if left_out["other"]:
        notes.append(
            f"Left out: {count_films(left_out['other'])} with neither {finding} nor a label of "
            "healthy films (--other-findings healthy takes them as NORMAL)."
        )
    if left_out["uncertain"]:
        notes.append(
            f"Left out: {count_films(left_out['uncertain'])} for which it is uncertain whether "
            f"{finding} is shown (--uncertain ill or healthy takes them)."
        )
    if contradictory:
        first = contradictory[0]
        notes.append(
            f"Taken as {HEALTHY}: {count_films(len(contradictory))} with a label of healthy films "
            f"and other findings too, such as {first.path} (row {first.row}: "
            f"{'|'.join(first.labels or ())})."
        )
    return Labelled(tuple(kept), tuple(notes))


def _kind(rows: Sequence[ListedFilm], finding: str) -> str:
    """What the rows of a film say of a finding: `ill`, `uncertain`, `healthy` or `other`."""
    readers = {row.reader for row in rows}
    ill = _readers(rows, lambda row: any(_key(label) == finding for label in row.labels or ()))
    unsure = _readers(rows, lambda row: any(_key(label) == finding for label in row.uncertain))
    if 2 * len(ill) > len(readers):
        return "ill"
    if ill or unsure:
        return "uncertain"
    healthy = _readers(rows, lambda row: any(map(sounds_healthy, row.labels or ())))
    return "healthy" if 2 * len(healthy) > len(readers) else "other"


def _with_other_findings(rows: Sequence[ListedFilm]) -> ListedFilm | None:
    """The first row with another finding by a reader who calls the film healthy as well."""
    healthy = _readers(rows, lambda row: any(map(sounds_healthy, row.labels or ())))
    return next(
        (
            row
            for row in rows
            if row.reader in healthy and not all(map(sounds_healthy, row.labels or ()))
        ),
        None,
    )


def _readers(rows: Iterable[ListedFilm], says: Callable[[ListedFilm], bool]) -> set[str]:
    return {row.reader for row in rows if says(row)}


def _class_of(kind: str, finding: str, rules: TableRules) -> str | None:
    """The class of a film, or `None` where it is left out."""
    if kind == "uncertain":
        kind = rules.uncertain
    elif kind == "other":
        kind = rules.other_findings
    return {"ill": finding, "healthy": HEALTHY}.get(kind)


def _check_single(
    listing: Listing, films: Sequence[ListedFilm], spellings: Mapping[str, Counter[str]]
) -> None:
    """Refuse labels that are several, and those that are no plain text."""
    for film in films:
        for label in film.labels or ():
            where = f"Row {film.row} of {listing.table}, column {listing.label_column!r}"
            if not label.strip().isprintable():
                raise DatasetError(
                    f"{where}, has the label {label!r}, which is no plain text.",
                    "Rename the class: its name goes into the model, and onto the screen.",
                )
            parts = label_parts(label)
            if len(parts) > 1 and ("|" in label or any(_key(part) in spellings for part in parts)):
                known = Counter(
                    part
                    for other in films
                    for text in other.labels or ()
                    for part in label_parts(text)
                )
                names = [name for name, _ in known.most_common(_NAMED_LABELS)]
                raise DatasetError(
                    f"{where}, has several labels: {label!r}.",
                    f"Say which finding is looked for: --finding NAME, such as {listed(names)}.",
                )


def _spellings(films: Iterable[ListedFilm]) -> dict[str, Counter[str]]:
    """How often each label is spelled how, by what the spellings have in common."""
    spellings: dict[str, Counter[str]] = {}
    for film in films:
        for label in (*(film.labels or ()), *film.uncertain):
            spellings.setdefault(_key(label), Counter())[label] += 1
    return spellings


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


def _commonest(counts: Counter[str]) -> str:
    """The commonest spelling, of equally common ones the first in the order of letters."""
    totals: Counter[str] = Counter()
    for text, count in counts.items():
        totals[" ".join(text.split())] += count
    return min(totals, key=lambda text: (-totals[text], text))
