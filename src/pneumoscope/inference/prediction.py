"""What a model says of one film."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import PneumoscopeError, nearest
from pneumoscope.imaging.film import FilmTags
from pneumoscope.imaging.preprocessing import place_heatmap
from pneumoscope.inference.call import Call
from pneumoscope.inference.finding import Finding
from pneumoscope.inference.preparing import FilmSource
from pneumoscope.inference.saving import save_prediction
from pneumoscope.inference.showing import card
from pneumoscope.metrics.operating_points import decide
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.wording import printable


@dataclass(frozen=True, eq=False)
class Prediction:
    """A model's answer for one film.

    `film` is its name, `film_shape` its own (height, width) and `tags` what its file says of it.
    `probabilities` are calibrated and sum to one. `logits` come before calibration, `cam` is
    float32 `(C, h, w)`, the activation map of each class on the network's square, and `embedding`
    float32 `(D,)`. `timings` are milliseconds spent on `read`, `preprocess` and `infer`; in a
    batch, `infer` is the film's share. `source` is what was predicted, as far as it is there to be
    read again: of films in a batch, and of a prediction that was pickled, the path.
    """

    film: str
    probabilities: Mapping[str, float]
    logits: tuple[float, ...]
    cam: NDArray[np.float32]
    embedding: NDArray[np.float32]
    tags: FilmTags
    film_shape: tuple[int, int]
    timings: Mapping[str, float]
    manifest: ModelManifest
    source: FilmSource | None = None

    def __repr__(self) -> str:
        call = self.call()
        return (
            f"<Prediction {printable(self.film)}: {call.finding} ({call.reading}), "
            f"{self.manifest.name}>"
        )

    def __getstate__(self) -> dict[str, Any]:
        # Pixels and files belong to the process that was given them.
        path = self.source if isinstance(self.source, str | os.PathLike) else None
        return {**self.__dict__, "source": path}

    def _repr_html_(self) -> str:
        return card(self)

    def to_dict(self, operating_point: str = "balanced") -> dict[str, Any]:
        """What `predict --json` says of the film, apart from a heatmap's file: fields as in
        docs/finding.md, `films[]`.

        Raises `PneumoscopeError` as `decide`.
        """
        return Finding.of(self, operating_point).document()

    def save(
        self,
        folder: str | Path,
        *,
        operating_point: str = "balanced",
        film: FilmSource | None = None,
        overwrite: bool = False,
    ) -> tuple[Path, ...]:
        """Write the film, its overlay, its heatmap and its finding into a folder: `NAME.film.png`,
        `NAME.overlay.png`, `NAME.heatmap.npy` and `NAME.json`, `NAME` being that of the film.

        The heatmap is `heatmap_for` the class of interest, the JSON what `predict --json` prints.
        `film` is needed where `source` is not there. Nothing is written over what somebody else
        made, or of a film of that name from elsewhere, unless `overwrite` asks for it, and never
        over the film. Returns the files.

        Raises `PneumoscopeError` there, and where nothing can be written, and `ImageReadError`
        where the film cannot be read any more.
        """
        source = self.source if film is None else film
        return save_prediction(self, Path(folder), operating_point, source, overwrite)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of `logits` and `cam`."""
        return self.manifest.class_names

    @property
    def label(self) -> str:
        """The class called at the `balanced` operating point."""
        return self.decide("balanced")

    def decide(self, operating_point: str = "balanced") -> str:
        """The class called at a named operating point of the model.

        It is the class whose probability is highest relative to its threshold. Raises
        `PneumoscopeError` for a name that the model does not have.
        """
        thresholds = self.manifest.thresholds(operating_point)
        probabilities = [self.probabilities[name] for name in self.class_names]
        return self.class_names[int(decide([probabilities], thresholds)[0])]

    def call(self, operating_point: str = "balanced") -> Call:
        """The class called at a named operating point, and the class of interest: the one whose
        probability is told, with its threshold, and whose evidence is coloured.

        Raises `PneumoscopeError` as `decide`.
        """
        return Call.of(
            self.decide(operating_point),
            self.probabilities,
            self.manifest.operating_points[operating_point],
            self.manifest.normal_class,
        )

    def probability(self, class_name: str) -> float:
        """The calibrated probability of one class. Raises `PneumoscopeError` for another name."""
        self._index(class_name)
        return self.probabilities[class_name]

    @property
    def heatmap(self) -> NDArray[np.float32]:
        """Where the film speaks for the class of interest at `balanced`: float32 `(H, W)` in 0 to
        1, on the film."""
        return self.heatmap_for(self.call().class_of_interest)

    def heatmap_for(
        self, class_name: str, shape: tuple[int, int] | None = None
    ) -> NDArray[np.float32]:
        """Where the film speaks for one class, float32 in 0 to 1, on the film's own geometry.

        What is drawn is the `class_evidence`, on an absolute scale, the model's `evidence_scale`: a
        film without the finding shows little heat, and two films can be compared. `shape` is the
        (height, width) of a reduced copy of the film to draw on instead of `film_shape`. Raises
        `PneumoscopeError` for a class that the model does not have.
        """
        return self._place(class_name, shape, weakest=0.0)

    def evidence_for(
        self, class_name: str, shape: tuple[int, int] | None = None
    ) -> NDArray[np.float32]:
        """Where the film speaks for one class (above 0) and against it, float32 in -1 to 1.

        The scale, `shape` and errors are those of `heatmap_for`.
        """
        return self._place(class_name, shape, weakest=-1.0)

    def _place(
        self, class_name: str, shape: tuple[int, int] | None, weakest: float
    ) -> NDArray[np.float32]:
        evidence = class_evidence(self.cam)[self._index(class_name)]
        scaled = np.clip(evidence / self.manifest.evidence_scale[class_name], weakest, 1.0)
        return place_heatmap(scaled, shape or self.film_shape, self.manifest.preprocess)

    def _index(self, class_name: str) -> int:
        if class_name not in self.class_names:
            raise PneumoscopeError(
                f"The model {self.manifest.name!r} has no class {class_name!r}.",
                nearest(class_name, self.class_names),
            )
        return self.class_names.index(class_name)


def class_evidence(cam: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evidence for each class, `(..., C, h, w)` like the class activation maps it is made of.

    It is the map of the class (Zhou et al. 2016) over the mean map of the others.
    """
    others = (cam.sum(axis=-3, keepdims=True) - cam) / (cam.shape[-3] - 1)
    evidence: NDArray[np.float32] = cam - others
    return evidence
