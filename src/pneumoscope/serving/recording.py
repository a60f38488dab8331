"""From what a client asked for and a network said to records of the history."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from pneumoscope.errors import ImageReadError
from pneumoscope.history.records import Answer, Keep, NewRecord, Record
from pneumoscope.history.store import History
from pneumoscope.inference.prediction import Prediction
from pneumoscope.inference.predictor import NetworkAnswer
from pneumoscope.inference.preparing import PreparedFilm
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.serving.served_models import ServedModel
from pneumoscope.serving.uploads import UploadedFilm


@dataclass(frozen=True)
class Asked:
    """How a client wants films to be judged: `prevalence` where it is another than the model's."""

    model: ServedModel
    operating_point: str
    prevalence: float | None
    client: str

    @property
    def manifest(self) -> ModelManifest:
        """The model's manifest, for films of the prevalence that was asked for."""
        return self.model.manifest_at(self.prevalence)


@dataclass(frozen=True)
class SentFilm:
    """A film as it was sent, with the SHA-256 of its bytes and, where one is to be kept and could
    be made, a stripped `copy`."""

    film: UploadedFilm
    sha256: str
    copy: bytes | None = None


def record_of_film(
    sent: SentFilm,
    prepared: PreparedFilm,
    answer: NetworkAnswer,
    milliseconds: float,
    asked: Asked,
    keep: Keep,
) -> NewRecord:
    """The record of a film that was judged; `answer` is that of the network for it alone,
    `milliseconds` its share of the time that took."""
    manifest = asked.manifest
    # At another prevalence than the model's own they are others than the network's.
    probabilities = (
        answer.probabilities if asked.prevalence is None else manifest.probabilities(answer.logits)
    )[0].tolist()
    prediction = Prediction(
        film=sent.film.name,
        probabilities=dict(zip(manifest.class_names, probabilities, strict=True)),
        logits=tuple(answer.logits[0].tolist()),
        cam=answer.cam[0],
        embedding=answer.embedding[0],
        tags=prepared.tags,
        film_shape=prepared.shape,
        timings=prepared.timings | {"infer": milliseconds},
        manifest=manifest,
    )
    kept = sent.film.data if keep == "whole" else sent.copy if keep == "stripped" else None
    record = Record.read(
        sent.film.name,
        sent.sha256,
        Answer.of(prediction, asked.model.digest, asked.operating_point, asked.prevalence),
        client=asked.client or None,
        film_kept="none" if kept is None else keep,
    )
    return NewRecord(record, kept)


def record_of_unreadable(
    sent: SentFilm, error: ImageReadError, asked: Asked, keep: Keep
) -> NewRecord:
    """The record of a film that could not be read. Of such a file there is no stripped copy."""
    kept = sent.film.data if keep == "whole" else None
    record = Record.unreadable(
        sent.film.name,
        sent.sha256,
        error.reason,
        client=asked.client or None,
        film_kept="none" if kept is None else keep,
    )
    return NewRecord(record, kept)


def found_again(history: History, sent: SentFilm, asked: Asked) -> Record | None:
    """The record of the same film, model and prevalence, if there is one: under the name by which
    the film was sent now, and with its answer at the operating point that is asked for now. Where
    films are kept, one that was not is judged anew, since there would never be a picture of it."""
    found = history.find_same(sent.sha256, asked.model.digest, asked.prevalence)
    if found is None or found.answer is None:
        return None
    if found.film_kept == "none" and history.keep != "none":
        return None
    prediction = found.answer.prediction(sent.film.name, asked.model.manifest)
    answer = Answer.of(
        prediction,
        asked.model.digest,
        asked.operating_point,
        asked.prevalence,
    )
    return dataclasses.replace(found, film=sent.film.name, answer=answer, from_history=True)
