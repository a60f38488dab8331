"""Stripped copies of films: the same pixels and technical tags, and nothing of a person."""

from __future__ import annotations

import dataclasses
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit
from test_dicom_references import ROWS

import film_files
import tiff_files
from film_files import dicom, encapsulated, gray_film, lut, picture, png_chunk
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import FilmTags, passed_over
from pneumoscope.imaging.reading import read_image
from pneumoscope.imaging.stripped.film import strip_film

NAME = "Roe^Richard"
FILM, DEEP = gray_film(), gray_film(bits=12)
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{NAME}</dc:creator></x:xmpmeta>'.encode()


def technical(tags: FilmTags) -> FilmTags:
    """Tags without notes, and without what tells that there were several frames."""
    only_first = passed_over(tags.frames) + passed_over(tags.frames, "pages")
    warnings = tuple(line for line in tags.warnings if line not in only_first)
    return dataclasses.replace(tags, notes=(), frames=1, warnings=warnings)


def check_copy(film: bytes) -> bytes:
    """The copy of a film, which must read as the film does."""
    copy = strip_film(film)
    assert not copy.note
    here, there = read_image(film), read_image(copy.data)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert (technical(there.tags), there.shape) == (technical(here.tags), here.shape)
    assert there.tags.frames == 1 or there.tags.format == "PNG"
    return copy.data


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.Artist] = NAME
    return data


