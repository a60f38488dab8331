"""The table of transfer syntaxes: who writes each, who reads it for the reference."""

from __future__ import annotations

import io
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread, uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from . import dcmtk
from .films import pixels_alone, set_words, words_of

Encoder = Callable[[Dataset], Dataset]


@dataclass(frozen=True)
class Syntax:
    """`encode` makes an encapsulated dataset of a native one that holds nothing but pixels.

    `decode` is there for lossy ones alone: from the film's file to a native dataset. `tool` is the
    one of dcmtk that shows such films; where there is none, it is shown the native twin.
    """

    uid: uid.UID
    tool: str = "dcm2pnm"
    encode: Encoder | None = None
    decode: Callable[[bytes], Dataset] | None = None
    max_bits: int = 16
    signed: bool = True
    colours: tuple[str, ...] = ()
    needs_codecs: bool = False

    @property
    def lossy(self) -> bool:
        return self.decode is not None


def written(dataset: Dataset) -> bytes:
    """A native little-endian or encapsulated dataset as a file."""
    file = io.BytesIO()
    dataset.file_meta.ImplementationClassUID = "1.2.3.4"
    dataset.file_meta.ImplementationVersionName = "REFERENCES"
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def film_file(dataset: Dataset, syntax: Syntax) -> bytes:
    """The file of a native dataset in a transfer syntax."""
    dataset = deepcopy(dataset)
    if syntax.uid == uid.ExplicitVRBigEndian:  # pydicom leaves the swapping of words to others.
        return dcmtk.run("dcmconv", ["+tb"], written(dataset))
    if syntax.encode is not None:
        encoded = syntax.encode(_whole_words(pixels_alone(dataset)))
        dataset.PixelData = encoded.PixelData
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        if dataset.SamplesPerPixel == 3:
            dataset.PhotometricInterpretation = encoded.PhotometricInterpretation
            dataset.PlanarConfiguration = encoded.PlanarConfiguration
    dataset.file_meta.TransferSyntaxUID = syntax.uid
    return written(dataset)


def _whole_words(bare: Dataset) -> Dataset:
    """Where words hold more than the bits stored, a codestream must keep the whole words."""
    words, stored = words_of(bare).astype(np.int64), 2**bare.BitsStored
    if bare.PixelRepresentation:
        words = np.where(
            words >= 2 ** (bare.BitsAllocated - 1), words - 2**bare.BitsAllocated, words
        )
        fits = words.min() >= -stored // 2 and words.max() < stored // 2
    else:
        fits = words.max() < stored
    if fits:
        return bare
    whole = deepcopy(bare)
    whole.BitsStored, whole.HighBit = whole.BitsAllocated, whole.BitsAllocated - 1
    whole.PixelRepresentation = 0
    return whole


def _by_dcmtk(tool: str, *options: str) -> Encoder:
    def encode(bare: Dataset) -> Dataset:
        return dcmread(io.BytesIO(dcmtk.run(tool, list(options), written(bare))))

    return encode


def _by_pydicom(syntax: uid.UID, **options: object) -> Encoder:
    def encode(bare: Dataset) -> Dataset:
        encoded = deepcopy(bare)
        encoded.compress(syntax, generate_instance_uid=False, **options)
        return encoded

    return encode


def _by_imagecodecs(encode_frame: Callable[[NDArray[np.generic], Dataset], bytes]) -> Encoder:
    def encode(bare: Dataset) -> Dataset:
        encoded = deepcopy(bare)
        encoded.PixelData = encapsulate([encode_frame(words, bare) for words in words_of(bare)])
        return encoded

    return encode


def _lossless_jpeg(words: NDArray[np.generic], bare: Dataset) -> bytes:
    # Signed values keep the bits above as well, since dcmtk's own encoder writes such streams.
    bits = bare.BitsAllocated if bare.PixelRepresentation else bare.BitsStored
    colours = {"colorspace": "rgb", "outcolorspace": "rgb"} if words.ndim == 3 else {}
    return imagecodecs.jpeg8_encode(
        words, lossless=True, predictor=1, bitspersample=bits, **colours
    )


def _extended_jpeg(words: NDArray[np.generic], bare: Dataset) -> bytes:
    return imagecodecs.jpeg8_encode(words, level=95, bitspersample=bare.BitsStored)


def _extended_jpeg_ending_at_0(words: NDArray[np.generic], bare: Dataset) -> bytes:
    """The end of the spectral selection is 0 instead of 63, as in many films of old devices."""
    stream = _extended_jpeg(words, bare)
    assert stream.count(b"\x00\x3f\x00") == 1
    return stream.replace(b"\x00\x3f\x00", b"\x00\x00\x00")


