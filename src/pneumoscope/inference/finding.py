"""What is told of films that a model has read: of each, and of a whole job, as records and JSON.

`docs/finding.md` explains every field.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumoscope.folders.account import FolderNote
from pneumoscope.imaging.film import FilmTags, UnreadableFilm
from pneumoscope.inference.call import Call
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.wording import NOTICE, counted, printable

if TYPE_CHECKING:
    from pneumoscope.inference.prediction import Prediction

SCHEMA_VERSION = 1
"""Of the JSON document; raised where a field's meaning changes, and not for new fields."""


@dataclass(frozen=True)
class Finding:
    """What is told of one film, once its maps need not be held any more.

    `height` and `width` are the film's own, `milliseconds` those spent on each step. `heatmap` has
    the `file` of its overlay and the `class` that is drawn there; where that could not be written,
    it has an `error` instead of a file.
    """

    film: str
    call: Call
    probabilities: dict[str, float]
    height: int
    width: int
    tags: FilmTags
    milliseconds: dict[str, float]
    heatmap: dict[str, str] | None

    def __repr__(self) -> str:
        return f"<Finding {printable(self.film)}: {self.call.finding} ({self.call.reading})>"

    @classmethod
    def of(
        cls,
        prediction: Prediction,
        operating_point: str,
        overlay: Path | None = None,
        heatmap_error: str = "",
    ) -> Finding:
        """The finding of a prediction at an operating point.

        `overlay` is where it was drawn, `heatmap_error` why it could not be.
        """
        height, width = prediction.film_shape
        call = prediction.call(operating_point)
        heatmap = {"error": heatmap_error} if heatmap_error else {"file": str(overlay)}
        return cls(
            film=prediction.film,
            call=call,
            probabilities=dict(prediction.probabilities),
            height=height,
            width=width,
            tags=prediction.tags,
            milliseconds={step: round(spent, 3) for step, spent in prediction.timings.items()},
            heatmap=heatmap | {"class": call.class_of_interest} if overlay else None,
        )

    @property
    def heatmap_file(self) -> str:
        """The file of its overlay; empty where there is none."""
        return (self.heatmap or {}).get("file", "")

    @property
    def heatmap_error(self) -> str:
        """Why its overlay could not be written; empty where nothing went wrong."""
        return (self.heatmap or {}).get("error", "")

    def document(self) -> dict[str, Any]:
        """The finding as JSON, without `heatmap` where there is no overlay."""
        document = {"film": self.film, **vars(self.call)}
        for name in ("probabilities", "height", "width"):
            document[name] = getattr(self, name)
        document |= {"tags": dict(vars(self.tags)), "milliseconds": self.milliseconds}
        return document if self.heatmap is None else document | {"heatmap": self.heatmap}


@dataclass
class Findings:
    """The outcome of one job: what was found, which films could not be read, and what was passed
    over in folders."""

    manifest: ModelManifest
    operating_point: str
    readable: list[Finding] = field(default_factory=list)
    unreadable: list[UnreadableFilm] = field(default_factory=list)
    notes: tuple[FolderNote, ...] = ()

    def __repr__(self) -> str:
        read = counted(len(self.readable), "film")
        return f"<Findings {read}, {len(self.unreadable)} unreadable, {self.manifest.name}>"

    def document(self) -> dict[str, Any]:
        """The job as one JSON document."""
        return {
            **head_document(self.manifest, self.operating_point),
            "films": [finding.document() for finding in self.readable],
            "unreadable": [unreadable_document(film) for film in self.unreadable],
            "folder_notes": [dataclasses.asdict(note) for note in self.notes],
            "notice": NOTICE,
        }


def head_document(manifest: ModelManifest, operating_point: str) -> dict[str, Any]:
    """What JSON says of a job before its films."""
    return {
        "schema_version": SCHEMA_VERSION,
        "model": {"name": manifest.name, "graph_sha256": manifest.graph_sha256},
        "operating_point": operating_point,
        "thresholds": dict(
            zip(manifest.class_names, manifest.thresholds(operating_point), strict=True)
        ),
        "normal_class": manifest.normal_class,
        "prevalence": manifest.finding_share,
        "warnings": list(manifest.warnings),
    }


def unreadable_document(film: UnreadableFilm) -> dict[str, Any]:
    """A film that could not be read, as JSON."""
    return {"film": film.path, "reason": film.reason}
