"""The colour scales are those they claim to be."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import colormaps

from pneumoscope.errors import PneumoscopeError
from pneumoscope.pictures.colours import HEAT, SIGNED, ColourScale


@pytest.mark.parametrize(("scale", "name"), [(HEAT, "inferno"), (SIGNED, "berlin")])
def test_the_colours_are_those_of_the_published_map(scale: ColourScale, name: str) -> None:
    values = np.linspace(scale.lowest, 1, 256, dtype=np.float32)
    expected = colormaps[name](np.arange(256))[:, :3] * 255
    assert np.abs(scale.colours(values) - expected).max() <= 6


def test_for_and_against_are_told_apart_by_the_colour_blind() -> None:
    # Without red cones (Vienot et al. 1999), colours differ in blue and in the mean of the others.
    values = np.linspace(0.3, 1, 8, dtype=np.float32)
    blue = [SIGNED.colours(sign * values)[:, 2].astype(int) for sign in (-1, 1)]
    assert (blue[0] - blue[1] > 50).all()


@pytest.mark.parametrize("values", [[-0.1], [1.1], [np.nan], []])
def test_values_beyond_the_scale_are_refused(values: list[float]) -> None:
    with pytest.raises(PneumoscopeError, match=r"outside \[0, 1\]"):
        HEAT.colours(np.array(values, np.float32))
