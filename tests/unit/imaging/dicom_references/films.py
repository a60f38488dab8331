"""The films of the table: smooth with some grain, of nobody, the same ones every time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

# Odd numbers: 8-bit pixels then need a byte of padding, and blocks of a codec are incomplete.
# OpenJPEG's encoder refuses less than 32.
ROWS, COLUMNS = 33, 37

_RANGES = {8: (10, 245), 12: (600, 1600), 16: (3000, 61000)}


# fmt: off
_PIXEL_MODULE = {
    "SOPClassUID", "SOPInstanceUID", "Modality", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelData",
}
# fmt: on


@dataclass(frozen=True)
class Film:
    """Values as a display is to understand them: `(frames, H, W)` or, in colour, `(1, H, W, 3)`."""

    values: NDArray[np.int64]
    bits: int
    signed: bool
    photometric: str

    @property
    def low(self) -> int:
        return int(self.values.min())

    @property
    def high(self) -> int:
        return int(self.values.max())

    def at(self, part: float) -> float:
        """The value that lies `part` of the way from the lowest to the highest."""
        return self.low + part * (self.high - self.low)

    @property
    def lowest_possible(self) -> int:
        return -(2 ** (self.bits - 1)) if self.signed else 0

    @property
    def highest_possible(self) -> int:
        return self.lowest_possible + 2**self.bits - 1


def make_film(bits: int, signed: bool, photometric: str, samples: int, frames: int) -> Film:
    """A film that uses a part of what `bits` can hold; lowest and highest are always the same."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    planes = []
    for number in range(max(samples, frames)):
        plane = np.sin(columns / 7 + number) * np.cos(rows / 5 - number)
        plane += np.random.default_rng(number).normal(0, 0.02, plane.shape)
        plane = (plane - plane.min()) / (plane.max() - plane.min())
        # Colours stay away from the corners of the cube: YBR values outside RGB would be clipped.
        planes.append(0.25 + 0.5 * plane if samples == 3 else plane)
    low, high = _RANGES[bits]
    values = np.rint(low + np.stack(planes) * (high - low)).astype(np.int64)
    if samples == 3:
        values = np.moveaxis(values, 0, -1)[np.newaxis]
    return Film(values - (2 ** (bits - 1) if signed else 0), bits, signed, photometric)


def make_dataset(film: Film) -> Dataset:
    """The film in a native little-endian dataset, with nothing in it but what every film has."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = "1.2.3"
    dataset.Modality = "DX"
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.SamplesPerPixel = 3 if film.values.ndim == 4 else 1
    if dataset.SamplesPerPixel == 3:
        dataset.PlanarConfiguration = 0
    if len(film.values) > 1:
        dataset.NumberOfFrames = len(film.values)
    dataset.PhotometricInterpretation = film.photometric
    dataset.BitsAllocated = 8 if film.bits == 8 else 16
    dataset.BitsStored, dataset.HighBit = film.bits, film.bits - 1
    dataset.PixelRepresentation = int(film.signed)
    set_words(dataset, film.values)
    return dataset


def pixels_alone(dataset: Dataset) -> Dataset:
    """A dataset with nothing but the pixels of another, for encoders that change the rest."""
    bare = deepcopy(dataset)
    for element in dataset:
        if element.keyword not in _PIXEL_MODULE:
            del bare[element.tag]
    return bare


def words_of(dataset: Dataset) -> NDArray[Any]:
    """The words of the pixel data as they stand, unsigned: `(frames, H, W)` or `(1, H, W, 3)`."""
    words = np.frombuffer(dataset.PixelData, f"<u{dataset.BitsAllocated // 8}")
    frames, samples = int(dataset.get("NumberOfFrames", 1)), dataset.SamplesPerPixel
    shape = (frames, ROWS, COLUMNS) + ((3,) if samples == 3 else ())
    return words[: np.prod(shape)].reshape(shape)


def set_words(dataset: Dataset, words: NDArray[Any]) -> None:
    """Put words into the pixel data; negative ones become their two's complement."""
    pixels = words.astype(f"<i{dataset.BitsAllocated // 8}").tobytes()
    dataset.PixelData = pixels + b"\0" * (len(pixels) % 2)
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 else "OW"


def values_of(dataset: Dataset) -> NDArray[np.int64]:
    """The values that the words of a native dataset mean (PS3.5, 8.1.1)."""
    above = dataset.HighBit + 1 - dataset.BitsStored
    values = (words_of(dataset).astype(np.int64) >> above) & (2**dataset.BitsStored - 1)
    if dataset.PixelRepresentation:
        sign = 2 ** (dataset.BitsStored - 1)
        values = (values ^ sign) - sign
    return values
