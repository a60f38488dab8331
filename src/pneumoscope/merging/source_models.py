"""Model files that another is made of, and whether they go together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy.typing as npt

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import film_fingerprints, film_roles
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, ModelFileError, PneumoscopeError
from pneumoscope.metrics.checks import Floats
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.modelfile.find import find_model
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.runs.folder import RunFolder


@dataclass(frozen=True)
class SourceModel:
    """A model file, read. `graph` is its serialized ONNX model, without the manifest.

    `source` is what it was asked for by, `file` where it lies. `split_table` divides the films it
    was trained on; a run leaves it beside the file.
    """

    source: str
    file: Path
    manifest: ModelManifest
    graph: bytes
    split_table: FilmTable | None

    def class_order(self, class_names: Sequence[str]) -> list[int]:
        """Where this model has each of some classes."""
        return [self.manifest.class_names.index(name) for name in class_names]

    def probabilities(self, logits: npt.ArrayLike, class_names: Sequence[str]) -> Floats:
        """Calibrated probabilities `(N, C)` of the graph's `logits`, in the order of
        `class_names`."""
        return self.manifest.probabilities(logits)[:, self.class_order(class_names)]


def read_source_model(source: str | Path) -> SourceModel:
    """Read a model given by its file, its packaged name, or the folder of the run that made it.

    Raises `UnknownModelError`, `ModelFileError` or `DatasetError` where that cannot be done.
    """
    file = find_model(source)
    divided = RunFolder(file.parent).split_table
    split_table = FilmTable.read_csv(divided, file.parent) if divided.is_file() else None
    data, manifest = read_model_file(file)
    return SourceModel(str(source), file, manifest, data[: manifest.graph_bytes], split_table)


def check_members(members: Sequence[SourceModel]) -> None:
    """Raise unless these are two different models or more that answer the same question.

    Their classes may come in any order. `ModelFileError` says what differs.
    """
    if len(members) < 2:
        raise PneumoscopeError("An ensemble needs two models or more.")
    first = members[0]
    for index, other in enumerate(members[1:], start=1):
        for earlier in members[:index]:
            if other.manifest.graph_sha256 == earlier.manifest.graph_sha256:
                raise ModelFileError(
                    f"{earlier.source} and {other.source} are the same network.",
                    "Name each model once, and give it more weight with --weights.",
                )
        mine, theirs = _question(first.manifest), _question(other.manifest)
        for what, value in mine.items():
            if value != theirs[what]:
                raise ModelFileError(
                    f"{first.source} and {other.source} cannot be put together. "
                    f"Their {what} differ: {value} and {theirs[what]}.",
                    "Members need the same classes, spelled alike, and the same preprocessing.",
                )


def _question(manifest: ModelManifest) -> dict[str, str]:
    """What a model is asked, and how films are put to it, in words."""
    return {
        "classes": ", ".join(sorted(manifest.class_names)),
        "normal classes": manifest.normal_class
        or ("none" if manifest.normal_class_is_known else "not known"),
        "preprocessing settings": ", ".join(
            f"{name} {value}" for name, value in asdict(manifest.preprocess).items()
        ),
    }


def at_one_prevalence(members: Sequence[SourceModel]) -> list[SourceModel]:
    """The models, their probabilities and thresholds brought to the prevalence of the first.

    Probabilities for different prevalences have no meaningful average. Where it is not known of all
    models which prevalence they are for, they are left as they are.
    """
    prevalence = members[0].manifest.prevalence
    if prevalence is None or any(member.manifest.prevalence is None for member in members):
        return list(members)
    return [
        member
        if member.manifest.prevalence == prevalence
        else replace(member, manifest=member.manifest.at_prevalence(prevalence))
        for member in members
    ]


def check_held_out(members: Iterable[SourceModel], films: PreparedFilms) -> tuple[str, ...]:
    """Raise `DatasetError` where a member was trained on some of the films, or on their patients.

    A member's file tells its films, the split table that a run leaves beside it its patients.
    Returns the sources of the members whose files, being older, do not tell.
    """
    prints = film_fingerprints(films)
    unknown = []
    for member in members:
        if member.manifest.seen is None:
            unknown.append(member.source)
        trained = member.split_table.select("train").films if member.split_table else ()
        patients = {film.patient_id for film in trained}
        roles = film_roles(member.manifest.seen, prints)
        learned = sum(
            role == "train" or film.patient_id in patients
            for role, film in zip(roles, films.table.films, strict=True)
        )
        if learned:
            raise DatasetError(
                f"{member.source} was trained on {learned} of the {len(roles)} films, or on their "
                "patients.",
                "Use films held out from every model: train them all on one split, and give its "
                "table with --splits.",
            )
    return tuple(unknown)
