"""The table of elements: how each changes a film, and where its reference comes from.

A reference is the options of dcmtk's tools, or a function with numpy for what these do not do as
the standard says. Where dcmtk cannot show a film but can show another of the same meaning, that is
its `twin`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from . import gray_levels, other_kinds, words
from .films import Film
from .luts import add_palette, add_segmented_palette

Change = Callable[[Dataset, Film], None]
Numpy = Callable[[NDArray[np.int64], Film], NDArray[np.uint8]]

STORED = ("--no-windowing",)
MIN_MAX = ("--min-max-window",)
WINDOW = ("--use-window", "1")
VOI_LUT = ("--use-voi-lut", "1")

NATIVE = ("implicit", "explicit", "big-endian", "deflated")
# Those whose codestreams dcmtk writes with whole words, whatever the bits stored.
WHOLE_WORDS = (*NATIVE, "rle", "jpeg-lossless", "jpeg-ls", "jpeg-ls-16-bit")


@dataclass(frozen=True)
class Element:
    """`syntaxes` are those it is possible in; `None` stands for all. Lossy ones shift values."""

    change: Change
    reference: tuple[str, ...] | Numpy
    twin: Change | None = None
    bits: int = 12
    frames: int = 1
    signed: tuple[bool, ...] = (False, True)
    photometrics: tuple[str, ...] = ("MONOCHROME2", "MONOCHROME1")
    syntaxes: tuple[str, ...] | None = None
    lossy: bool = True

    @property
    def colour(self) -> bool:
        return "MONOCHROME2" not in self.photometrics


def _nothing(dataset: Dataset, film: Film) -> None:
    pass


def _all(*changes: Change) -> Change:
    def change(dataset: Dataset, film: Film) -> None:
        for one in changes:
            one(dataset, film)

    return change


_PALETTE = {"bits": 8, "signed": (False,), "photometrics": ("PALETTE COLOR",), "lossy": False}
_RGB = {"bits": 8, "signed": (False,), "photometrics": ("RGB",)}
_YBR = {"bits": 8, "signed": (False,), "photometrics": ("YBR_FULL",), "syntaxes": (*NATIVE, "rle")}
_FLOAT = {"signed": (False,), "photometrics": ("MONOCHROME2",), "syntaxes": NATIVE}
# Lossy codecs shift the padding away from its value.
_PADDED = {"lossy": False}

ELEMENTS = {
    "none-8-bit": Element(_nothing, STORED, bits=8),
    "none-12-bit": Element(_nothing, MIN_MAX),
    "none-16-bit": Element(_nothing, MIN_MAX, bits=16),
    "window": Element(gray_levels.window, WINDOW),
    "window-8-bit": Element(gray_levels.window, WINDOW, bits=8),
    "window-fractional": Element(gray_levels.fractional_window, WINDOW),
    "window-linear-exact": Element(
        partial(gray_levels.window, function="LINEAR_EXACT"), gray_levels.linear_exact
    ),
    "window-sigmoid": Element(partial(gray_levels.window, function="SIGMOID"), WINDOW),
    "windows-several": Element(gray_levels.several_windows, WINDOW),
    "window-width-0-first": Element(gray_levels.bad_window_first, ("--use-window", "2")),
    "rescale-window": Element(
        _all(gray_levels.rescale, gray_levels.window_after_rescaling), WINDOW
    ),
    "rescale-falling": Element(partial(gray_levels.rescale, slope="-2"), MIN_MAX),
    "rescale-fractional-window": Element(
        gray_levels.fractional_rescale, gray_levels.fractional_rescale_reference
    ),
    "rescale-empty": Element(gray_levels.empty_rescale, MIN_MAX),
    "rescale-empty-window": Element(_all(gray_levels.empty_rescale, gray_levels.window), WINDOW),
    "modality-lut-16": Element(gray_levels.modality_lut, MIN_MAX),
    "modality-lut-16-window": Element(
        _all(gray_levels.modality_lut, partial(gray_levels.window_over_lut, bits=16)), WINDOW
    ),
    "modality-lut-8-packed-window": Element(
        _all(
            partial(gray_levels.modality_lut, bits=8, packing="packed"),
            partial(gray_levels.window_over_lut, bits=8),
        ),
        WINDOW,
        lossy=False,
    ),
    "modality-lut-8-words": Element(partial(gray_levels.modality_lut, bits=8), MIN_MAX),
    "modality-lut-first-negative-as-us": Element(
        partial(gray_levels.modality_lut, first_as="US"), MIN_MAX, signed=(True,)
    ),
    "voi-lut-8-packed": Element(
        partial(gray_levels.voi_lut, bits=8, packing="packed"), VOI_LUT, lossy=False
    ),
    "voi-lut-8-words": Element(partial(gray_levels.voi_lut, bits=8), VOI_LUT),
    "voi-lut-10": Element(partial(gray_levels.voi_lut, bits=10), VOI_LUT),
    "voi-lut-12": Element(gray_levels.voi_lut, VOI_LUT),
    "voi-lut-16-ow": Element(partial(gray_levels.voi_lut, bits=16, packing="OW"), VOI_LUT),
    "voi-lut-shorter": Element(gray_levels.short_voi_lut, VOI_LUT),
    "voi-lut-first-above-32767": Element(
        gray_levels.lut_above_32767, VOI_LUT, bits=16, signed=(False,)
    ),
    "voi-lut-rescale": Element(
        _all(
            gray_levels.rescale, partial(gray_levels.voi_lut, scale=2, offset=-3000, first_as="SS")
        ),
        VOI_LUT,
    ),
    "voi-lut-rescale-first-negative-as-us": Element(
        _all(
            gray_levels.rescale, partial(gray_levels.voi_lut, scale=2, offset=-3000, first_as="US")
        ),
        VOI_LUT,
    ),
    "voi-lut-8-of-16-bits": Element(
        partial(gray_levels.narrow_voi_lut, bits=8), partial(gray_levels.narrow_reference, 8)
    ),
    "voi-lut-12-of-16-bits": Element(
        partial(gray_levels.narrow_voi_lut, bits=12), partial(gray_levels.narrow_reference, 12)
    ),
    "lut-sequences-empty-window": Element(
        _all(gray_levels.empty_lut_sequences, gray_levels.window), WINDOW
    ),
    "lut-items-empty-window": Element(
        _all(gray_levels.empty_lut_items, gray_levels.window), WINDOW
    ),
    "high-bit-13": Element(partial(words.high_bit, high_bit=13), MIN_MAX, syntaxes=WHOLE_WORDS),
    "high-bit-15-window": Element(
        _all(partial(words.high_bit, high_bit=15), gray_levels.window), WINDOW, syntaxes=WHOLE_WORDS
    ),
    "overlay-in-bit-12": Element(words.overlay, MIN_MAX, lossy=False),
    "garbage-above": Element(words.garbage, MIN_MAX, lossy=False),
    "signed-not-extended": Element(
        partial(words.above_the_value, above=0), MIN_MAX, signed=(True,), lossy=False
    ),
    "padding": Element(words.padding, words.padding_reference, **_PADDED),
    "padding-bright": Element(
        partial(words.padding, black=False),
        partial(words.padding_reference, black=False),
        **_PADDED,
    ),
    "padding-bright-8-bit": Element(
        partial(words.padding, black=False), words.padding_stored_reference, bits=8, **_PADDED
    ),
    "padding-bright-window": Element(
        _all(partial(words.padding, black=False), gray_levels.window),
        words.padding_window_reference,
        **_PADDED,
    ),
    "padding-range-rescale": Element(
        _all(words.padding_range, gray_levels.rescale), words.padding_range_reference, **_PADDED
    ),
    "float": Element(
        partial(other_kinds.float_pixels, keyword="FloatPixelData", bits=32),
        other_kinds.float_reference,
        **_FLOAT,
    ),
    "double-float": Element(
        partial(other_kinds.float_pixels, keyword="DoubleFloatPixelData", bits=64),
        other_kinds.float_reference,
        **_FLOAT,
    ),
    "palette-16": Element(partial(add_palette, bits=16), STORED, **_PALETTE),
    "palette-8": Element(partial(add_palette, bits=8), STORED, **_PALETTE),
    "palette-segmented": Element(
        add_segmented_palette, STORED, twin=partial(add_palette, bits=16), **_PALETTE
    ),
    "rgb": Element(_nothing, STORED, **_RGB),
    "rgb-planar": Element(other_kinds.planar, STORED, syntaxes=(*NATIVE, "rle"), **_RGB),
    "ybr-full": Element(other_kinds.ybr, STORED, **_YBR),
    "enhanced-shared": Element(
        other_kinds.shared_groups, WINDOW, twin=other_kinds.groups_twin, frames=2
    ),
    "enhanced-per-frame": Element(
        other_kinds.per_frame_groups, WINDOW, twin=other_kinds.groups_twin, frames=2
    ),
}