def _high_throughput(words: NDArray[np.generic], bare: Dataset) -> bytes:
    signed = words.view(f"i{words.itemsize}") if bare.PixelRepresentation else words
    return imagecodecs.htj2k_encode(signed, reversible=True)


def _decoded_by_dcmtk(tool: str) -> Callable[[bytes], Dataset]:
    return lambda film: dcmread(io.BytesIO(dcmtk.run(tool, [], film)))


def _decoded_jpeg_2000(film: bytes) -> Dataset:
    dataset = dcmread(io.BytesIO(film))
    frames = generate_frames(dataset.PixelData, number_of_frames=dataset.get("NumberOfFrames", 1))
    set_words(dataset, np.stack([imagecodecs.jpeg2k_decode(frame) for frame in frames]))
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    return dataset


_RGB = ("RGB",)
_ANY_COLOUR = ("RGB", "YBR_FULL", "PALETTE COLOR")
_LOSSLESS_COLOUR = ("RGB", "PALETTE COLOR")

SYNTAXES = {
    "implicit": Syntax(uid.ImplicitVRLittleEndian, colours=_ANY_COLOUR),
    "explicit": Syntax(uid.ExplicitVRLittleEndian, colours=_ANY_COLOUR),
    "big-endian": Syntax(uid.ExplicitVRBigEndian, colours=_ANY_COLOUR),
    "deflated": Syntax(uid.DeflatedExplicitVRLittleEndian, colours=_ANY_COLOUR),
    "rle": Syntax(uid.RLELossless, encode=_by_dcmtk("dcmcrle"), colours=_ANY_COLOUR),
    "jpeg-baseline": Syntax(
        uid.JPEGBaseline8Bit,
        "dcmj2pnm",
        _by_dcmtk("dcmcjpeg", "+eb", "+un", "+q", "95", "+sr"),
        _decoded_by_dcmtk("dcmdjpeg"),
        max_bits=8,
        signed=False,
        colours=_RGB,
    ),
    "jpeg-extended": Syntax(
        uid.JPEGExtended12Bit,
        "dcmj2pnm",
        _by_imagecodecs(_extended_jpeg),
        _decoded_by_dcmtk("dcmdjpeg"),
        max_bits=12,
        signed=False,
        needs_codecs=True,
    ),
    "jpeg-extended-ending-at-0": Syntax(
        uid.JPEGExtended12Bit,
        "dcmj2pnm",
        _by_imagecodecs(_extended_jpeg_ending_at_0),
        _decoded_by_dcmtk("dcmdjpeg"),
        max_bits=12,
        signed=False,
        needs_codecs=True,
    ),
    "jpeg-lossless": Syntax(
        uid.JPEGLossless,
        "dcmj2pnm",
        _by_dcmtk("dcmcjpeg", "+el", "+sv", "4"),
        colours=_LOSSLESS_COLOUR,
        needs_codecs=True,
    ),
    "jpeg-lossless-sv1": Syntax(
        uid.JPEGLosslessSV1,
        "dcmj2pnm",
        _by_imagecodecs(_lossless_jpeg),
        colours=_LOSSLESS_COLOUR,
        needs_codecs=True,
    ),
    "jpeg-ls": Syntax(
        uid.JPEGLSLossless,
        "dcml2pnm",
        _by_pydicom(uid.JPEGLSLossless),
        colours=_LOSSLESS_COLOUR,
    ),
    "jpeg-ls-16-bit": Syntax(
        uid.JPEGLSLossless, "dcml2pnm", _by_dcmtk("dcmcjpls"), colours=_LOSSLESS_COLOUR
    ),
    "jpeg-ls-near": Syntax(
        uid.JPEGLSNearLossless,
        "dcml2pnm",
        _by_dcmtk("dcmcjpls", "+en", "+un"),
        _decoded_by_dcmtk("dcmdjpls"),
        signed=False,
        colours=_RGB,
    ),
    "jpeg-2000": Syntax(
        uid.JPEG2000Lossless, "", _by_pydicom(uid.JPEG2000Lossless), colours=_LOSSLESS_COLOUR
    ),
    "jpeg-2000-lossy": Syntax(
        uid.JPEG2000, "", _by_pydicom(uid.JPEG2000, j2k_cr=[3]), _decoded_jpeg_2000
    ),
    "htj2k": Syntax(
        uid.HTJ2KLossless, "", _by_imagecodecs(_high_throughput), colours=("PALETTE COLOR",)
    ),
}
