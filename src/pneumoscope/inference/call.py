"""What is called of a film, and the one probability that is told beside it.

A call and its probability must not contradict each other. "NORMAL, probability 30 %" does, and so
does "NORMAL" beside "PNEUMONIA 70 %" without a word on the threshold. So one class is of interest
in every film: the class called or, where that is the healthy one, the finding nearest to being
called. Its probability is told with its threshold, and its evidence is coloured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pneumoscope.wording import percent


@dataclass(frozen=True)
class Call:
    """The call of one film at an operating point. Make one with `Call.of`.

    `finding` is the class called. `probability` and `threshold`, in 0 to 1, are those of
    `class_of_interest`.
    """

    finding: str
    class_of_interest: str
    probability: float
    threshold: float

    @classmethod
    def of(
        cls,
        finding: str,
        probabilities: Mapping[str, float],
        thresholds: Mapping[str, float],
        normal_class: str | None,
    ) -> Call:
        """The call of `finding`, with the class of interest by a model's probabilities and the
        thresholds of an operating point.

        Where the healthy class is called, it is the class whose probability is highest relative to
        its threshold among the others. Without a healthy class it is always the class called.
        """
        interest = finding
        if finding == normal_class:
            findings = (name for name in thresholds if name != normal_class)
            interest = max(findings, key=lambda name: probabilities[name] / thresholds[name])
        return cls(finding, interest, probabilities[interest], thresholds[interest])

    @property
    def is_above(self) -> bool:
        """Whether the probability reaches the threshold.

        With more than two classes, that of a film called healthy may: the healthy class is then
        further above its own.
        """
        # Of two classes without a healthy one, rounding could put the first below its threshold.
        return self.finding == self.class_of_interest or self.probability >= self.threshold

    @property
    def reading(self) -> str:
        """`PNEUMONIA 70.0 %, below the threshold of 75.0 %`."""
        return f"{self.figure}, {self.side} the threshold of {self.limit}"

    @property
    def short_reading(self) -> str:
        """`PNEUMONIA 70.0 %, below 75.0 %`."""
        return f"{self.figure}, {self.side} {self.limit}"

    @property
    def figure(self) -> str:
        """`PNEUMONIA 70.0 %`."""
        return f"{self.class_of_interest} {percent(self.probability)}"

    @property
    def side(self) -> str:
        """On which side of the threshold the probability is: `below`, or `just below` where the
        two look alike."""
        word = "above" if self.is_above else "below"
        return f"just {word}" if percent(self.probability) == percent(self.threshold) else word

    @property
    def limit(self) -> str:
        """The threshold, and where that alone would not tell why the film is called healthy, why it
        is."""
        limit = percent(self.threshold)
        if self.is_above and self.finding != self.class_of_interest:
            return f"{limit}, but {self.finding} is further above its own"
        return limit
