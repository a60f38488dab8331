"""The manifest of a model file: everything that is needed to use its graph."""

from __future__ import annotations

import base64
import datetime
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Annotated, Any, Final, Literal

import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from pneumoscope.errors import PneumoscopeError, nearest
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.metrics.calibration import Calibration, softmax
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.prevalence import move_calibration, move_thresholds, with_findings
from pneumoscope.wording import listed, steers_terminals

SCHEMA_VERSION: Final = 2
# Of the graph, in every model file.
INPUT_NAME = "image"
OUTPUT_NAMES = ("logits", "cam", "embedding")

FINGERPRINT_BYTES = 40
"""Of each film in `SeenFilms`."""

RAREST: Final = 1e-9
"""The smallest prevalence that is told from none."""

Role = Literal["train", "val", "held_out", "unknown"]
"""What a film was to a model: learned from, used to choose its settings, neither, or not known."""

SEEN: tuple[Role, ...] = ("train", "val")

ClassName = Annotated[str, Field(min_length=1)]
Threshold = Annotated[float, Field(gt=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelCard(_Part):
    """What a person must know before using the model; `warning`, if there is one, with every answer
    of it."""

    licence: str
    data_source: str
    data_licence: str
    intended_use: str
    limitations: str
    warning: str = ""


class CalibrationByClass(_Part):
    """A `metrics.calibration.Calibration` whose numbers go by the names of classes."""

    scale: dict[str, Positive]
    offset: dict[str, float]

    @classmethod
    def of(cls, calibration: Calibration, class_names: Sequence[str]) -> CalibrationByClass:
        """The numbers of a calibration, under the names of the classes they belong to."""
        return cls(
            scale=dict(zip(class_names, calibration.scale, strict=True)),
            offset=dict(zip(class_names, calibration.offset, strict=True)),
        )

    def ordered(self, class_names: Sequence[str]) -> Calibration:
        """The calibration for logits in some order of the classes."""
        return Calibration(
            tuple(self.scale[name] for name in class_names),
            tuple(self.offset[name] for name in class_names),
        )


class SeenFilms(_Part):
    """Fingerprints of the films that a model learned from (`train`), and of those that chose its
    epoch and settings (`val`): base64 of 40 bytes a film, sorted. See `data/seen_films.py`."""

    train: str
    val: str

    @field_validator("train", "val")
    @classmethod
    def _is_of_whole_fingerprints(cls, value: str) -> str:
        # binascii.Error is a ValueError.
        if len(base64.b64decode(value, validate=True)) % FINGERPRINT_BYTES:
            raise ValueError(f"expected base64 of {FINGERPRINT_BYTES} bytes a film")
        return value

    def count(self) -> dict[str, int]:
        """How many different films there are of each kind."""
        return {
            name: len(base64.b64decode(text)) // FINGERPRINT_BYTES
            for name, text in self.model_dump().items()
        }


def fitting_model_name(name: str, otherwise: str) -> str:
    """A name of something else, such as a folder, as that of a model: letters, digits, `.`, `_` and
    hyphens, which stand for all others. `otherwise` is for names of which nothing is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("._-") or otherwise


class ModelManifest(_Part):
    """Everything needed to use a model, apart from its graph.

    `class_names` are in the order of the logits. `normal_class` is the healthy one, which comes
    first; `None` says that there is none or, without `normal_class_is_known`, that an older file
    does not tell. Probabilities are the softmax of the logits times the scale of `calibration` plus
    its offset; they are for films of which each class has its share of `prevalence`, or of no
    stated prevalence where that is `None`. `operating_points` holds a threshold for every class
    under every name, and always has `balanced`. `evidence_scale` is, for every class, the evidence
    (its activation map minus the mean of the other classes') drawn at full heat. `training` is the
    provenance: recipe, digest of the data, films per split and class, validation figures, versions,
    date. `seen` tells the films of its training and validation, or is `None` in files of older
    versions. `graph_bytes` and `graph_sha256` describe the leading bytes
    of the file; the writer fills them.
    """

    schema_version: Literal[2] = SCHEMA_VERSION
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    architecture: str
    class_names: Annotated[tuple[ClassName, ...], Field(min_length=2)]
    normal_class: str | None = None
    normal_class_is_known: bool = True
    preprocess: PreprocessConfig
    calibration: CalibrationByClass
    prevalence: dict[str, Share] | None = None
    operating_points: dict[str, dict[str, Threshold]]
    evidence_scale: dict[str, Positive]
    training: dict[str, JsonValue]
    seen: SeenFilms | None = None
    card: ModelCard
    graph_bytes: int = Field(0, ge=0)
    graph_sha256: str = ""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> ModelManifest:
        classes = set(self.class_names)
        if len(classes) != len(self.class_names):
            raise ValueError(f"class_names repeat: {', '.join(self.class_names)}")
        if self.normal_class is not None and self.normal_class not in classes:
            raise ValueError(f"normal_class {self.normal_class!r} is not one of the class_names")
        if self.normal_class not in (None, self.class_names[0]):
            raise ValueError(f"normal_class {self.normal_class!r} must be the first of class_names")
        if self.normal_class is not None and not self.normal_class_is_known:
            raise ValueError("normal_class is given, and said not to be known")
        if set(self.calibration.scale) != classes or set(self.calibration.offset) != classes:
            raise ValueError("calibration needs a scale and an offset for every class")
        if self.prevalence is not None and (
            set(self.prevalence) != classes or abs(sum(self.prevalence.values()) - 1.0) > 1e-6
        ):
            raise ValueError("prevalence needs a share for every class, and the sum one")
        if "balanced" not in self.operating_points:
            raise ValueError("operating_points must contain 'balanced'")
        for name, thresholds in self.operating_points.items():
            if set(thresholds) != classes:
                raise ValueError(f"operating point {name!r} needs one threshold for every class")
            if abs(sum(thresholds.values()) - 1.0) > 1e-6:
                raise ValueError(f"the thresholds of operating point {name!r} must sum to one")
        if set(self.evidence_scale) != classes:
            raise ValueError("evidence_scale needs one value for every class")
        # All of it may be shown on a terminal, and class names in tables.
        if any(map(steers_terminals, _texts(self.model_dump()))):
            raise ValueError("it holds control characters")
        if not all(name.isprintable() for name in self.class_names):
            raise ValueError("class_names must be printable")
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must know before trusting an answer of this model, a few sentences each."""
        warning = (self.card.warning,) if self.card.warning else ()
        if self.normal_class_is_known:
            return warning
        first, *others = self.class_names
        return (
            *warning,
            f"The file of the model {self.name!r} does not say which of its classes, "
            f"{listed(self.class_names)}, is the healthy one. Its thresholds and figures were made "
            f"as if it were {first}, and {listed(others)} looked for. If that is wrong, train the "
            "model again and say it with --normal-class.",
        )

    def thresholds(self, operating_point: str = "balanced") -> list[float]:
        """The thresholds of a named operating point, in the order of `class_names`.

        Raises `PneumoscopeError` for a name that the model does not have.
        """
        if operating_point not in self.operating_points:
            raise PneumoscopeError(
                f"The model {self.name!r} has no operating point {operating_point!r}.",
                nearest(operating_point, self.operating_points),
            )
        return [self.operating_points[operating_point][name] for name in self.class_names]

    def probabilities(self, logits: npt.ArrayLike) -> Floats:
        """Calibrated probabilities, float64 `(N, C)`, of the graph's logits `(N, C)`."""
        return softmax(logits, self.calibration.ordered(self.class_names))

    @property
    def finding_share(self) -> float | None:
        """The share of films with a finding that probabilities are for; `None` where it is not
        known, or the model has no normal class."""
        if self.prevalence is None or self.normal_class is None:
            return None
        return 1 - self.prevalence[self.normal_class]

    def with_finding_share(self, share: float) -> ModelManifest:
        """The manifest for films of which this share has a finding: in (0, 1), and no nearer to its
        ends than `RAREST`.

        With more than two classes, the findings divide it as they do in `prevalence`. Raises
        `PneumoscopeError` as `at_prevalence`, for another share, and for a model without a normal
        class.
        """
        if not RAREST <= share <= 1.0 - RAREST:
            raise PneumoscopeError(
                f"The prevalence must lie between 0 and 1, and {RAREST:g} from both at least, "
                f"got {share:g}.",
                "It is the share of films with a finding, such as 0.1.",
            )
        if self.normal_class is None:
            raise PneumoscopeError(
                f"The model {self.name!r} has no normal class, so no share of films has a finding.",
                f"State the share of each class in Python, with at_prevalence: its classes are "
                f"{', '.join(self.class_names)}.",
            )
        shares = with_findings(
            self._shares(), self.class_names.index(self.normal_class), share
        ).tolist()
        return self.at_prevalence(dict(zip(self.class_names, shares, strict=True)))

    def at_prevalence(self, prevalence: Mapping[str, float]) -> ModelManifest:
        """The manifest for films of which each class has another share; they sum to one.

        Offsets and thresholds move together, so every film is called what it was. Raises
        `PneumoscopeError` where it is not known which prevalence the model is for, and
        `pydantic.ValidationError` for numbers that are no shares of the model's classes.
        """
        before = self._shares()
        target = self._with(prevalence=dict(prevalence))
        after = target._shares()
        moved = move_calibration(self.calibration.ordered(self.class_names), before, after)
        points = {}
        for point in self.operating_points:
            thresholds = move_thresholds(self.thresholds(point), before, after)
            points[point] = dict(zip(self.class_names, thresholds.tolist(), strict=True))
        return target._with(
            calibration=CalibrationByClass.of(moved, self.class_names), operating_points=points
        )

    def _shares(self) -> list[float]:
        """`prevalence` in the order of `class_names`."""
        if self.prevalence is None:
            raise PneumoscopeError(
                f"The model {self.name!r} does not say which prevalence its probabilities are for.",
                "Calibrate it on films of your own: pneumoscope calibrate MODEL DATA --out FILE.",
            )
        return [self.prevalence[name] for name in self.class_names]

    def _with(self, **changes: Any) -> ModelManifest:
        """A copy with other settings, checked."""
        return ModelManifest.model_validate(dict(self) | changes)


def _texts(value: object) -> Iterator[str]:
    """All texts in nested values, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def making(*packages: str) -> dict[str, Any]:
    """When a model file was made, and with which versions of Python and of some packages."""
    return {
        "versions": {name: metadata.version(name) for name in packages}
        | {"python": platform.python_version()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
