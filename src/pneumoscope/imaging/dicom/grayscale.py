"""The grayscale pipeline: from stored values to gray levels with bright bones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.dicom.account import Account
from pneumoscope.imaging.dicom.elements import items, number, numbers, text, texts
from pneumoscope.imaging.dicom.lookup_table import LookupTable, UnusableTableError, lookup_table
from pneumoscope.imaging.dicom.padding import padding_of
from pneumoscope.imaging.dicom.places import places
from pneumoscope.imaging.dicom.window import FUNCTIONS, apply_window, is_possible
from pneumoscope.imaging.intensity import Levels, scale_to_bytes
from pneumoscope.imaging.stored_film import Tones, Window

_MOST_LEVELS = 65_536
_LONGEST_EXPLANATION = 64


def gray_tones(dataset: Dataset, stored: Levels, bits: int, account: Account, name: str) -> Tones:
    """How stored values `(H, W)`, of `bits` bits where they are integers, become gray levels.

    Without VOI LUT or window, values of up to 8 bits are shown over their whole range, others from
    the film's own minimum to its maximum. Raises `ImageReadError` for a film without any value.
    """
    padding = padding_of(dataset, stored, bits)
    shown = stored if padding is None else stored[~padding]
    if stored.dtype.kind == "f":
        finite = np.isfinite(stored)
        padding = ~finite if padding is None else padding | ~finite
        shown = stored[~padding]
        stored = np.where(finite, stored, 0)
    if not shown.size:
        raise ImageReadError(name, "none of its pixels has a value: all are padding.")
    if padding is not None and padding.any():
        account.steps.append(f"{padding.mean():.1%} of the pixels are padding")
    possible = _possible(stored, bits)
    modality = _modality(dataset, possible, account)
    voi = _voi(dataset, modality, possible, shown, account)
    inverse = _is_inverse(dataset, account)

    def tone(levels: Levels) -> NDArray[np.uint8]:
        gray = voi(modality(levels))
        return 255 - gray if inverse else gray

    told = Tones(stored, tone, padding, inverse=inverse, windows=_told_windows(dataset))
    if isinstance(modality, LookupTable):
        return dataclasses.replace(told, table=modality)
    return dataclasses.replace(told, slope=modality.slope, intercept=modality.intercept)


@dataclass(frozen=True)
class Rescaling:
    """The values times `slope`, plus `intercept`."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, values: Levels) -> Levels:
        if (self.slope, self.intercept) == (1, 0):
            return values  # in their own type
        return values * self.slope + self.intercept


Function = LookupTable | Rescaling


def _possible(stored: Levels, bits: int) -> tuple[float, float]:
    """The lowest and the highest value that the file could store."""
    if stored.dtype.kind == "f":
        return -np.inf, np.inf
    low = -(2 ** (bits - 1)) if stored.dtype.kind == "i" else 0
    return low, low + 2**bits - 1


def _modality(dataset: Dataset, possible: tuple[float, float], account: Account) -> Function:
    """The modality LUT, or the rescaling; the first that can be used."""
    sources = places(dataset)
    for place in sources:
        for item in items(place, "ModalityLUTSequence"):
            table = _table(item, possible[0] < 0, "modality LUT", account)
            if table:
                account.steps.append(f"modality LUT of {_entries(table)}")
                return table
    for place in sources:
        if "RescaleSlope" not in place and "RescaleIntercept" not in place:
            continue
        slope, intercept = number(place, "RescaleSlope"), number(place, "RescaleIntercept")
        if slope is None or intercept is None:
            account.notes.append(
                "an empty or impossible rescale slope or intercept was taken as 1 or 0"
            )
        slope, intercept = (1.0 if slope is None else slope), intercept or 0.0
        if slope == 0:
            account.notes.append("a rescale slope of 0 was passed over")
            continue
        if (slope, intercept) == (1, 0):
            break
        account.steps.append(f"times {slope:g}, plus {intercept:g}")
        return Rescaling(slope, intercept)
    return Rescaling()


def _table(item: Dataset, negative: bool, what: str, account: Account) -> LookupTable | None:
    try:
        table = lookup_table(item, "LUTDescriptor", "LUTData", negative_inputs=negative)
    except UnusableTableError as error:
        account.notes.append(f"a {what} was passed over: {error}")
        return None
    return table


def _entries(table: LookupTable) -> str:
    return f"{len(table.entries):,} entries of {table.bits} bits from {table.first}"


