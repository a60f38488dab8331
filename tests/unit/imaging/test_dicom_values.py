"""What the stored values of a DICOM film mean: bits, lookup tables, padding, and their places."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from film_files import dicom, gray_film, lut, warnings_of
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.dicom.colour import expand_segments
from pneumoscope.imaging.dicom.lookup_table import UnusableTableError, lookup_table
from pneumoscope.imaging.dicom.stored_values import Storage
from pneumoscope.imaging.reading import Film, read_image

DEEP = gray_film(bits=12)
WINDOW: dict[str, Any] = {"WindowCenter": 1900, "WindowWidth": 3400}
PLAIN = read_image(dicom(DEEP, bits=12, **WINDOW)).pixels
STRETCHED = read_image(dicom(DEEP, bits=12)).pixels
"""The same film without a window: its minimum..maximum."""


def off(film: Film, expected: NDArray[Any]) -> int:
    """The largest difference in gray levels."""
    return int(np.abs(film.pixels.astype(int) - expected.astype(int)).max())


@given(
    value=st.integers(0, 2**16 - 1),
    stored=st.integers(1, 16),
    above=st.integers(0, 15),
    signed=st.booleans(),
)
def test_only_the_bits_stored_count(value: int, stored: int, above: int, signed: bool) -> None:
    high_bit = min(15, stored - 1 + above)
    words = np.array([[value]], np.uint16)
    got = Storage(16, stored, high_bit, signed).values(words, precision=16)
    expected = value >> (high_bit + 1 - stored) & (2**stored - 1)
    if signed and expected >= 2 ** (stored - 1):
        expected -= 2**stored
    assert got[0, 0] == expected


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless])
@pytest.mark.parametrize("signed", [False, True])
def test_what_lies_beside_the_stored_bits_changes_nothing(syntax: Any, signed: bool) -> None:
    values = DEEP.astype(np.int16) - (2048 if signed else 0)
    noise = np.random.default_rng(3).integers(0, 16, DEEP.shape, np.uint16)
    above = (values.astype(np.uint16) & 0xFFF) | noise << 12
    below = values.astype(np.uint16) << 4 | noise
    for words, high_bit in ((above, 11), (below, 15)):
        # Compressed as words of 16 bits, whose meaning the header tells afterwards.
        whole = dcmread(io.BytesIO(dicom(words, bits=16, syntax=syntax)))
        whole.BitsStored, whole.HighBit, whole.PixelRepresentation = 12, high_bit, int(signed)
        whole.WindowCenter, whole.WindowWidth = 1900 - 2048 * signed, 3400
        file = io.BytesIO()
        whole.save_as(file)
        assert off(read_image(file.getvalue()), PLAIN) == 0


def packed(first: int, entries: NDArray[Any], bits: int = 8) -> Dataset:
    """An item of a LUT sequence whose entries lie two to a word."""
    item = lut(first, entries, bits)
    item.LUTData = entries.astype(np.uint8).tobytes()
    return item


CURVE = np.rint(np.linspace(0, 1, 4096) ** 0.7 * 255)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize("make", [packed, lut])
def test_tables_of_8_bits(make: Any, keyword: str, syntax: Any) -> None:
    window = {} if keyword == "VOILUTSequence" else {"WindowCenter": 128, "WindowWidth": 256}
    film = read_image(
        dicom(DEEP, bits=12, syntax=syntax, **{keyword: [make(0, CURVE, 8)]}, **window)
    )
    assert off(film, CURVE[DEEP]) == 0


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize(("first", "vr"), [(-1024, "SS"), (64_512, "US")])
def test_a_table_may_begin_below_zero(first: int, vr: str, syntax: Any) -> None:
    if syntax == ImplicitVRLittleEndian:
        first, vr = 64_512, "US"  # it has no types; the bits are the same
    item = lut(first, CURVE, 8, vr)
    film = read_image(
        dicom(DEEP, bits=12, syntax=syntax, RescaleSlope=1, RescaleIntercept=-1024,
              VOILUTSequence=[item])
    )  # fmt: skip
    assert off(film, CURVE[DEEP]) == 0


def test_a_table_of_the_upper_half_of_words_is_not_signed() -> None:
    values = DEEP.astype(np.uint16) + 40_000
    film = read_image(dicom(values, bits=16, VOILUTSequence=[lut(40_000, CURVE, 8)]))
    assert off(film, CURVE[DEEP]) == 0


@pytest.mark.parametrize("used", [8, 10, 12])
def test_a_table_narrower_than_it_declares_is_shown_in_full(used: int) -> None:
    entries = np.rint(CURVE / 255 * (2**used - 1))
    film = read_image(dicom(DEEP, bits=12, VOILUTSequence=[lut(0, entries, 16)]))
    assert off(film, CURVE[DEEP]) <= 1
    assert f"declares entries of 16 bits and uses {used}" in film.tags.notes[0]


def test_an_odd_number_of_packed_entries_may_lack_the_byte_that_fills_up() -> None:
    item = packed(0, CURVE[:255])
    assert len(item.LUTData) == 255
    table = lookup_table(item, "LUTDescriptor", "LUTData", negative_inputs=False)
    assert np.array_equal(table.entries, CURVE[:255])


def test_too_few_entries_are_not_taken_for_packed_ones() -> None:
    item = lut(0, CURVE, 8)
    item.LUTDescriptor = [5000, 0, 8]
    with pytest.raises(UnusableTableError, match="declares 5000 entries and holds 4096"):
        lookup_table(item, "LUTDescriptor", "LUTData", negative_inputs=False)


def test_indices_beyond_a_table_take_its_ends() -> None:
    film = read_image(dicom(DEEP, bits=12, VOILUTSequence=[lut(1000, [20, *[99] * 98, 200], 8)]))
    expected = np.where(DEEP <= 1000, 20, np.where(DEEP >= 1099, 200, 99))
    assert off(film, expected) == 0


def test_indices_beyond_whole_numbers_take_the_ends_of_a_table() -> None:
    film = read_image(
        dicom(DEEP, bits=12, RescaleSlope=1e28, RescaleIntercept=0,
              VOILUTSequence=[lut(0, [20, 200], 8)])
    )  # fmt: skip
    assert off(film, np.where(DEEP == 0, 20, 200)) == 0


@pytest.mark.parametrize(
    "keyword", ["VOILUTSequence", "ModalityLUTSequence", "PerFrameFunctionalGroupsSequence"]
)
def test_a_sequence_of_another_type_is_passed_over(keyword: str) -> None:
    dataset = dcmread(io.BytesIO(dicom(DEEP, bits=12)))
    dataset.add_new(keyword, "OB", b"\1\2\3\4")
    file = io.BytesIO()
    dataset.save_as(file)
    assert off(read_image(file.getvalue()), STRETCHED) == 0


EMPTY = Dataset()


@pytest.mark.parametrize(
    ("elements", "note"),
    [
        ({"RescaleSlope": None, "RescaleIntercept": None}, "taken as 1 or 0"),
        ({"RescaleSlope": 1, "RescaleIntercept": None}, "taken as 1 or 0"),
        ({"RescaleSlope": 0, "RescaleIntercept": 0}, "slope of 0"),
        ({"RescaleSlope": 1e308, "RescaleIntercept": 0}, "taken as 1 or 0"),
        ({"RescaleSlope": 1, "RescaleIntercept": -1e308}, "taken as 1 or 0"),
        ({"WindowCenter": [1e308, 1900], "WindowWidth": [1e308, 3400]}, "centre None, width None"),
        ({"ModalityLUTSequence": [EMPTY]}, "modality LUT was passed over: it is empty"),
        ({"VOILUTSequence": [EMPTY]}, "VOI LUT was passed over: it is empty"),
        ({"VOILUTSequence": [lut(0, [1, 2, 3], 40)]}, "entries of 40 bits"),
        ({"WindowCenter": [7, 1900], "WindowWidth": [0, 3400]}, "centre 7.0, width 0.0"),
        ({"WindowCenter": [7, 1900], "WindowWidth": [-5, 3400]}, "centre 7.0, width -5.0"),
        ({"VOILUTFunction": "GAMMA"}, "'GAMMA' is unknown"),
        ({"HighBit": None}, "High Bit None was taken as 11"),
        ({"HighBit": 3}, "High Bit 3 was taken as 11"),
    ],
    ids=str,
)
def test_useless_elements_beside_good_ones_are_passed_over(
    elements: dict[str, Any], note: str
) -> None:
    film = read_image(dicom(DEEP, bits=12, **WINDOW | elements))
    assert off(film, PLAIN) == 0
    assert note in "; ".join(film.tags.notes)
    assert not warnings_of(film)


def test_without_a_window_that_can_be_used_the_films_own_range_counts() -> None:
    film = read_image(dicom(DEEP, bits=12, WindowCenter=7, WindowWidth=0))
    assert off(film, STRETCHED) == 0


@pytest.mark.parametrize("window", [{}, WINDOW])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("limit", [None, 4090])
def test_padding_is_black_and_no_part_of_the_range(
    limit: int | None, photometric: str, window: dict[str, Any]
) -> None:
    film = (DEEP // 4 + 900).astype(np.uint16)
    plain = read_image(dicom(film, bits=12, PhotometricInterpretation=photometric, **window))
    padded = film.copy()
    padded[:9, :9] = 4095
    padded[0, 0] = 4095 if limit is None else 4092
    elements = {} if limit is None else {"PixelPaddingRangeLimit": limit}
    data = dicom(
        padded, bits=12, PhotometricInterpretation=photometric, PixelPaddingValue=4095,
        **elements, **window,
    )  # fmt: skip
    got = read_image(data)
    assert not got.pixels[:9, :9].any()
    inside = np.s_[9:, 9:]
    low, high = film[inside].min(), film[inside].max()
    if window:
        assert np.array_equal(got.pixels[inside], plain.pixels[inside])
    else:
        stretched = np.rint((film[inside].astype(float) - low) / (high - low) * 255)
        expected = 255 - stretched if photometric == "MONOCHROME1" else stretched
        assert np.abs(got.pixels[inside] - expected).max() <= 1
    assert "of the pixels are padding" in got.tags.rendering


def test_padding_of_signed_films() -> None:
    film = DEEP.astype(np.int16) - 1000
    film[:9] = -2000
    got = read_image(dicom(film, bits=16, PixelPaddingValue=-2000))
    assert not got.pixels[:9].any()
    low, high = film[9:].min(), film[9:].max()
    expected = np.rint((film[9:].astype(float) - low) / (high - low) * 255)
    assert np.abs(got.pixels[9:] - expected).max() <= 1


def test_padding_of_signed_films_may_be_given_as_bits() -> None:
    film = DEEP.astype(np.int16) - 2047
    film[:9] = -2048
    dataset = dcmread(io.BytesIO(dicom(film, bits=12)))
    dataset.add_new("PixelPaddingValue", "US", 0x800)
    file = io.BytesIO()
    dataset.save_as(file)
    assert not read_image(file.getvalue()).pixels[:9].any()


def test_a_film_of_padding_alone_is_refused() -> None:
    with pytest.raises(ImageReadError, match="all are padding"):
        read_image(dicom(np.full((9, 9), 5, np.uint16), bits=12, PixelPaddingValue=5))


@pytest.mark.parametrize(("kind", "keyword"), [("f4", "Float"), ("f8", "DoubleFloat")])
def test_films_of_floating_point(kind: str, keyword: str) -> None:
    film = DEEP.astype(kind) / 4095
    film[0, 0], film[1, 1] = -1e6, np.nan
    dataset = dcmread(io.BytesIO(dicom(DEEP, bits=12)))
    del dataset.PixelData
    dataset.BitsAllocated = dataset.BitsStored = film.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    setattr(dataset, f"{keyword}PixelData", film.tobytes())
    setattr(dataset, f"{keyword}PixelPaddingValue", -1e6)
    file = io.BytesIO()
    dataset.save_as(file)
    got = read_image(file.getvalue())
    assert got.pixels[0, 0] == got.pixels[1, 1] == 0
    valid = np.isfinite(film) & (film >= 0)
    low, high = film[valid].min(), film[valid].max()
    expected = np.rint((film[valid] - low) / (high - low) * 255)
    assert np.abs(got.pixels[valid] - expected).max() <= 1


@pytest.mark.parametrize("vr", ["US", "SS", "UL", "SL", "IS", "DS", "FD", "OW"])
@pytest.mark.parametrize("allocated", [16, 32])
def test_padding_of_another_type_than_it_should_have(allocated: int, vr: str) -> None:
    film = (DEEP // 4 + 900).astype(f"u{allocated // 8}")
    film[:9, :9] = 4095
    dataset = dcmread(io.BytesIO(dicom(film, bits=allocated)))
    value: Any = b"\xff\x0f" if vr == "OW" else "4095" if vr in ("IS", "DS") else 4095
    dataset.add_new("PixelPaddingValue", vr, value)
    file = io.BytesIO()
    dataset.save_as(file)
    assert off(read_image(file.getvalue()), read_image(
        dicom(film.astype(np.uint16), bits=16, PixelPaddingValue=4095)
    ).pixels) == 0  # fmt: skip


@pytest.mark.parametrize("frames", [0, -1, None])
def test_an_impossible_number_of_frames_is_taken_as_one(frames: int | None) -> None:
    film = read_image(dicom(DEEP, bits=12, NumberOfFrames=frames))
    assert off(film, STRETCHED) == 0
    assert film.tags.notes == ("Number of Frames is no number of frames: taken as 1",)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_only_the_bits_stored_count_in_colour_too(syntax: Any) -> None:
    colours = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]], axis=-1)
    plain = read_image(dicom(colours, bits=12)).pixels
    for words, high_bit, signed in (
        (colours | 0xF000, 11, 0),
        (colours << 4 | 5, 15, 0),
        (colours - 2048, 11, 1),
    ):
        whole = dcmread(io.BytesIO(dicom(words.astype(np.uint16), bits=16, syntax=syntax)))
        whole.BitsStored, whole.HighBit, whole.PixelRepresentation = 12, high_bit, signed
        file = io.BytesIO()
        whole.save_as(file)
        assert off(read_image(file.getvalue()), plain) <= 1


@pytest.mark.parametrize(
    ("photometric", "samples"),
    [("HSV", 3), ("ARGB", 4), ("YBR_PARTIAL_422", 3), ("MONOCHROME2", 3), ("RGB", 1), ("GRAY", 1)],
)
def test_pixels_of_another_meaning_are_named(photometric: str, samples: int) -> None:
    elements = {"PhotometricInterpretation": photometric, "SamplesPerPixel": samples}
    with pytest.raises(ImageReadError, match=f"'{photometric}' and {samples} sample"):
        read_image(dicom(DEEP, bits=12, **elements))


def group(**macros: list[Dataset]) -> Dataset:
    item = Dataset()
    for keyword, value in macros.items():
        setattr(item, keyword, value)
    return item


def macro(**elements: Any) -> Dataset:
    return group(**elements)


@pytest.mark.parametrize(
    "sequence", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]
)
def test_functional_groups_of_enhanced_objects(sequence: str) -> None:
    groups = group(
        PixelValueTransformationSequence=[macro(RescaleSlope=2, RescaleIntercept=-100)],
        FrameVOILUTSequence=[macro(WindowCenter=3700, WindowWidth=6800)],
    )
    film = read_image(dicom(DEEP, bits=12, **{sequence: [groups]}))
    assert off(film, PLAIN) <= 1
    assert film.tags.rendering == (
        "12 of 16 bits; times 2, plus -100; window 3700/6800 (LINEAR); high values are bright"
    )


def test_the_first_frames_own_group_goes_before_the_shared_one() -> None:
    own, shared = (
        group(FrameVOILUTSequence=[macro(WindowCenter=centre, WindowWidth=3400)])
        for centre in (1900, 100)
    )
    film = read_image(
        dicom(
            DEEP,
            bits=12,
            PerFrameFunctionalGroupsSequence=[own],
            SharedFunctionalGroupsSequence=[shared],
        )
    )
    assert off(film, PLAIN) == 0


def palette(bits: int, order: str, segmented: bool) -> dict[str, Any]:
    """A palette of 256 colours, of which the red ones are a line."""
    entries = np.linspace(0, 2**bits - 1, 256).round().astype(f"{order}u{bits // 8}")
    line = np.array([0, 1, 0, 1, 255, 2**bits - 1], entries.dtype)
    words = line if segmented else entries
    data = words.tobytes()
    if order == ">" and bits == 8:  # bytes lie in words, the first in the low byte
        data = words.view("<u2").astype(">u2").tobytes()
    name = "SegmentedPaletteColorLookupTableData" if segmented else "PaletteColorLookupTableData"
    name = name.removeprefix("Segmented")
    return {
        f"{'Segmented' if segmented and part == name else ''}{colour}{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in ((name, data), ("PaletteColorLookupTableDescriptor", [256, 0, bits]))
    }


@pytest.mark.parametrize("segmented", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_palettes(syntax: Any, bits: int, segmented: bool) -> None:
    order = "<" if syntax.is_little_endian else ">"
    gray = gray_film()
    film = read_image(
        dicom(
            gray,
            syntax=syntax,
            PhotometricInterpretation="PALETTE COLOR",
            **palette(bits, order, segmented),
        )
    )
    assert off(film, gray) <= 1


def test_a_palette_of_more_bits_than_it_declares_is_scaled_by_those_it_holds() -> None:
    gray = gray_film()
    elements = palette(16, "<", segmented=False)
    for colour in ("Red", "Green", "Blue"):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
    film = read_image(dicom(gray, PhotometricInterpretation="PALETTE COLOR", **elements))
    assert off(film, gray) <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_segments_are_expanded_as_by_pydicom(bits: int) -> None:
    top = 2**bits - 1
    # A stretch of values, a line, and both once more: those segments begin at the table's start.
    segments = [0, 3, 5, 9, top, 1, 4, 20, 2, 2, *([0, 0] if bits == 16 else [0, 0, 0, 0])]
    entries = expand_segments(segments, bits)
    dataset = Dataset()
    dataset._read_implicit, dataset._read_little = False, True
    for colour in ("Red", "Green", "Blue"):
        name = f"{colour}PaletteColorLookupTable"
        setattr(dataset, f"{name}Descriptor", [len(entries), 0, bits])
        data = np.array(segments, f"<u{bits // 8}").tobytes()
        setattr(dataset, f"Segmented{name}Data", data)
    dataset.set_original_encoding(False, True)
    values = np.arange(len(entries))
    assert np.array_equal(apply_color_lut(values, dataset)[:, 0], entries)


@pytest.mark.parametrize(
    "segments",
    [[1, 5, 9, 0], [2, 1, 0, 0], [7, 1, 1, 1], [0, 0, 1, 1], [0, 1, 5, 1, 65_536, 6]],
    ids=["a line first", "a reference first", "unknown", "no length", "too many"],
)
def test_damaged_segments_are_refused(segments: list[int]) -> None:
    with pytest.raises(ValueError, match="palette"):
        expand_segments(segments, 16)


@pytest.mark.parametrize("signed", [False, True])
def test_jpeg_2000_of_the_other_signedness(signed: bool) -> None:
    stored = DEEP.astype(np.int16) - 2048 if signed else DEEP
    whole = dcmread(io.BytesIO(dicom(stored, bits=12, syntax=JPEG2000Lossless)))
    whole.PixelRepresentation = int(not signed)
    file = io.BytesIO()
    whole.save_as(file)
    values = Storage(16, 12, 11, not signed).values(stored.view(np.uint16), 16)
    low, high = int(values.min()), int(values.max())
    expected = np.rint((values.astype(float) - low) / (high - low) * 255)
    assert off(read_image(file.getvalue()), expected) <= 1


def test_how_values_became_pixels_is_told() -> None:
    film = read_image(
        dicom(
            DEEP,
            bits=12,
            RescaleSlope=0.5,
            RescaleIntercept=-3,
            VOILUTSequence=[lut(-3, CURVE, 8, "SS")],
            PhotometricInterpretation="MONOCHROME1",
            SOPClassUID=DigitalXRayImageStorageForPresentation,
        )
    )
    assert film.tags.rendering == (
        "12 of 16 bits; times 0.5, plus -3; VOI LUT of 4,096 entries of 8 bits from -3; "
        "turned round: low values are bright"
    )
