"""Phantoms as JPEG, PNG and DICOM bytes, the same bytes every time."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

FilmFormat = Literal["jpeg", "png", "dicom"]
SUFFIXES: dict[FilmFormat, str] = {"jpeg": ".jpeg", "png": ".png", "dicom": ".dcm"}

_BITS = 12


def encode_film(
    pixels: NDArray[np.uint8], film_format: FilmFormat, rng: np.random.Generator
) -> bytes:
    """Encode pixels uint8 `(H, W)` with bright bones.

    `rng` draws what differs between scanners: the quality of a JPEG, and whether a DICOM file is
    stored as MONOCHROME1 (bright is low) or MONOCHROME2.
    """
    if film_format == "dicom":
        return _encode_dicom(pixels, rng)
    file = io.BytesIO()
    picture = Image.fromarray(pixels)
    if film_format == "jpeg":
        picture.save(file, "JPEG", quality=int(rng.integers(75, 96)))
    else:
        picture.save(file, "PNG")
    return file.getvalue()


def _encode_dicom(pixels: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """A 12-bit digital radiograph with a linear window that covers all of its range."""
    top = 2**_BITS - 1
    stored = np.rint(pixels.astype(np.float64) * top / 255).astype(np.uint16)
    inverted = bool(rng.random() < 0.5)
    if inverted:
        stored = top - stored

    film = Dataset()
    film.SOPClassUID = DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID = generate_uid(entropy_srcs=[rng.bytes(16).hex()])
    film.Modality = "DX"
    film.BodyPartExamined = "CHEST"
    film.ViewPosition = "AP"
    film.PatientAge = f"{rng.integers(1, 6):03d}Y"
    film.PatientName = "Phantom"
    film.Rows, film.Columns = stored.shape
    film.SamplesPerPixel = 1
    film.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    film.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
    film.BitsAllocated = 16
    film.BitsStored = _BITS
    film.HighBit = _BITS - 1
    film.PixelRepresentation = 0
    film.WindowCenter = 2 ** (_BITS - 1)
    film.WindowWidth = 2**_BITS
    film.PixelData = stored.tobytes()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = io.BytesIO()
    film.save_as(file, enforce_file_format=True)
    return file.getvalue()
