"""When something in a collection of films is an error, a warning or a note.

    error     unreadable          films that cannot be read
              identical-splits    one film, byte for byte, in several splits
              identical-classes   one film, byte for byte, in several classes
              near-splits         one picture in several splits
              patient-splits      one patient in several splits
    warning   near-classes        one picture in several classes
              identical           one film several times in one split and class
              near                one picture several times in one split and class
              loose-patients      a patient in several splits if person<N> is read without pathogen
              unknown-patients    films of which nothing tells the patient
              doubtful            films that may not be ones to be judged, by what they say
              blank, saturated    films with hardly any contrast, or largely white or black
              shortcut            a trivial statistic tells a class with an AUC of 0.7 or more,
                                  and its interval does not hold 0.5
              acquisition-groups  the share of a class differs by 0.1 or more, chance aside, between
                                  films that were made alike and all films
              tiny-split          a split with fewer than 50 films of a class
              imbalance           a class ten times as frequent as another
    note      weak-shortcut       the same with an AUC of 0.6 or more

Errors spoil figures: they let test films into training, or contradict themselves. Warnings call for
a look; notes are good to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pneumoscope.data.acquisition_groups import GroupShare
from pneumoscope.data.duplicates import BLANK_CONTRAST, group_pairs, near_pairs
from pneumoscope.data.filenames import loose_patient_id
from pneumoscope.data.measures import FilmMeasures
from pneumoscope.data.shortcuts import ShortcutProbe
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.wording import count_films, counted, percent

Severity = Literal["error", "warning", "note"]

SATURATED_WHITE, SATURATED_BLACK = 0.2, 0.6  # shares of a film; dark surroundings take up to 0.3
STRONG_SHORTCUT, WEAK_SHORTCUT = 0.7, 0.6
FEWEST_FILMS = 50
LARGEST_RATIO = 10
GROUP_DIFFERENCE = 0.1


@dataclass(frozen=True)
class AuditFinding:
    """One thing that is wrong, or worth knowing. `groups` are the films concerned, together."""

    severity: Severity
    kind: str
    message: str
    groups: tuple[tuple[str, ...], ...] = ()


def check_unreadable(unreadable: Sequence[UnreadableFilm]) -> Iterator[AuditFinding]:
    """Films that cannot be read, with the reasons."""
    if unreadable:
        films = tuple((f"{film.path}: {film.reason}",) for film in unreadable)
        yield AuditFinding(
            "error", "unreadable", f"{count_films(len(films))} cannot be read.", films
        )


def check_copies(
    films: Sequence[FilmRecord], measures: Sequence[FilmMeasures]
) -> Iterator[AuditFinding]:
    """Byte-identical films, and then different files that show the same picture.

    `films` and `measures` speak of the same films in the same order.
    """
    by_digest: dict[str, list[FilmRecord]] = {}
    for film, measure in zip(films, measures, strict=True):
        by_digest.setdefault(measure.digest, []).append(film)
    identical = [group for group in by_digest.values() if len(group) > 1]
    pictures = [i for i, measure in enumerate(measures) if measure.contrast >= BLANK_CONTRAST]
    pairs = [(i, j) for i, j, _ in near_pairs([measures[i].hash for i in pictures])]
    near = []
    for group in group_pairs(len(pictures), pairs):
        members = [pictures[i] for i in group]
        if len({measures[i].digest for i in members}) > 1:
            near.append([films[i] for i in members])
    yield from _copies(identical, "identical", "the same film, byte for byte", "error")
    yield from _copies(near, "near", "the same picture in different files", "warning")


def check_patients(table: FilmTable) -> Iterator[AuditFinding]:
    """Patients in several splits, in both readings of the file names."""
    strict = _in_several_splits(table, lambda film: film.patient_id)
    loose = _in_several_splits(table, lambda film: loose_patient_id(film.path, film.patient_id))
    if strict:
        message = f"{counted(len(strict), 'patient')} with films in several splits."
        yield AuditFinding("error", "patient-splits", message, strict)
    known = set(strict)
    if further := tuple(group for group in loose if group not in known):
        message = (
            f"{counted(len(further), 'further patient')} with films in several splits, if person<N>"
            " is one patient whatever the pathogen."
        )
        yield AuditFinding("warning", "loose-patients", message, further)


def check_recognition(table: FilmTable) -> Iterator[AuditFinding]:
    """Films of which nothing tells the patient."""
    if warning := table.patients().warning():
        yield AuditFinding("warning", "unknown-patients", warning)


def check_doubtful(measures: Sequence[FilmMeasures]) -> Iterator[AuditFinding]:
    """Films that may not be ones to be judged, or were read in a way that may be wrong."""
    films = [film for film in measures if film.warnings]
    if films:
        groups = _singles([f"{film.path}: {'; '.join(film.warnings)}" for film in films])
        taken = "it is taken" if len(films) == 1 else "they are taken"
        message = f"{count_films(len(films))} may not be what {taken} for."
        yield AuditFinding("warning", "doubtful", message, groups)


def check_exposure(measures: Sequence[FilmMeasures]) -> Iterator[AuditFinding]:
    """Blank films, and films that are largely white or black."""
    blank = [film.path for film in measures if film.contrast < BLANK_CONTRAST]
    saturated = [
        film.path
        for film in measures
        if film.contrast >= BLANK_CONTRAST
        and (film.white > SATURATED_WHITE or film.black > SATURATED_BLACK)
    ]
    if blank:
        message = f"{count_films(len(blank))} with a contrast below {BLANK_CONTRAST:g} levels."
        yield AuditFinding("warning", "blank", message, _singles(blank))
    if saturated:
        message = (
            f"{count_films(len(saturated))} with more than {SATURATED_WHITE:.0%} pure white or"
            f" {SATURATED_BLACK:.0%} pure black."
        )
        yield AuditFinding("warning", "saturated", message, _singles(saturated))


def check_shortcuts(probes: Iterable[ShortcutProbe]) -> Iterator[AuditFinding]:
    """Statistics that tell a class although they say nothing of the lungs."""
    for probe in probes:
        # Among few films, chance alone reaches high values.
        if probe.auc.value < WEAK_SHORTCUT or not probe.auc.low > 0.5:
            continue
        strong = probe.auc.value >= STRONG_SHORTCUT
        yield AuditFinding(
            "warning" if strong else "note",
            "shortcut" if strong else "weak-shortcut",
            probe.sentence,
        )


def check_groups(
    shares: Sequence[GroupShare], class_names: Sequence[str]
) -> Iterator[AuditFinding]:
    """Acquisition groups in which a finding is more frequent, or rarer, than among all films."""
    if not shares:
        return
    films = sum(row.count for row in shares)
    overall = 1 - sum(row.films[class_names[0]] for row in shares) / films
    least, most = (choose(shares, key=lambda row: row.finding_share.value) for choose in (min, max))
    if (
        least.finding_share.high < overall - GROUP_DIFFERENCE
        or most.finding_share.low > overall + GROUP_DIFFERENCE
    ):
        what = class_names[1] if len(class_names) == 2 else f"not {class_names[0]}"
        yield AuditFinding(
            "warning",
            "acquisition-groups",
            f"How films were made tells their class: {percent(most.finding_share.value)} of the "
            f"{most.count:,} films in group {most.group} are {what} and "
            f"{percent(least.finding_share.value)} of the {least.count:,} in group {least.group}, "
            f"of all films {percent(overall)}. Validate on whole groups: split.mode=groups.",
        )


def check_balance(table: FilmTable) -> Iterator[AuditFinding]:
    """Splits too small to measure anything with, and classes of very different size."""
    for split, counts in table.counts().items():
        least = min(counts, key=lambda name: counts[name])
        if split is not None and counts[least] < FEWEST_FILMS:
            message = f"{split} has {count_films(counts[least])} of {least}: too few to rely on."
            yield AuditFinding("warning", "tiny-split", message)
    totals = dict.fromkeys(table.class_names, 0)
    for film in table.films:
        totals[film.label] += 1
    rarest, commonest = min(totals.values()), max(totals.values())
    if commonest > LARGEST_RATIO * rarest:
        message = f"The largest class has {commonest} films, the smallest {rarest}."
        yield AuditFinding("warning", "imbalance", message)


def _copies(
    groups: Sequence[Sequence[FilmRecord]], kind: str, words: str, across_classes: Severity
) -> Iterator[AuditFinding]:
    """Findings on groups of copies: those across splits, those across classes, and the rest."""
    splits = [group for group in groups if len({film.split for film in group}) > 1]
    classes = [group for group in groups if len({film.label for film in group}) > 1]
    rest = [group for group in groups if group not in splits and group not in classes]
    cases: tuple[tuple[Severity, str, str, Sequence[Sequence[FilmRecord]]], ...] = (
        ("error", "-splits", "in several splits", splits),
        (across_classes, "-classes", "in several classes", classes),
        ("warning", "", "within a split and class", rest),
    )
    for severity, suffix, where, members in cases:
        if members:
            paths = tuple(tuple(film.path for film in group) for group in members)
            amount = f"{count_films(sum(map(len, paths)))} in {counted(len(paths), 'group')}"
            message = f"{amount} are {words}, {where}."
            yield AuditFinding(severity, kind + suffix, message, paths)


def _in_several_splits(
    table: FilmTable, patient_of: Callable[[FilmRecord], str]
) -> tuple[tuple[str, ...], ...]:
    """The films of each patient who has films in more than one split."""
    films: dict[str, list[FilmRecord]] = {}
    for film in table.films:
        if film.split is not None:
            films.setdefault(patient_of(film), []).append(film)
    return tuple(
        tuple(film.path for film in group)
        for group in films.values()
        if len({film.split for film in group}) > 1
    )


def _singles(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((path,) for path in paths)
