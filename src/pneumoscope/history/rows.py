"""Records as rows of the tables, and back."""

from __future__ import annotations

import dataclasses
import hashlib
import unicodedata
from typing import Any

from sqlalchemy import Row, Select, select

from pneumoscope.history.records import Answer, NewRecord, Record
from pneumoscope.history.reviews import Review
from pneumoscope.history.tables import UNREADABLE, VERDICT_RANKS, models, records
from pneumoscope.imaging.film import FilmTags
from pneumoscope.inference.call import Call

# PostgreSQL takes 2,704 bytes in an index, and a character may need four.
LONGEST_KEY = 500

_NO_ANSWER: dict[str, Any] = {
    **dict.fromkeys(field.name for field in dataclasses.fields(Answer) if field.name != "call"),
    **dict.fromkeys(field.name for field in dataclasses.fields(Call)),
    "probability": UNREADABLE,
}
# These stand in the table of models.
del _NO_ANSWER["model_name"], _NO_ANSWER["graph_sha256"]


def film_key(name: str) -> str:
    """What films are searched and ordered by: the first 500 characters of their name, whatever
    their case and however accents are written."""
    return unicodedata.normalize("NFKC", name.casefold())[:LONGEST_KEY]


def row_of(entry: NewRecord) -> dict[str, Any]:
    """The row of a record: every column. A new one has no reviews."""
    record = entry.record
    answer = _NO_ANSWER if record.answer is None else _answer_columns(record.answer)
    return {
        "id": record.id,
        "film": record.film,
        "film_key": film_key(record.film),
        "film_sha256": record.film_sha256,
        "client": record.client,
        "film_kept": record.film_kept,
        "kept_sha256": None if entry.film is None else hashlib.sha256(entry.film).hexdigest(),
        "reason": record.reason,
        **answer,
        "urgency": answer["probability"],
        "verdict_rank": VERDICT_RANKS[None],
    }


def select_records() -> Select[Any]:
    """A query for what `record_of` needs."""
    return select(records, models.c.name.label("model_name"), models.c.graph_sha256).outerjoin(
        models
    )


def record_of(row: Row[Any], reviews: tuple[Review, ...] = ()) -> Record:
    """The record in a row of `select_records`, with its reviews."""
    cells = row._mapping
    return Record(
        id=cells["id"],
        film=cells["film"],
        film_sha256=cells["film_sha256"],
        answer=None if cells["finding"] is None else _answer_of(cells),
        reason=cells["reason"],
        client=cells["client"],
        film_kept=cells["film_kept"],
        reviews=reviews,
    )


def _answer_columns(answer: Answer) -> dict[str, Any]:
    return {
        "model_sha256": answer.model_sha256,
        "operating_point": answer.operating_point,
        "prevalence": answer.prevalence,
        **vars(answer.call),
        "probabilities": dict(answer.probabilities),
        "logits": answer.logits,
        "cam": answer.cam,
        "embedding": answer.embedding,
        "height": answer.height,
        "width": answer.width,
        "tags": vars(answer.tags),
        "milliseconds": dict(answer.milliseconds),
    }


def _answer_of(cells: Any) -> Answer:
    tags: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in cells["tags"].items()
    }
    return Answer(
        model_sha256=cells["model_sha256"],
        model_name=cells["model_name"],
        graph_sha256=cells["graph_sha256"],
        operating_point=cells["operating_point"],
        prevalence=cells["prevalence"],
        call=Call(**{field.name: cells[field.name] for field in dataclasses.fields(Call)}),
        probabilities=cells["probabilities"],
        logits=tuple(cells["logits"]),
        cam=cells["cam"],
        embedding=cells["embedding"],
        height=cells["height"],
        width=cells["width"],
        tags=FilmTags(**tags),
        milliseconds=cells["milliseconds"],
    )
