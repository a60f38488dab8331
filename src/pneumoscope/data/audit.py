"""The audit of a collection of films: what is in it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from pneumoscope.data.acquisition_groups import (
    GroupShare,
    acquisition_vectors,
    group_films,
    group_shares,
)
from pneumoscope.data.audit_rules import (
    AuditFinding,
    check_balance,
    check_copies,
    check_doubtful,
    check_exposure,
    check_groups,
    check_patients,
    check_recognition,
    check_shortcuts,
    check_unreadable,
)
from pneumoscope.data.duplicates import NEAR_BITS
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.linear_probe import frame_values, probe_linear
from pneumoscope.data.measures import FilmMeasures, measure_films
from pneumoscope.data.shortcuts import ACQUISITION, FRAME, ShortcutProbe, probe_shortcuts
from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.metrics.records import as_document

Status = Literal["clean", "unreadable", "leaks"]

_QUANTILES = {"least": 0.0, "median": 0.5, "most": 1.0}


@dataclass(frozen=True)
class Audit:
    """What the audit found, the gravest findings first.

    `measures` are those of the readable films. `probes` are the shortcut probes of the films of
    `probed_split`, which is `train`, or `all` where the collection has no training split. `groups`
    are the acquisition groups of the readable films, and `group_shares` what share of each has a
    finding; both are empty where films are too few.
    """

    table: FilmTable
    measures: tuple[FilmMeasures, ...]
    unreadable: tuple[UnreadableFilm, ...]
    probes: tuple[ShortcutProbe, ...]
    probed_split: str
    groups: FilmGroups
    group_shares: tuple[GroupShare, ...]
    findings: tuple[AuditFinding, ...]

    @property
    def status(self) -> Status:
        """`leaks` where splits or classes share films or patients, `unreadable`, or `clean`."""
        kinds = {finding.kind for finding in self.findings if finding.severity == "error"}
        if kinds - {"unreadable"}:
            return "leaks"
        return "unreadable" if kinds else "clean"

    def ranges(self) -> dict[str, dict[str, dict[str, float]]]:
        """Least, median and most of width, height, aspect and file size, by class."""
        label_of = {film.path: film.label for film in self.table.films}
        ranges: dict[str, dict[str, dict[str, float]]] = {}
        for name in self.table.class_names:
            films = [film for film in self.measures if label_of[film.path] == name]
            if films:
                ranges[name] = {
                    measure: {
                        word: float(np.quantile([getattr(film, measure) for film in films], share))
                        for word, share in _QUANTILES.items()
                    }
                    for measure in ("width", "height", "aspect", "file_size")
                }
        return ranges

    def formats(self) -> dict[str, dict[str, int]]:
        """Films per class and file format."""
        label_of = {film.path: film.label for film in self.table.films}
        counts: dict[str, dict[str, int]] = {name: {} for name in self.table.class_names}
        for film in self.measures:
            of_class = counts[label_of[film.path]]
            of_class[film.format] = of_class.get(film.format, 0) + 1
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Everything but the measures of single films, ready for JSON."""
        return {
            "status": self.status,
            "films": len(self.table),
            "readable": len(self.measures),
            "patients": self.table.patients().patients,
            "patients_recognised": self.table.patients().way,
            "table_digest": self.table.digest,
            "counts": {split or "none": row for split, row in self.table.counts().items()},
            "formats": self.formats(),
            "ranges": self.ranges(),
            "folder_notes": [asdict(note) for note in self.table.notes],
            "groups": [
                {
                    "group": row.group,
                    "films": row.films,
                    "finding_share": as_document(row.finding_share),
                }
                for row in self.group_shares
            ],
            "near_identical_bits": NEAR_BITS,
            "findings": [asdict(finding) for finding in self.findings],
            "shortcuts": {
                "split": self.probed_split,
                "probes": [
                    asdict(probe) | {"auc": as_document(probe.auc)} for probe in self.probes
                ],
            },
        }


def audit_films(
    table: FilmTable,
    *,
    groups: FilmGroups | None = None,
    workers: int = 0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Read every film of a table once and look for what would spoil training or evaluation.

    `groups` are acquisition groups that are kept as they are, or else they are found anew.
    `workers` processes read (0: as `cores.threads`), `progress(done, total)` is called after
    each film, and `seed` is that of the bootstrap. What the findings mean, and when one is an
    error, is said in `audit_rules.py`.
    """
    measured = measure_films(table, workers, progress)
    unreadable = tuple(film for film in measured if isinstance(film, UnreadableFilm))
    measures = tuple(film for film in measured if isinstance(film, FilmMeasures))
    paths = {film.path for film in measures}
    readable = [film for film in table.films if film.path in paths]
    probed_split = "train" if any(row.split == "train" for row in readable) else "all"
    probed = [i for i, row in enumerate(readable) if probed_split in (row.split, "all")]
    index = {name: i for i, name in enumerate(table.class_names)}
    films = [measures[i] for i in probed]
    y_true = np.array([index[readable[i].label] for i in probed], dtype=np.int64)
    patients = [readable[i].patient_id for i in probed]
    rng = np.random.default_rng(seed)
    probes = probe_shortcuts(films, y_true, patients, table.class_names, rng)
    made = acquisition_vectors([film.acquisition for film in films])
    linear = (
        probe_linear(name, values, y_true, patients, table.class_names, rng)
        for name, values in (
            (FRAME, frame_values([film.frame for film in films])),
            (ACQUISITION, made),
        )
    )
    probes = sorted(
        [*(probe for probe in linear if probe), *probes], key=lambda probe: -probe.auc.value
    )
    groups, shares = _groups(measures, readable, table.class_names, groups, seed)
    findings = [
        *check_unreadable(unreadable),
        *check_copies(readable, measures),
        *check_patients(table),
        *check_recognition(table),
        *check_doubtful(measures),
        *check_exposure(measures),
        *check_shortcuts(probes),
        *check_groups(shares, table.class_names),
        *check_balance(table),
    ]
    return Audit(
        table,
        measures,
        unreadable,
        tuple(probes),
        probed_split,
        groups,
        shares,
        _by_severity(findings),
    )


def _by_severity(findings: Sequence[AuditFinding]) -> tuple[AuditFinding, ...]:
    gravity = ("error", "warning", "note")
    return tuple(sorted(findings, key=lambda finding: gravity.index(finding.severity)))


def _groups(
    measures: Sequence[FilmMeasures],
    films: Sequence[FilmRecord],
    class_names: Sequence[str],
    given: FilmGroups | None,
    seed: int,
) -> tuple[FilmGroups, tuple[GroupShare, ...]]:
    """The acquisition groups of the readable films, found anew unless they are given."""
    labels = [film.label for film in films]
    if given is not None:
        names = given.of(film.path for film in films)
    else:
        y_true = np.array([class_names.index(label) for label in labels], dtype=np.int64)
        names = [*(group_films([film.acquisition for film in measures], y_true, seed) or ())]
    told = [
        (film.path, name, film.label)
        for film, name in zip(films, names, strict=bool(names))
        if name is not None
    ]
    shares = group_shares([name for _, name, _ in told], [label for *_, label in told], class_names)
    return FilmGroups({path: name for path, name, _ in told}), tuple(shares)
