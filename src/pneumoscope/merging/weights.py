"""How much each member of an ensemble counts, and who says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import PneumoscopeError
from pneumoscope.metrics.averaging import fit_weights
from pneumoscope.metrics.checks import Floats


@dataclass(frozen=True)
class MemberWeights:
    """One share for each member, positive and together one, and where they come from."""

    shares: tuple[float, ...]
    origin: Literal["equal", "given", "fitted"]

    @classmethod
    def equal(cls, members: int) -> MemberWeights:
        """The same share for each."""
        return cls((1.0 / members,) * members, "equal")

    @classmethod
    def given(cls, numbers: Sequence[float], members: int) -> MemberWeights:
        """Shares in proportion to some numbers.

        Raises `PneumoscopeError` unless there is a positive one for each member.
        """
        values = np.asarray(numbers, dtype=np.float64)
        if values.shape != (members,) or not np.isfinite(values).all() or values.min() <= 0:
            got = ", ".join(f"{value:g}" for value in values)
            raise PneumoscopeError(
                f"{members} members need {members} positive weights, got {got or 'none'}.",
                "A member without weight is better left out.",
            )
        return cls(tuple((values / values.sum()).tolist()), "given")

    @classmethod
    def fitted(cls, scores: Sequence[Floats], y_true: npt.NDArray[np.int64]) -> MemberWeights:
        """The shares of least log loss (see `fit_weights`), from each member's probabilities."""
        return cls(tuple(fit_weights(scores, y_true).tolist()), "fitted")
