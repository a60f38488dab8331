"""What persons say of findings: whether they agree, and which class they see themselves."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pneumoscope.errors import PneumoscopeError, nearest

Verdict = Literal["agree", "disagree", "unsure"]
"""What a person says of a finding."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Review:
    """What a person, who may give a name as `reviewer`, says of a finding, and when (UTC, to the
    millisecond).

    `finding` is the class that was called when it was reviewed, at `operating_point`; both are
    `None` of a film that could not be read. `opinion` is the class that the person sees, where that
    is known. `blind` says that the answer was not seen before.
    """

    verdict: Verdict
    note: str
    reviewer: str
    reviewed_at: datetime.datetime
    opinion: str | None = None
    finding: str | None = None
    operating_point: str | None = None
    blind: bool = False


def settle(
    verdict: Verdict | None, opinion: str | None, finding: str | None, class_names: Sequence[str]
) -> tuple[Verdict, str | None]:
    """The verdict and the opinion of a person of whom one of them may be known.

    `finding` is the class called, one of `class_names`, or `None` where the film could not be read:
    then there is no opinion. Who agrees sees the class called; who disagrees sees another one,
    which is the other one where there are two.

    Raises `PneumoscopeError` for another verdict, for a class that is none of these, and where the
    two contradict each other or neither is given.
    """
    if opinion is not None and opinion not in class_names:
        if finding is None:
            raise PneumoscopeError(
                "The film could not be read, so there is no finding to have another opinion of.",
                "Leave the opinion out.",
            )
        raise PneumoscopeError(
            f"The model has no class {opinion!r}.", nearest(opinion, list(class_names))
        )
    match verdict:
        case None if opinion is not None:
            return ("agree" if opinion == finding else "disagree"), opinion
        case "agree" if opinion in (None, finding):
            return verdict, finding
        case "disagree" if opinion is None:
            others = [name for name in class_names if name != finding]
            return verdict, others[0] if len(class_names) == 2 else None
        case "disagree" if opinion != finding:
            return verdict, opinion
        case "unsure" if opinion is None:
            return verdict, None
        case "agree" | "disagree" | "unsure":
            raise PneumoscopeError(
                f"The verdict {verdict!r} on the finding {finding!r} contradicts the opinion "
                f"{opinion!r}.",
                "Who agrees sees the finding, who disagrees another class, and who is unsure none.",
            )
    raise PneumoscopeError(
        f"There is no verdict {verdict!r}.", f"It is one of {', '.join(VERDICTS)}."
    )
