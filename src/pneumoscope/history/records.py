"""What is kept of a film: what it was, what a model said of it, and what a person says of that."""

from __future__ import annotations

import datetime
import hashlib
import io
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import HistoryError
from pneumoscope.history.identifiers import made_at, new_id
from pneumoscope.history.reviews import Review
from pneumoscope.imaging.film import FilmTags
from pneumoscope.inference.call import Call
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest

Keep = Literal["none", "stripped", "whole"]
"""Which copy of a film is kept: none, one without anything about persons, or the file as it was;
each more than the one before."""

KEEPS: tuple[Keep, ...] = get_args(Keep)

# Of a `.npy` file (NumPy Enhancement Proposal 1) that `_npy` writes.
_HEAD = re.compile(
    rb"\x93NUMPY\x01\0..\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \} *\n",
    re.DOTALL,
)


def manifest_text(manifest: ModelManifest) -> str:
    """A manifest as the history keeps it: JSON, without the fingerprints of the films that the
    model has seen, which are most of it and are not needed to understand an answer."""
    return manifest.model_dump_json(exclude={"seen"})


def model_digest(manifest: ModelManifest) -> str:
    """The name of a model in the history: the SHA-256 of its `manifest_text`.

    It takes a fraction of a millisecond; who answers many films asks once.
    """
    return hashlib.sha256(manifest_text(manifest).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a model said of a film, so complete that it can be asked again without the film.

    `model_sha256` is the `model_digest` of the manifest as the model's file has it, and
    `prevalence` the share of findings that was asked for, if one was: probabilities and the
    threshold of the `call` are those at it. `logits` come before calibration; `cam` and `embedding`
    are arrays of float32, `(C, h, w)` and `(D,)`, as the bytes of `.npy` files. `height` and
    `width` are the film's own, `milliseconds` those spent on each step.
    """

    model_sha256: str
    model_name: str
    graph_sha256: str
    operating_point: str
    prevalence: float | None
    call: Call
    probabilities: Mapping[str, float]
    logits: tuple[float, ...]
    cam: bytes = field(repr=False)
    embedding: bytes = field(repr=False)
    height: int
    width: int
    tags: FilmTags
    milliseconds: Mapping[str, float]

    @classmethod
    def of(
        cls,
        prediction: Prediction,
        model_sha256: str,
        operating_point: str,
        prevalence: float | None = None,
    ) -> Answer:
        """A prediction at an operating point. Where `prevalence` was asked for, it is a prediction
        of the model at that prevalence, and `model_sha256` still that of the model as it is.

        Raises `PneumoscopeError` as `Prediction.call`.
        """
        height, width = prediction.film_shape
        return cls(
            model_sha256=model_sha256,
            model_name=prediction.manifest.name,
            graph_sha256=prediction.manifest.graph_sha256,
            operating_point=operating_point,
            prevalence=prevalence,
            call=prediction.call(operating_point),
            probabilities=dict(prediction.probabilities),
            logits=prediction.logits,
            cam=_npy(prediction.cam),
            embedding=_npy(prediction.embedding),
            height=height,
            width=width,
            tags=prediction.tags,
            milliseconds={step: round(spent, 3) for step, spent in prediction.timings.items()},
        )

    def prediction(self, film: str, manifest: ModelManifest) -> Prediction:
        """The prediction of a film of this name, as the model gave it; `manifest` is the model's,
        as its file has it.

        Raises `PneumoscopeError` as `ModelManifest.with_finding_share`.
        """
        moved = _moved(manifest, self.prevalence)
        return Prediction(
            film=film,
            probabilities=dict(self.probabilities),
            logits=self.logits,
            cam=_array(self.cam),
            embedding=_array(self.embedding),
            tags=self.tags,
            film_shape=(self.height, self.width),
            timings=dict(self.milliseconds),
            manifest=moved,
        )


@dataclass(frozen=True)
class Record:
    """One film that was sent: `id` is ordered by time, `film` its name, `film_sha256` the digest of
    its bytes as sent, `client` who sent it, if that is known.

    `answer` is there where it could be read, and else `reason` says why not. `film_kept` tells
    which copy of the film is kept. `reviews` has one of each reviewer, the latest first.
    `from_history`, which is not kept, says that the film was found
    again and not judged anew. Make one with `Record.read` or `Record.unreadable`.
    """

    id: str
    film: str
    film_sha256: str
    answer: Answer | None = None
    reason: str | None = None
    client: str | None = None
    film_kept: Keep = "none"
    reviews: tuple[Review, ...] = ()
    from_history: bool = False

    @classmethod
    def read(
        cls,
        film: str,
        film_sha256: str,
        answer: Answer,
        *,
        client: str | None = None,
        film_kept: Keep = "none",
        nanoseconds: int | None = None,
    ) -> Record:
        """The record of a film that was read, now or at `nanoseconds` since 1970."""
        identifier = new_id(time.time_ns() if nanoseconds is None else nanoseconds)
        return cls(identifier, film, film_sha256, answer, None, client, film_kept)

    @classmethod
    def unreadable(
        cls,
        film: str,
        film_sha256: str,
        reason: str,
        *,
        client: str | None = None,
        film_kept: Keep = "none",
        nanoseconds: int | None = None,
    ) -> Record:
        """The record of a film that could not be read, now or at `nanoseconds` since 1970."""
        identifier = new_id(time.time_ns() if nanoseconds is None else nanoseconds)
        return cls(identifier, film, film_sha256, None, reason, client, film_kept)

    @property
    def status(self) -> Literal["read", "unreadable"]:
        """Whether the film could be read."""
        return "unreadable" if self.answer is None else "read"

    @property
    def review(self) -> Review | None:
        """The latest review, by which records are found and ordered; `None` where there is none."""
        return self.reviews[0] if self.reviews else None

    @property
    def created_at(self) -> datetime.datetime:
        """When the record was made: UTC, to the millisecond."""
        return made_at(self.id)


@dataclass(frozen=True)
class NewRecord:
    """A record to be added, with the copy of the film that its `film_kept` tells; `None` for
    `none`."""

    record: Record
    film: bytes | None = field(default=None, repr=False)


def _moved(manifest: ModelManifest, prevalence: float | None) -> ModelManifest:
    return manifest if prevalence is None else manifest.with_finding_share(prevalence)


def _npy(array: NDArray[np.float32]) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array, "<f4"), allow_pickle=False)
    return file.getvalue()


def _array(npy: bytes) -> NDArray[np.float32]:
    """What `_npy` wrote. Not by `np.load`: it parses the head as Python, which several threads at
    once may not do before Python 3.11.8 (SystemError, now and then; CPython issue 106905).

    Raises `HistoryError` for anything else.
    """
    head = _HEAD.match(npy)
    shape = [int(side) for side in head[1].split(b",") if side.strip()] if head else []
    if head is None or len(npy) - head.end() != 4 * math.prod(shape):
        raise HistoryError(
            "A map or an embedding in the history is damaged.", "Send the film again."
        )
    return np.frombuffer(npy, "<f4", offset=head.end()).reshape(shape)
