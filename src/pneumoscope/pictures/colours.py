"""The colours of evidence: a scale for how much there is, and one for and against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import PneumoscopeError

_STEPS = 255


@dataclass(frozen=True)
class ColourScale:
    """Colours for values from `lowest`, 0 or -1, to 1.

    `anchors` are evenly spaced colours as six hexadecimal digits each, the others lie between them.
    `opacity` is the share that the colour of a full value, 1 or -1, takes when it is laid on a
    film; less takes less in proportion, and zero is transparent. `words` say what the ends of the
    scale mean, and its middle where that means something; `course` is how it looks on gray.
    """

    lowest: int
    anchors: str
    opacity: float
    words: tuple[str, ...]
    course: str

    def colours(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The colour of each value: uint8 of the values' shape and a last axis of 3.

        Raises `PneumoscopeError` as `check` does.
        """
        self.check(values)
        levels = np.rint((values - self.lowest) * _STEPS).astype(np.intp)
        colours: NDArray[np.uint8] = self._table[levels]
        return colours

    def check(self, values: NDArray[np.float32]) -> None:
        """Raise `PneumoscopeError` unless there are values and all are on the scale."""
        if not (values.size and values.min() >= self.lowest and values.max() <= 1):
            raise PneumoscopeError(
                f"The heatmap has values outside [{self.lowest}, 1], or none.",
                f"Scale it to [{self.lowest}, 1] first.",
            )

    @cached_property
    def _table(self) -> NDArray[np.uint8]:
        """The colour of each level, uint8 `(levels, 3)`."""
        anchors = np.array([list(bytes.fromhex(colour)) for colour in self.anchors.split()])
        places = np.linspace(0, len(anchors) - 1, (1 - self.lowest) * _STEPS + 1)
        channels = [np.interp(places, np.arange(len(anchors)), channel) for channel in anchors.T]
        table: NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
        return table


# Every fifteenth colour of matplotlib's `inferno`: equal steps of heat look like equal steps, also
# to the colour-blind, and in gray the colours only get brighter.
HEAT = ColourScale(
    0,
    "000004 0a0722 1e0c45 380962 510e6c 69166e 801f6c 982766 b0315b "
    "c63d4d d94d3d e9612b f47918 fa9407 fcb014 f8cd37 f2ea69 fcffa4",
    opacity=0.6,
    words=("none", "full"),
    course="from gray through red to yellow",
)

# Every 16th colour of `berlin` (Crameri 2018, Scientific colour maps): as even, dark where there is
# no evidence, and blue against red is told apart with the common colour blindnesses too.
SIGNED = ColourScale(
    -1,
    "9eb0ff 7bacee 54a0d5 3787af 296988 1e4d63 143240 111b21 180c0a "
    "2a0e01 3f1201 591c07 7b321c 9c4f3d bc6d61 dd8d86 ffadad",
    # Its ends are pale, and need more of a film's place to be seen there.
    opacity=0.8,
    words=("against", "none", "for"),
    course="from blue through gray to red",
)
