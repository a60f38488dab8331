"""Records of the history as JSON: the findings of `predict --json`, with what the service knows."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

from pneumoscope.errors import HistoryError
from pneumoscope.history.records import Answer, Record
from pneumoscope.history.reviews import Review
from pneumoscope.history.store import History
from pneumoscope.inference.call import Call
from pneumoscope.inference.finding import Finding, head_document
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.serving.recording import Asked
from pneumoscope.wording import NOTICE


def prediction_of(record: Record, history: History) -> Prediction | None:
    """The prediction that a record keeps, with its maps; `None` where the film was unreadable.

    Raises `HistoryError` where the history does not know its model.
    """
    if record.answer is None:
        return None
    manifest = manifest_of(history, record.answer.model_sha256, None)
    return record.answer.prediction(record.film, manifest)


@functools.lru_cache(maxsize=64)
def manifest_of(history: History, model_sha256: str, prevalence: float | None) -> ModelManifest:
    """A model's manifest as its file has it, or for films of another prevalence: moving it there
    takes time. Raises `HistoryError` where the history does not know the model."""
    manifest = history.model(model_sha256)
    if manifest is None:
        raise HistoryError(
            f"The model {model_sha256} is not in the history.", "Restore it from a backup."
        )
    return manifest if prevalence is None else manifest.with_finding_share(prevalence)


def record_document(
    record: Record, history: History, operating_point: str | None = None
) -> dict[str, Any]:
    """A record as JSON, called at an operating point; without one, at that of its judgement.

    Raises `PneumoscopeError` for one that its model does not have.
    """
    reviews = [_review_document(review) for review in record.reviews]
    document: dict[str, Any] = {
        "id": record.id,
        "created_at": record.created_at.isoformat(timespec="milliseconds"),
        "status": record.status,
        "film": record.film,
        "sha256": record.film_sha256,
        "film_kept": record.film_kept,
        "client": record.client or "",
        "review": reviews[0] if reviews else None,
        "reviews": reviews,
    }
    answer = record.answer
    if answer is None:
        return document | {"reason": record.reason}
    manifest = manifest_of(history, answer.model_sha256, answer.prevalence)
    point = operating_point or answer.operating_point
    head = head_document(manifest, point)
    finding = Finding(
        film=record.film,
        call=_call(record, answer, history, point),
        probabilities=dict(answer.probabilities),
        height=answer.height,
        width=answer.width,
        tags=answer.tags,
        milliseconds=dict(answer.milliseconds),
        heatmap=None,
    )
    return document | {
        **finding.document(),
        **{name: head[name] for name in ("model", "operating_point", "thresholds")},
        "operating_points": manifest.operating_points,
        "normal_class": manifest.normal_class,
        "prevalence": manifest.finding_share,
        "model_warnings": head["warnings"],
        "from_history": record.from_history,
    }


def listed_document(
    record: Record, history: History, operating_point: str | None
) -> dict[str, Any]:
    """A record among those of other models, called at an operating point where its model has that,
    and else at that of its judgement. `operating_point` of the document says which it is."""
    if record.answer is not None and operating_point is not None:
        manifest = history.model(record.answer.model_sha256)
        if manifest is not None and operating_point not in manifest.operating_points:
            operating_point = None
    return record_document(record, history, operating_point)


def _call(record: Record, answer: Answer, history: History, operating_point: str) -> Call:
    """The call of a record: as it was judged or, which takes longer, at another point."""
    if operating_point == answer.operating_point:
        return answer.call
    prediction = prediction_of(record, history)
    assert prediction is not None
    return prediction.call(operating_point)


def findings_document(records: Sequence[Record], asked: Asked, history: History) -> dict[str, Any]:
    """What is answered to films that were sent: the document of `predict --json`, whose films tell
    more."""
    films = [record_document(record, history) for record in records]
    return {
        **head_document(asked.manifest, asked.operating_point),
        "films": [film for film in films if film["status"] == "read"],
        "unreadable": [film for film in films if film["status"] != "read"],
        "folder_notes": [],
        "notice": NOTICE,
    }


def _review_document(review: Review) -> dict[str, Any]:
    reviewed_at = review.reviewed_at.isoformat(timespec="milliseconds")
    return dataclasses.asdict(review) | {"reviewed_at": reviewed_at}
