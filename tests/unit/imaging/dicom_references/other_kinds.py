"""Floating-point, colour and enhanced films."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from . import gray_levels, standard
from .films import Film, set_words


def _floats_of(values: NDArray[np.int64]) -> NDArray[np.float64]:
    return values / 700 - 1.3


def float_pixels(dataset: Dataset, film: Film, keyword: str, bits: int) -> None:
    for element in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        del dataset[element]
    dataset.BitsAllocated = bits
    pixels = _floats_of(film.values).astype(f"<f{bits // 8}").tobytes()
    setattr(dataset, keyword, pixels)


def float_reference(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    return standard.minimum_to_maximum(_floats_of(values), film)


def planar(dataset: Dataset, film: Film) -> None:
    dataset.PlanarConfiguration = 1
    set_words(dataset, np.moveaxis(film.values, -1, 1))


def ybr(dataset: Dataset, film: Film) -> None:
    """PS3.3, C.7.6.3.1.2. The film's three samples are taken for red, green and blue."""
    red, green, blue = np.moveaxis(film.values, -1, 0)
    luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    ybr = [luminance, (blue - luminance) / 1.772 + 128, (red - luminance) / 1.402 + 128]
    set_words(dataset, np.rint(np.stack(ybr, axis=-1)).astype(np.int64))


def _functional_groups(film: Film, centre: float, width: float) -> Dataset:
    group, rescale, window = Dataset(), Dataset(), Dataset()
    gray_levels.rescale(rescale, film)
    stored_centre, stored_width = gray_levels.window_of(film, centre, width)
    window.WindowCenter, window.WindowWidth = stored_centre * 2 - 3000, stored_width * 2
    group.PixelValueTransformationSequence = [rescale]
    group.FrameVOILUTSequence = [window]
    return group


def shared_groups(dataset: Dataset, film: Film) -> None:
    dataset.SharedFunctionalGroupsSequence = [_functional_groups(film, 0.45, 0.7)]
    dataset.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]


def per_frame_groups(dataset: Dataset, film: Film) -> None:
    dataset.SharedFunctionalGroupsSequence = [Dataset()]
    dataset.PerFrameFunctionalGroupsSequence = [
        _functional_groups(film, 0.45, 0.7),
        _functional_groups(film, 0.8, 0.2),
    ]


def groups_twin(dataset: Dataset, film: Film) -> None:
    group = _functional_groups(film, 0.45, 0.7)
    dataset.update(group.PixelValueTransformationSequence[0])
    dataset.update(group.FrameVOILUTSequence[0])
