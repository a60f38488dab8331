"""What was found, as records: frozen, JSON there and back, and kept in files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pneumoscope.errors import DatasetError
from pneumoscope.files import write_text
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import json_text

Figure = Interval
"""A figure as a field of a `Record`: its undefined numbers are null in JSON."""

_FIGURE = TypeAdapter(Figure)


def as_figure(document: object) -> Figure:
    """The figure in a part of a JSON document, such as a model file's manifest."""
    return _FIGURE.validate_python(document)


def as_document(figure: Figure) -> dict[str, float | None]:
    """The figure as a part of a JSON document."""
    document: dict[str, float | None] = _FIGURE.dump_python(figure, mode="json")
    return document


class Record(BaseModel):
    """Base of what is kept of a measurement: unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> str:
        """The record as JSON text."""
        # Not pydantic's own writer: names of files need not be valid text.
        return json_text(self.model_dump(mode="json"), indent=2)

    def write_json(self, path: Path) -> None:
        """Write the record into a file, whole or not at all; raises `OSError`."""
        write_text(path, self.to_json() + "\n")

    @classmethod
    def read_json(cls, path: Path) -> Self:
        """The record in a file; raises what `reading` knows."""
        return cls.model_validate(json.loads(path.read_text("utf-8", errors="surrogateescape")))


@contextmanager
def reading(what: str, path: Path, hint: str) -> Iterator[None]:
    """Around what reads `what` from a file; `hint` says what writes it.

    Raises `DatasetError` where the file is missing, is damaged or holds something else.
    """
    try:
        yield
    except OSError as error:
        raise DatasetError(
            f"The {what} {path} could not be read: {error.strerror or error}.", hint
        ) from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise DatasetError(
            f"{path} is no {what}: {where or 'the file'}: {problem['msg']}.", hint
        ) from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DatasetError(
            f"{path} is no {what}: {type(error).__name__}: {error}.", hint
        ) from error