def with_segments(jpeg: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG file with segments behind its first two bytes."""
    added = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
        for marker, content in segments
    )
    return jpeg[:2] + added + jpeg[2:]


def with_chunks(png: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file with chunks before its pixels."""
    place = png.index(b"IDAT") - 4
    return png[:place] + b"".join(png_chunk(*chunk) for chunk in chunks) + png[place:]


def planted_jpeg(orientation: int) -> bytes:
    name = NAME.encode()
    colour = np.stack([FILM, FILM[::-1], FILM], axis=-1)
    whole = picture(colour, "JPEG", exif=exif(orientation), comment=NAME, xmp=XMP)
    return with_segments(whole, (0xED, b"Photoshop 3.0\0" + name), (0xFE, name)) + name


def planted_png(pixels: np.ndarray, orientation: int) -> bytes:
    text = PngInfo()
    text.add_text("Patient", NAME)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    whole = picture(pixels, "PNG", pnginfo=text, exif=exif(orientation))
    return with_chunks(whole, (b"ptNm", NAME.encode())) + NAME.encode()


def planted_tiff() -> bytes:
    whole = tiff_files.written_tiff(
        DEEP, description=NAME, software=NAME, extratags=[(65000, 2, 0, NAME, True)]
    )
    return whole + NAME.encode()


def tiff_of_pages() -> bytes:
    """A TIFF film with a second page in which a name is the pixels."""
    file = io.BytesIO()
    second = Image.fromarray(np.frombuffer(NAME.encode() * 99, np.uint8).reshape(99, -1))
    Image.fromarray(FILM).save(file, "TIFF", save_all=True, append_images=[second])
    return file.getvalue()


def planted_dicom(**options: object) -> bytes:
    """A DICOM film with a name in every place that a name could have."""
    person, holder = Dataset(), Dataset()
    person.ReferencedSOPInstanceUID, person.CodeMeaning = "1.2.3", NAME
    holder.LUTExplanation = NAME
    holder.add_new("LUTDescriptor", "US", [4096, 0, 12])
    holder.add_new("LUTData", "OW", np.arange(4096, dtype="<u2").tobytes())
    window = Dataset()
    window.WindowCenter, window.WindowWidth, window.WindowCenterWidthExplanation = 900, 2000, NAME
    group = Dataset()
    group.FrameVOILUTSequence, group.ReferencedImageSequence = [window], [person]
    film = dcmread(
        io.BytesIO(
            dicom(
                DEEP, bits=12, Modality="DX", ViewPosition="PA", PatientAge="093Y",
                WindowCenter=1900, WindowWidth=3000, WindowCenterWidthExplanation=NAME,
                SharedFunctionalGroupsSequence=[group], ReferencedImageSequence=[person],
                PatientID=NAME, InstitutionName=NAME, StudyDescription=NAME, StudyID=NAME,
                SeriesInstanceUID="1.2.3.4.5", StudyDate="20190203", OperatorsName=NAME,
                VOILUTSequence=[holder], ImageComments=NAME, PixelSpacing=[0.1, 0.2], **options,
            )
        )
    )  # fmt: skip
    block = film.private_block(0x0011, NAME, create=True)
    block.add_new(1, "LO", NAME)
    film.add_new(0x60003000, "OW", NAME.encode().ljust(12))
    film.add_new(0x60000022, "LO", NAME)
    film.add_new(0xFFFCFFFC, "OB", NAME.encode().ljust(12))
    film.preamble = NAME.encode().ljust(128)
    file = io.BytesIO()
    film.save_as(file)
    return file.getvalue() + NAME.encode()


def jpeg_dicom() -> bytes:
    jpeg = with_segments(picture(FILM, "JPEG"), (0xFE, NAME.encode()), (0xE5, NAME.encode()))
    film = dcmread(io.BytesIO(dicom(FILM)))
    encapsulated(film, jpeg + NAME.encode() + b"\xff\xd9", JPEGBaseline8Bit)
    file = io.BytesIO()
    film.save_as(file)
    return file.getvalue()


def jpeg_2000_dicom(*, lengths: bool) -> bytes:
    """A film with a name in comments of both kinds of headers, and behind the end; `lengths`: its
    tile-part tells how long it is."""
    film = dcmread(io.BytesIO(dicom(DEEP, bits=12, syntax=JPEG2000Lossless)))
    codestream = next(generate_frames(film.PixelData, number_of_frames=1))
    comment = NAME.encode()
    place = codestream.index(b"\xff\x5c")  # the default of quantisation
    added = struct.pack(">BBHH", 0xFF, 0x64, len(comment) + 4, 1) + comment
    tile, pixels = codestream.index(b"\xff\x90"), codestream.index(b"\xff\x93")
    assert codestream.count(b"\xff\x90") == 1
    length = codestream.rindex(b"\xff\xd9") - tile + len(added) if lengths else 0
    parts = (
        codestream[:place], added, codestream[place : tile + 6], struct.pack(">I", length),
        codestream[tile + 10 : pixels], added, codestream[pixels:], comment, b"\xff\xd9",
    )  # fmt: skip
    film.PixelData = encapsulate([b"".join(parts)])
    file = io.BytesIO()
    film.save_as(file)
    return file.getvalue()


PLANTED = {
    **{f"jpeg turned {number}": planted_jpeg(number) for number in range(1, 9)},
    **{f"png turned {number}": planted_png(FILM, number) for number in range(1, 9)},
    "deep png": planted_png(DEEP, 6),
    "webp": picture(FILM, "WEBP", exif=exif(6), xmp=XMP),
    "animated webp": picture(
        Image.fromarray(FILM), "WEBP", save_all=True, append_images=[Image.fromarray(255 - FILM)],
        exif=exif(8), xmp=XMP,
    ),
    "tiff": planted_tiff(),
    "tiff of pages": tiff_of_pages(),
    "dicom": planted_dicom(),
    "dicom of signed": planted_dicom(PixelRepresentation=1),
    "jpeg in dicom": jpeg_dicom(),
    "jpeg 2000 in dicom": jpeg_2000_dicom(lengths=True),
    "jpeg 2000 in dicom, up to its end": jpeg_2000_dicom(lengths=False),
    "dicom of frames": planted_dicom(
        NumberOfFrames=2, PixelData=DEEP.tobytes() + NAME.encode().ljust(DEEP.nbytes)
    ),
}  # fmt: skip
WHOLE_FILES = film_files.every_kind() | tiff_files.every_kind()


@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_a_name_is_nowhere_in_the_copy(kind: str) -> None:
    film = PLANTED[kind]
    assert NAME.encode() in film
    copy = check_copy(film)
    for part in NAME.split("^"):
        assert part.encode() not in copy
        assert part.encode("utf-16-le") not in copy


@pytest.mark.parametrize("kind", sorted(set(WHOLE_FILES) - {"bmp"}))
def test_copies_of_every_kind_read_as_the_film_does(kind: str) -> None:
    copy = check_copy(WHOLE_FILES[kind])
    assert len(copy) < len(WHOLE_FILES[kind]) + 400  # as encoded, and identifiers of DICOM


def test_copies_of_dicom_films_read_as_they_do() -> None:
    for row in ROWS:
        check_copy(row.film)


@pytest.mark.films
def test_copies_of_real_films_read_as_they_do(films_root: Path) -> None:
    films = sorted((films_root / "formats").iterdir())
    assert films
    for film in films:
        check_copy(film.read_bytes())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp_becomes_png_of_the_same_colours(mode: str) -> None:
    film = picture(Image.fromarray(FILM).convert(mode), "BMP")
    copy = strip_film(film)
    here, there = read_image(film), read_image(copy.data)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert technical(there.tags) == dataclasses.replace(technical(here.tags), format="PNG")
    assert not copy.note


def test_a_dicom_copy_is_an_object_of_its_own() -> None:
    film = planted_dicom()
    first, again = strip_film(film).data, strip_film(planted_dicom(AccessionNumber="7")).data
    assert first == again
    copy = dcmread(io.BytesIO(first))
    source = dcmread(io.BytesIO(film))
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        assert copy[keyword].value.is_valid
        assert copy[keyword].value != source.get(keyword)
    assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID
    assert copy.file_meta.TransferSyntaxUID == source.file_meta.TransferSyntaxUID
    assert copy.PixelData == source.PixelData
    assert (copy.PixelSpacing, copy.ViewPosition) == ([0.1, 0.2], "PA")
    assert "StudyDate" not in copy
    assert "PatientIdentityRemoved" not in copy  # the picture may show a name
    assert not any(item.tag.is_private or item.tag.group == 0x6000 for item in copy)
    other = dcmread(io.BytesIO(strip_film(dicom(DEEP[::-1], bits=12)).data))
    assert other.SOPInstanceUID != copy.SOPInstanceUID


def test_a_name_among_numbers_and_codes_does_not_come_along() -> None:
    film = dcmread(io.BytesIO(dicom(DEEP, bits=12)))
    film.add_new("WindowCenter", "LO", [NAME, "1900"])
    film.add_new("WindowWidth", "LO", ["10", "3000"])
    film.add_new("PatientAge", "LO", NAME)
    film.add_new("BodyPartExamined", "LO", ["CHEST", NAME])
    file = io.BytesIO()
    film.save_as(file)
    assert b"Roe" not in check_copy(file.getvalue())


def test_empty_elements_are_no_obstacle() -> None:
    empty = ("PatientAge", "ViewPosition", "WindowCenter", "WindowWidth", "NumberOfFrames")
    window = Dataset()
    window.RescaleSlope = window.RescaleIntercept = None
    group = Dataset()
    group.PixelValueTransformationSequence = [window]
    check_copy(
        dicom(
            DEEP, bits=12, **dict.fromkeys(empty), RescaleSlope=3, RescaleIntercept=-900,
            VOILUTSequence=[lut(0, np.arange(4096))], SharedFunctionalGroupsSequence=[group],
        )
    )  # fmt: skip


def test_what_cannot_be_copied_as_it_is_becomes_gray_levels_and_says_so() -> None:
    jpeg = picture(FILM, "JPEG")
    films = {
        "damaged": jpeg[:20] + NAME.encode() + jpeg[20:],
        "more than the limit of 3,000": picture(DEEP, "PNG"),
    }
    for reason, film in films.items():
        copy = strip_film(film, max_bytes=3000)
        assert reason in copy.note
        assert "gray levels of 8 bits alone" in copy.note
        assert NAME.encode() not in copy.data
        np.testing.assert_array_equal(read_image(copy.data).pixels, read_image(film).pixels)
    with pytest.raises(ImageReadError):
        strip_film(NAME.encode())


def test_what_is_told_of_a_damaged_film_quotes_nothing_of_it() -> None:
    film = dicom(FILM)
    rows, end = NAME.encode(), film.index(struct.pack("<HH", 0x7FE0, 0x0010))
    broken = (
        film[:end] + struct.pack("<HH2sH", 0x0028, 0x0010, b"US", len(rows)) + rows + film[end:]
    )
    for told in (read_image, strip_film):
        with pytest.raises(ImageReadError, match="damaged") as caught:
            told(broken)
        assert NAME not in str(caught.value)
