"""What others reported for their models: reference rows beside measured figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import ConfigDict, Field, TypeAdapter

from pneumoscope.metrics.records import Record
from pneumoscope.wording import listed

# Of systems A to D with the published references, and of system E.
_REPORTED_CLASSES = (
    ("normal", "pneumonia"),
    ("normal", "lung opacity", "viral pneumonia"),
)

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Text = Annotated[str, Field(min_length=1)]


class ReportedResult(Record):
    """One model's figures as its makers reported them; `None` where they gave none.

    `system` is a letter of `SYSTEMS`, or empty for published references. `split` says on which
    films, `source` who says so, `note` what a reader must know.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    system: str
    model: Text
    classes: int = Field(ge=2)
    split: Text
    accuracy: Share | None = None
    precision: Share | None = None
    recall: Share | None = None
    specificity: Share | None = None
    f1: Share | None = None
    roc_auc: Share | None = None
    source: Text
    note: str = ""

    @property
    def title(self) -> str:
        """The model, with its system where it has one."""
        return f"{self.system}: {self.model}" if self.system else self.model

    def figure(self, name: str) -> float | None:
        """The figure of a column of a comparison; `None` where it was not reported."""
        value: float | None = getattr(self, name, None)
        return value


def reported_results(class_names: Sequence[str]) -> tuple[ReportedResult, ...]:
    """The packaged reference rows of the task that tells these classes apart, in any order and
    case; of other classes, though as many, nobody has reported anything here."""
    names = {name.casefold() for name in class_names}
    if names not in map(set, _REPORTED_CLASSES):
        return ()
    text = Path(__file__).with_name("reported.yaml").read_text(encoding="utf-8")
    rows = TypeAdapter(tuple[ReportedResult, ...]).validate_python(yaml.safe_load(text))
    return tuple(row for row in rows if row.classes == len(names))


def why_nothing_reported(class_names: Sequence[str]) -> str:
    """Why nothing that others reported stands beside figures of these classes, in a sentence; empty
    where something does."""
    if reported_results(class_names):
        return ""
    theirs = "; ".join(listed(classes) for classes in _REPORTED_CLASSES)
    return (
        f"--reported shows nothing: these classes are {listed(class_names)}, and others reported "
        f"figures for these only: {theirs}."
    )
