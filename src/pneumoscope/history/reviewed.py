"""The films that persons have reviewed, with what a model said of them in numbers: all that judging
the model takes, and no maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from pneumoscope.history.database import Database
from pneumoscope.history.review_rows import reviews_of
from pneumoscope.history.reviews import Review
from pneumoscope.history.search import check_known
from pneumoscope.history.tables import models, records, reviews


@dataclass(frozen=True)
class ReviewedFilm:
    """A film with its reviews, the latest first; `id` and `film_sha256` are those of its record,
    and `kept_sha256` is the digest of the copy that is kept, if any. The model and its calibrated
    `probabilities`, at `prevalence` where one was asked for, are `None` where the film could not be
    read."""

    id: str
    film_sha256: str
    kept_sha256: str | None
    model_sha256: str | None
    model_name: str | None
    prevalence: float | None
    probabilities: Mapping[str, float] | None
    reviews: tuple[Review, ...]

    @property
    def decided(self) -> Review | None:
        """The latest review that tells which class the reviewer sees."""
        return next((review for review in self.reviews if review.opinion is not None), None)


def reviewed_films(database: Database, model: str | None = None) -> list[ReviewedFilm]:
    """All films with a review, the oldest first; with `model`, those that a model of this name has
    judged. Raises `PneumoscopeError` for a name that the history does not know, and as
    `faults.told`."""
    column = records.c
    statement = select(
        column.id,
        column.film_sha256,
        column.kept_sha256,
        column.model_sha256,
        models.c.name,
        column.prevalence,
        column.probabilities,
    )
    statement = statement.outerjoin_from(records, models).where(
        column.id.in_(select(reviews.c.record))
    )
    if model is not None:
        statement = statement.where(models.c.name == model)
    with database.snapshot() as connection:
        if model is not None:
            check_known(
                "model", model, sorted(connection.scalars(select(models.c.name).distinct()))
            )
        rows = connection.execute(statement.order_by(column.id)).all()
        found = reviews_of(connection, statement.with_only_columns(column.id))
    return [ReviewedFilm(*row, found[row.id]) for row in rows]
