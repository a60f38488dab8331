"""The trials of a tuning: what was tried, what came of it, and how both are written for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Trial:
    """A finished trial. `values` are the settings it tried, by dotted name such as `optimizer.lr`.

    `score` is the highest validation ROC-AUC of its `epochs`, `None` without any. A `pruned` trial
    was ended early, and `note` says why. With `is_start` it tried the recipe as it is.
    """

    number: int
    state: Literal["complete", "pruned"]
    values: Mapping[str, Any]
    score: float | None
    epochs: int
    seconds: float
    is_start: bool = False
    note: str = ""

    @property
    def remark(self) -> str:
        """What there is to say of it, apart from figures; often nothing."""
        said = ["the recipe as it is"] if self.is_start else []
        if self.state == "pruned":
            said.append(f"pruned: {self.note}")
        return "; ".join(said)


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """The complete trial with the highest score, of equal ones the earliest."""
    return next((trial for trial in ranked(trials) if trial.state == "complete"), None)


def ranked(trials: Iterable[Trial]) -> list[Trial]:
    """Complete trials before pruned ones, each by falling score, equal ones by number."""

    def place(trial: Trial) -> tuple[bool, float, int]:
        return trial.state == "pruned", -(trial.score or 0.0), trial.number

    return sorted(trials, key=place)


def written(value: Any) -> str:
    """A value of a setting for people: numbers with three significant digits."""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(member) for member in value)}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {written(member)}" for key, member in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "off" if value is None else str(value)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """The last part of each dotted name, or all of it where two would be the same."""
    last = {name: name.rpartition(".")[2] for name in names}
    count = Counter(last.values())
    return {name: part if count[part] == 1 else name for name, part in last.items()}
