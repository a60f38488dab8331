"""From stored gray levels to bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pneumoscope.imaging.intensity import map_levels, scale_to_bytes


def test_a_range_is_mapped_linearly_and_clipped() -> None:
    values = np.array([-5, 0, 1, 50, 100, 900])
    assert scale_to_bytes(values, 0, 100).tolist() == [0, 0, 3, 128, 255, 255]


def test_a_flat_range_gives_black() -> None:
    assert not scale_to_bytes(np.full((2, 2), 7), 7, 7).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, ">u2"])
@settings(max_examples=30)
@given(data=st.data())
def test_looking_levels_up_equals_computing_each_pixel(dtype: type, data: st.DataObject) -> None:
    values = data.draw(arrays(dtype, (3, 4)))
    low, high = float(values.min()), float(values.max())
    mapped = map_levels(values, lambda levels: scale_to_bytes(levels, low, high))
    assert mapped.dtype == np.uint8
    assert np.array_equal(mapped, scale_to_bytes(values, low, high))
