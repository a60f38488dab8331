"""Windows, rescaling and lookup tables, as parts of the film's own range: they fit any film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from . import standard
from .films import Film
from .luts import curve, lut_item


def window_of(film: Film, centre: float = 0.45, width: float = 0.7) -> tuple[float, float]:
    return round(film.at(centre)), round((film.high - film.low) * width)


def window(dataset: Dataset, film: Film, function: str = "") -> None:
    dataset.WindowCenter, dataset.WindowWidth = window_of(film)
    if function:
        dataset.VOILUTFunction = function


def fractional_window(dataset: Dataset, film: Film) -> None:
    centre, width = window_of(film)
    dataset.WindowCenter, dataset.WindowWidth = centre + 0.25, width + 0.5


def several_windows(dataset: Dataset, film: Film) -> None:
    first, second = window_of(film), window_of(film, 0.8, 0.2)
    dataset.WindowCenter, dataset.WindowWidth = [first[0], second[0]], [first[1], second[1]]
    dataset.WindowCenterWidthExplanation = ["NORMAL", "HARDER"]


def bad_window_first(dataset: Dataset, film: Film) -> None:
    centre, width = window_of(film)
    dataset.WindowCenter, dataset.WindowWidth = [0, centre], [0, width]


def linear_exact(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    return standard.linear_exact(values, film, *window_of(film))


def rescale(dataset: Dataset, film: Film, slope: str = "2", intercept: str = "-3000") -> None:
    dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
    dataset.RescaleType = "US"


def window_after_rescaling(dataset: Dataset, film: Film) -> None:
    centre, width = window_of(film)
    dataset.WindowCenter, dataset.WindowWidth = centre * 2 - 3000, width * 2


def fractional_rescale(dataset: Dataset, film: Film) -> None:
    rescale(dataset, film, "0.25", "-417.5")
    centre, width = window_of(film)
    dataset.WindowCenter, dataset.WindowWidth = centre * 0.25 - 417.5, width * 0.25


def fractional_rescale_reference(values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    # dcmtk makes integers of the values after rescaling.
    centre, width = window_of(film)
    return standard.linear(values * 0.25 - 417.5, film, centre * 0.25 - 417.5, width * 0.25)


def empty_rescale(dataset: Dataset, film: Film) -> None:
    dataset.RescaleSlope = dataset.RescaleIntercept = None


def modality_lut(
    dataset: Dataset, film: Film, bits: int = 16, packing: str = "US", first_as: str = ""
) -> None:
    entries = curve(film.high - film.low + 1, bits, toothed=packing == "packed")[::-1]
    item = lut_item(film.low, entries, bits, packing, first_as or ("SS" if film.signed else "US"))
    item.ModalityLUTType = "US"
    dataset.ModalityLUTSequence = [item]


def window_over_lut(dataset: Dataset, film: Film, bits: int) -> None:
    dataset.WindowCenter, dataset.WindowWidth = round(2**bits * 0.4), round(2**bits * 0.6)


def voi_lut(
    dataset: Dataset,
    film: Film,
    bits: int = 12,
    packing: str = "US",
    first_as: str = "",
    scale: int = 1,
    offset: int = 0,
) -> None:
    """Over the values after rescaling: `scale` x stored + `offset`."""
    entries = curve((film.high - film.low) * scale + 1, bits, toothed=packing == "packed")
    first = film.low * scale + offset
    first_as = first_as or ("SS" if film.signed or offset else "US")
    dataset.VOILUTSequence = [lut_item(first, entries, bits, packing, first_as)]


def _short_lut_of(film: Film, bits: int = 12) -> tuple[int, NDArray[np.int64]]:
    return round(film.at(0.3)), curve(round((film.high - film.low) * 0.4), bits)


def short_voi_lut(dataset: Dataset, film: Film) -> None:
    first, entries = _short_lut_of(film)
    dataset.VOILUTSequence = [lut_item(first, entries, 12, "US", "SS" if film.signed else "US")]


def lut_above_32767(dataset: Dataset, film: Film) -> None:
    dataset.VOILUTSequence = [lut_item(40_000, curve(9001, 12)[::9], 12, "OW", "US")]


def narrow_voi_lut(dataset: Dataset, film: Film, bits: int) -> None:
    entries = curve(film.high - film.low + 1, bits)
    dataset.VOILUTSequence = [lut_item(film.low, entries, 16, "US", "SS" if film.signed else "US")]


def narrow_reference(bits: int, values: NDArray[np.int64], film: Film) -> NDArray[np.uint8]:
    entries = curve(film.high - film.low + 1, bits)
    return standard.looked_up(values, film, film.low, entries, int(entries.max()))


def empty_lut_sequences(dataset: Dataset, film: Film) -> None:
    dataset.ModalityLUTSequence, dataset.VOILUTSequence = [], []


def empty_lut_items(dataset: Dataset, film: Film) -> None:
    dataset.VOILUTSequence = [Dataset()]
