"""What is found of a model's probabilities and thresholds on films of another site: records."""

from __future__ import annotations

from typing import Literal

from pneumoscope.evaluation.evaluation import Bootstrap
from pneumoscope.metrics.records import Figure, Record
from pneumoscope.wording import counted, listed

LEAST_PATIENTS = 10
"""Patients of every class below which nothing is fitted."""
ENOUGH_PATIENTS = 30
"""Patients of every class from which on scales are fitted too, and not offsets alone."""

Fitting = Literal["nothing", "offsets", "everything"]


class SettingsFigures(Record):
    """What is found of one calibration with its thresholds.

    `probabilities` are `log_loss` and, where a finding is looked for, `offset` and `slope` of its
    log odds (see `metrics.calibration_line`). `operating_points` have `sensitivity`, the share of
    films with a finding that are not called normal, and `specificity`; where nothing is screened
    for, the recall of each class.
    """

    probabilities: dict[str, Figure]
    operating_points: dict[str, dict[str, Figure]]


class SiteCheck(Record):
    """A model's settings on the films of a site.

    `patients` counts those with films of each class. `before` are its settings as they are, `moved`
    the same moved to the shares of the classes among these films, `after` what is fitted to these
    films, cross-fitted, and `gain` by how much that lowers the log loss. `promised` are the figures
    in the model's file of its own films of the split `promised_on`, and `missed` how far those
    found here are above them.
    """

    model: str
    films: dict[str, int]
    patients: dict[str, int]
    fitted: Fitting
    bootstrap: Bootstrap
    before: SettingsFigures
    moved: SettingsFigures | None = None
    after: SettingsFigures | None = None
    gain: Figure | None = None
    promised_on: str | None = None
    promised: dict[str, dict[str, Figure]]
    missed: dict[str, dict[str, Figure]]

    def refusal(self) -> tuple[str, str] | None:
        """Why nothing can be fitted to these films, and what would be needed; `None` where it
        can."""
        if self.fitted != "nothing":
            return None
        few = [name for name, count in self.patients.items() if count < LEAST_PATIENTS]
        have = listed([f"{counted(self.patients[name], 'patient')} of {name}" for name in few])
        return (
            f"Nothing was fitted, and no file written: there are {have}.",
            f"Give films of at least {LEAST_PATIENTS} patients of every class for offsets and "
            f"thresholds, and of {ENOUGH_PATIENTS} for scales too; {listed(few)} is what is "
            "missing.",
        )