def _voi(
    dataset: Dataset,
    modality: Function,
    possible: tuple[float, float],
    shown: Levels,
    account: Account,
) -> Callable[[Levels], NDArray[np.uint8]]:
    """The VOI LUT, or the window, or the film's own range; the first that can be used."""
    sources = places(dataset)
    for place in sources:
        for item in items(place, "VOILUTSequence"):
            table = _table(item, _is_negative(modality, possible), "VOI LUT", account)
            if table:
                return _through(table, account)
    for place in sources:
        for window in _windows(place, account):
            centre, width, function = window.centre, window.width, window.function
            account.steps.append(f"window {centre:g}/{width:g} ({function})")
            return lambda values: apply_window(values, centre, width, function)
    if possible[1] - possible[0] < 256:
        low, high = _ends(modality, np.arange(possible[0], possible[1] + 1))
        account.steps.append("no window: shown over the whole range")
    else:
        low, high = _ends(modality, _levels(modality, shown))
        account.steps.append(f"no window: minimum..maximum {low:g}..{high:g}")
    return lambda values: scale_to_bytes(values, low, high)


def _through(table: LookupTable, account: Account) -> Callable[[Levels], NDArray[np.uint8]]:
    account.steps.append(f"VOI LUT of {_entries(table)}")
    if table.used_bits != table.bits:
        account.notes.append(
            f"the VOI LUT declares entries of {table.bits} bits and uses {table.used_bits}, "
            "of which the highest value was taken as white"
        )
    return lambda values: scale_to_bytes(table(values), 0, 2**table.used_bits - 1)


def _is_negative(modality: Function, possible: tuple[float, float]) -> bool:
    """Whether a VOI LUT may be asked for values below 0."""
    if isinstance(modality, LookupTable):
        return False  # its entries are unsigned
    return bool(modality(np.array(possible)).min() < 0)


def _ends(modality: Function, values: Levels) -> tuple[float, float]:
    mapped = modality(values)
    return float(mapped.min()), float(mapped.max())


def _levels(modality: Function, shown: Levels) -> Levels:
    """The values whose images include the lowest and the highest: all where a table is no line."""
    low, high = shown.min(), shown.max()
    if isinstance(modality, LookupTable) and int(high) - int(low) < _MOST_LEVELS:
        return np.flatnonzero(np.bincount((shown - np.int64(low)).ravel())) + int(low)
    return np.array([low, high])


def _told_windows(dataset: Dataset) -> tuple[Window, ...]:
    """The windows that can be used, of the first place that has any."""
    unheard = Account()  # what is to be said of them is said where one is chosen
    for place in places(dataset):
        if windows := tuple(_windows(place, unheard)):
            return windows
    return ()


def _windows(place: Dataset, account: Account) -> Iterator[Window]:
    """Windows that can be used."""
    centres, widths = numbers(place, "WindowCenter"), numbers(place, "WindowWidth")
    if not centres and not widths:
        return
    function = (text(place, "VOILUTFunction") or "LINEAR").upper()
    if function not in FUNCTIONS:
        account.notes.append(f"the VOI LUT function {function!r} is unknown: taken as LINEAR")
        function = "LINEAR"
    called = texts(place, "WindowCenterWidthExplanation")
    called += [""] * len(centres)
    for centre, width, explanation in zip(centres, widths, called, strict=False):
        if centre is not None and width is not None and is_possible(width, function):
            yield Window(centre, width, function, explanation[:_LONGEST_EXPLANATION])
        else:
            account.notes.append(f"a window was passed over: centre {centre}, width {width}")
    if len(centres) != len(widths):
        account.notes.append(f"{len(centres)} window centres for {len(widths)} widths")


def _is_inverse(dataset: Dataset, account: Account) -> bool:
    """Whether low values are bright: by Presentation LUT Shape, which goes first where the file has
    it (as in DCMTK, dcm4che and Weasis), else by the photometric interpretation."""
    photometric = dataset.PhotometricInterpretation == "MONOCHROME1"
    shape = {"INVERSE": True, "IDENTITY": False}.get(
        (text(dataset, "PresentationLUTShape") or "").upper()
    )
    inverse = photometric if shape is None else shape
    if inverse != photometric:
        account.warnings.append(
            f"{dataset.PhotometricInterpretation} with Presentation LUT Shape "
            f"{'INVERSE' if inverse else 'IDENTITY'}, which contradict each other: the latter was "
            "followed, and the film may be its own negative"
        )
    account.steps.append(
        "turned round: low values are bright" if inverse else "high values are bright"
    )
    return inverse
