"""Files made to harm, or damaged: an `ImageReadError` with name and reason, in bounded time."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
)

import film_files
import tiff_files
from film_files import NATIVE, dicom, gray_film, picture, png_chunk
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.reading import ReadLimits, read_image

# Broken DICOM files make pydicom warn, as it should; here they come by the thousand.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SMALL = ReadLimits(max_pixels=20_000, max_bytes=2**20, max_frames=20)
WHOLE_FILES = film_files.every_kind() | tiff_files.every_kind()


def reason(source: object, limits: ReadLimits = SMALL) -> str:
    with pytest.raises(ImageReadError) as caught:
        read_image(source, limits=limits, name="film 9")  # type: ignore[arg-type]
    assert caught.value.name == "film 9"
    assert str(caught.value).startswith("film 9: ")
    return caught.value.reason


def check(data: bytes, limits: ReadLimits = SMALL) -> None:
    """Only a valid film or our own error may come out."""
    with contextlib.suppress(ImageReadError):
        film = read_image(data, limits=limits)
        assert film.pixels.dtype == np.uint8
        assert film.pixels.ndim == 2
        assert 0 < film.pixels.size <= limits.max_pixels


def test_what_is_no_file(tmp_path: Path) -> None:
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    closed = io.BytesIO(b"closed")
    closed.close()
    assert "is a folder" in reason(tmp_path)
    assert "no regular file" in reason(pipe)
    assert "no regular file" in reason("/dev/zero")
    assert "symbolic links" in reason(loop)
    assert reason(tmp_path / "missing.png") == "there is no such file."
    assert "null" in reason("a\0b.png")
    assert "too long" in reason("x" * 5000)
    assert "closed" in reason(closed)
    assert "gave str, not bytes" in reason(io.StringIO("text"))


def test_a_source_that_fails_while_reading() -> None:
    class Unplugged(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk went away")

    assert "the disk went away" in reason(Unplugged())


def test_a_link_to_a_film_is_followed(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(WHOLE_FILES["png"])
    link = tmp_path / "link.png"
    link.symlink_to("film.png")
    assert read_image(link).shape == gray_film().shape


def test_empty_files_and_other_kinds(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpeg"
    empty.touch()
    assert "empty" in reason(empty)
    assert "empty" in reason(b"")
    assert "not a JPEG" in reason(b"%PDF-1.7 and so on")
    assert "no DICOM image" in reason(bytes(128) + b"DICM")
    assert "no DICOM image" in reason(b"\x08\x00\x05\x00CS\x02\x00\x20\x20" + bytes(range(256)))
    assert "not a JPEG" in reason(b"\x08\x00" + bytes(range(256)))


def test_limits_on_bytes(tmp_path: Path) -> None:
    long = tmp_path / "long.png"
    long.write_bytes(bytes(1001))
    limits = ReadLimits(max_bytes=1000)
    for source in (long, bytes(1001), io.BytesIO(bytes(1001))):
        assert "more than 1,000 bytes" in reason(source, limits)


@pytest.mark.parametrize("name", sorted(WHOLE_FILES))
def test_limits_on_pixels(name: str) -> None:
    height, width = gray_film().shape
    fits = ReadLimits(max_pixels=height * width)
    assert read_image(WHOLE_FILES[name], limits=fits).shape == (height, width)
    beyond = ReadLimits(max_pixels=height * width - 1)
    assert "56 x 40 pixels, more than the limit of 2,239" in reason(WHOLE_FILES[name], beyond)


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
def test_limits_on_frames(kind: str) -> None:
    frames = [Image.new("L", (8, 8), 50 * level) for level in range(5)]
    data = picture(frames[0], kind, save_all=True, append_images=frames[1:])
    assert read_image(data, limits=ReadLimits(max_frames=5)).tags.frames == 5
    assert "more than 4 frames" in reason(data, ReadLimits(max_frames=4))


def test_an_endless_chain_of_tiff_directories_ends() -> None:
    step = 1 << 12
    directory = picture(Image.new("L", (1, 1)), "TIFF")
    start = struct.unpack_from("<I", directory, 4)[0]
    count = struct.unpack_from("<H", directory, start)[0]
    entries = directory[start : start + 2 + 12 * count]
    chain = bytearray(directory[:8].ljust(step, b"\0"))
    struct.pack_into("<I", chain, 4, step)
    for number in range(2, 200):
        chain += (entries + struct.pack("<I", number * step)).ljust(step, b"\0")
    assert "more than 20 frames" in reason(bytes(chain))


def test_a_chain_of_tiff_directories_that_comes_back_or_breaks_off_ends() -> None:
    page = ([gray_film().tobytes()], tiff_files.gray_tags(40, 56, 8))
    data = tiff_files.tiff(page, page)
    first, link = struct.unpack_from("<I", data, 4)[0], len(data) - 4
    back = read_image(data[:link] + struct.pack("<I", first), limits=SMALL)
    assert (back.tags.frames, back.tags.notes) == (2, ())
    broken = read_image(data[:link] + struct.pack("<I", 2**31), limits=SMALL)
    assert broken.tags.frames == 2
    assert "damaged after page 2" in broken.tags.notes[0]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({256: ("I", 60_000), 257: ("I", 60_000)}, "60000 x 60000 pixels"),
        ({257: ("I", 0)}, "has no pixels: 4 x 0"),
        ({278: ("I", 0)}, "has no pixels: 4 x 0"),
        ({322: ("I", 60_000), 323: ("I", 60_000)}, "60000 x 60000 pixels"),
        ({256: ("I", 1_200), 322: ("I", 999), 323: ("I", 20)}, "has 1 of its 2 strips or tiles"),
        ({257: ("I", 4_000), 322: ("I", 999), 323: ("I", 1)}, "more than 1,048,576 bytes"),
        ({322: ("I", 0), 323: ("I", 16)}, "has no pixels: 0 x 16"),
        ({256: ("I", 4_000), 258: ("H", 64), 277: ("H", 9)}, "more than 1,048,576 bytes"),
        ({277: ("I", 2**31)}, "2147483648 samples a pixel"),
        ({258: ("H", 40_000)}, "whole numbers of 40000 bits"),
        ({273: ("I", 2**31)}, "ends before its last strip"),
        ({259: ("H", 5), 279: ("I", 2**31)}, "ends before its last strip"),
        ({262: ("H", 3), 320: ("H", [1, 2, 3])}, "palette has 3 of 768 entries"),
    ],
)
def test_lying_tiff_tags(tags: dict[int, tuple[str, object]], expected: str) -> None:
    data = tiff_files.tiff(([bytes(64)], tiff_files.gray_tags(4, 4, 8) | tags))
    assert expected in reason(data)


def test_values_of_a_tiff_tag_outside_the_file() -> None:
    data = tiff_files.tiff(([bytes(64)], tiff_files.gray_tags(4, 4, 8)))
    entry = struct.pack("<HHI", 273, 4, 1)
    assert "lie outside the file" in reason(data.replace(entry, struct.pack("<HHI", 273, 4, 2**31)))
    assert "values of type 5" in reason(data.replace(entry, struct.pack("<HHI", 273, 5, 1)))


def test_strips_beyond_number() -> None:
    tags = tiff_files.gray_tags(2**21, 1, 8, tag_278=("I", 1))
    data = tiff_files.tiff(([bytes(64)], tags))
    assert "2,097,152 strips or tiles" in reason(data, ReadLimits())


def test_strips_that_all_hold_the_same_data_are_read_up_to_the_limit() -> None:
    # Each may keep the decoder busy with data that come to nothing.
    tags = tiff_files.gray_tags(100, 4, 8, tag_278=("I", 1), tag_259=("H", 8))
    tags |= {273: ("I", [8] * 100), 279: ("I", [20_000] * 100)}
    assert "more than 1,048,576 bytes" in reason(tiff_files.tiff(([bytes(20_000)], tags)))


def test_a_strip_is_not_inflated_beyond_its_rows() -> None:
    deflate = zlib.compressobj()
    bomb = b"".join(deflate.compress(bytes(2**20)) for _ in range(128)) + deflate.flush()
    data = tiff_files.tiff(([bomb], tiff_files.gray_tags(4, 4, 8, tag_259=("H", 8))))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not read_image(data, limits=SMALL).pixels.any()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**15  # KiB


@pytest.mark.parametrize("size", [80_000_008, 120_000_000, 400_000_000, 2**31])
def test_a_picture_that_claims_too_much_is_refused_without_warning(
    size: int, recwarn: pytest.WarningsRecorder
) -> None:
    header = struct.pack(">IIBBBBB", size // 8, 8, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"")
    assert "more than the limit of 80,000,000" in reason(
        bomb + png_chunk(b"IEND", b""), ReadLimits()
    )
    assert not recwarn.list


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    data = picture(gray_film(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert "scans" in reason(data[:-2] + data[last:-2] * 200 + data[-2:])
    # Of a larger film each scan costs more, and fewer are taken.
    twenty = data[:-2] + data[last:-2] * 20 + data[-2:]
    assert read_image(twenty).shape == gray_film().shape
    assert "limit of 20" in reason(twenty, ReadLimits(max_pixels=gray_film().size))


@pytest.mark.parametrize("name", sorted(WHOLE_FILES))
def test_limits_on_memory(name: str) -> None:
    enough = ReadLimits(max_memory=40 * gray_film().size)
    assert read_image(WHOLE_FILES[name], limits=enough).shape == gray_film().shape
    assert "GiB of memory, more than the limit" in reason(
        WHOLE_FILES[name], ReadLimits(max_memory=2 * gray_film().size)
    )


@pytest.mark.parametrize("photometric", ["YBR_FULL", "PALETTE COLOR"])
def test_colours_that_are_converted_take_more_memory(photometric: str) -> None:
    film = gray_film()
    samples = film if photometric == "PALETTE COLOR" else np.stack([film] * 3, axis=-1)
    data = dicom(samples, PhotometricInterpretation=photometric)
    assert "GiB of memory" in reason(data, ReadLimits(max_memory=30 * film.size))


def test_parts_without_number_are_refused() -> None:
    """Each takes a decoder some microseconds, and few bytes."""
    jpeg, png = WHOLE_FILES["jpeg"], WHOLE_FILES["png"]
    comments = b"\xff\xfe\x00\x02" * 10_000
    chunks = png_chunk(b"prVt", b"") * 200_000
    assert "more parts" in reason(jpeg[:2] + comments + jpeg[2:])
    assert "more parts" in reason(dicom_of_jpeg(jpeg[:2] + comments + jpeg[2:]))
    assert "chunks" in reason(png[:33] + chunks + png[33:], ReadLimits())


def dicom_of_jpeg(codestream: bytes) -> bytes:
    plain = dcmread(io.BytesIO(dicom(gray_film())))
    film_files.encapsulated(plain, codestream, JPEGBaseline8Bit)
    file = io.BytesIO()
    plain.save_as(file)
    return file.getvalue()


def test_exif_data_in_several_segments_are_refused() -> None:
    """Pillow joins them, and keeps a copy of what each of their entries points to."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    jpeg = picture(gray_film(), "JPEG", exif=exif)
    start = jpeg.index(b"\xff\xe1")
    segment = jpeg[start : start + 2 + int.from_bytes(jpeg[start + 2 : start + 4])]
    assert read_image(jpeg).shape == gray_film().shape
    assert "more parts" in reason(jpeg[:start] + segment + jpeg[start:])
    # A second picture behind the film may have its own.
    assert read_image(jpeg + jpeg).shape == gray_film().shape


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_long_exif_data_are_refused(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "m" * 70_000
    assert "EXIF data have 70," in reason(picture(gray_film(), kind, exif=exif))


def test_run_lengths_of_large_bitmaps_are_refused() -> None:
    """Pillow unpacks them in Python."""
    header = struct.pack("<IiiHHIIiiII", 40, 3000, 2000, 1, 8, 1, 0, 0, 0, 0, 0)
    offset = 14 + len(header) + 1024
    data = b"BM" + struct.pack("<IHHI", offset, 0, 0, offset) + header + bytes(1024)
    assert "run lengths" in reason(data, ReadLimits())


def test_values_of_tags_that_overlap_are_counted_each() -> None:
    """Pillow copies them all, those too that it has no use for."""
    tags = tiff_files.gray_tags(40, 56, 8, tag_259=("H", 7), tag_262=("H", 1))
    tags |= {65_000 + tag: ("B", [0] * 40_000) for tag in range(30)}
    jpeg = picture(gray_film(), "JPEG")
    data = tiff_files.tiff(([jpeg], tags))
    assert "more than 1,048,576 bytes" in reason(data)


@pytest.mark.parametrize("syntax", NATIVE[::2], ids=lambda syntax: syntax.name)
def test_elements_without_number_are_refused(syntax: UID) -> None:
    """pydicom takes some microseconds for each, in a sequence or not."""
    count = 300_000
    elements = np.zeros(count, [("group", "<u2"), ("tag", "<u2"), ("vr", "S2"), ("length", "<u2")])
    elements["group"] = 9 + 2 * (np.arange(count) >> 16)
    elements["tag"] = np.arange(count) & 0xFFFF
    elements["vr"] = b"LO"
    film = dicom(gray_film(), syntax=syntax)
    start = 144 + struct.unpack_from("<I", film, 140)[0]
    head, rest = film[:start], film[start:]
    if syntax == DeflatedExplicitVRLittleEndian:
        deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        everything = elements.tobytes() + zlib.decompress(rest, -zlib.MAX_WBITS)
        data = head + deflate.compress(everything) + deflate.flush()
    else:
        data = head + elements.tobytes() + rest
    assert "more elements" in reason(data, ReadLimits())


def test_a_deflated_file_is_not_inflated_beyond_the_limit() -> None:
    small = dicom(gray_film(), syntax=DeflatedExplicitVRLittleEndian)
    header = small[: 144 + struct.unpack_from("<I", small, 140)[0]]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    private = struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, 2**30)
    bomb = header + deflate.compress(private)
    bomb += b"".join(deflate.compress(bytes(2**20)) for _ in range(128)) + deflate.flush()
    tracemalloc.start()
    try:
        assert "more than 1,048,576 bytes" in reason(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("syntax", "marker", "offset", "layout"),
    [
        (JPEGBaseline8Bit, b"\xff\xc0", 5, ">HH"),
        (JPEGLSLossless, b"\xff\xf7", 5, ">HH"),
        (JPEG2000Lossless, b"\xff\x4f\xff\x51", 8, ">II"),
    ],
)
def test_compressed_data_that_claim_another_size_are_refused(
    syntax: str, marker: bytes, offset: int, layout: str
) -> None:
    data = bytearray(dicom(gray_film(), syntax=syntax))
    struct.pack_into(layout, data, data.index(marker) + offset, 60_000, 60_000)
    assert "disagree" in reason(bytes(data))


@pytest.mark.parametrize("syntax", NATIVE, ids=lambda syntax: syntax.name)
def test_sequences_without_end_are_refused(syntax: UID) -> None:
    """Each item of 8 bytes would become an object of a thousand times that size, read or not."""
    items = [Dataset()] * 60_000
    with pytest.raises(ImageReadError, match="more than 50,000 items"):
        read_image(dicom(gray_film(), syntax=syntax, ReferencedImageSequence=items))


@pytest.mark.parametrize("keyword", ["WindowCenter", "Modality", "NumberOfFrames", "SOPClassUID"])
def test_values_without_end_are_refused(keyword: str) -> None:
    values = dicom(gray_film(), syntax=ImplicitVRLittleEndian, **{keyword: ["1"] * 40_000})
    with pytest.raises(ImageReadError, match=r"holds .* bytes"):
        read_image(values)


@pytest.mark.parametrize("elements", [{"Rows": 80}, {"NumberOfFrames": 15}])
def test_more_pixels_than_the_file_holds(elements: dict[str, int]) -> None:
    assert "less than expected" in reason(dicom(gray_film(), **elements))


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"Rows": 60_000, "Columns": 60_000}, "60000 x 60000 pixels"),
        ({"Rows": 0}, "no pixels"),
        ({"NumberOfFrames": 100_000}, "more than 20 frames"),
        ({"BitsStored": 200}, "Bits Stored"),
        ({"SamplesPerPixel": 9}, "9 samples"),
        ({"PhotometricInterpretation": "RGB"}, "'RGB' and 1 sample"),
        ({"PhotometricInterpretation": ""}, "lacks PhotometricInterpretation"),
    ],
)
def test_lying_dicom_headers(elements: dict[str, object], expected: str) -> None:
    assert expected in reason(dicom(gray_film(), **elements))


def test_nesting_without_end_is_refused() -> None:
    whole = dicom(gray_film())
    header = whole[: 144 + struct.unpack_from("<I", whole, 140)[0]]
    nested = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    nested += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    assert "RecursionError" in reason(header + nested * 20_000)


@pytest.mark.parametrize("name", sorted(WHOLE_FILES))
def test_cut_off_files(name: str) -> None:
    data = WHOLE_FILES[name]
    text = reason(data[: len(data) // 2])
    assert len(text.splitlines()) == 1
    assert len(text) < 400


mutation = settings(
    max_examples=40, deadline=20_000, suppress_health_check=[HealthCheck.too_slow], database=None
)


def changed(data: bytes, changes: list[tuple[float, int]]) -> bytes:
    """Set the byte at each relative position to a value."""
    mutated = bytearray(data)
    for position, value in changes:
        mutated[int(position * len(mutated))] = value
    return bytes(mutated)


positions = st.floats(0, 1, exclude_max=True)
# Headers decide most, and lie at the beginning.
places = st.one_of(positions, positions.map(lambda position: position**4))
changes = st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=12)


@pytest.mark.parametrize("name", sorted(WHOLE_FILES))
@mutation
@given(changes=changes)
def test_changed_bytes(name: str, changes: list[tuple[float, int]]) -> None:
    check(changed(WHOLE_FILES[name], changes))


@mutation
@given(
    start=st.sampled_from(sorted(WHOLE_FILES)),
    end=st.sampled_from(sorted(WHOLE_FILES)),
    cut=positions,
    again=positions,
)
def test_spliced_files(start: str, end: str, cut: float, again: float) -> None:
    first, second = WHOLE_FILES[start], WHOLE_FILES[end]
    check(first[: int(cut * len(first))] + second[int(again * len(second)) :])


@pytest.mark.films
@pytest.mark.parametrize("name", ["adult_00001299_000.png", "rsna_monochrome1.dcm"])
def test_changed_real_films(films_root: Path, name: str) -> None:
    whole = (films_root / "formats" / name).read_bytes()
    limits = ReadLimits(max_pixels=2_000_000)

    @settings(mutation, max_examples=25)
    @given(changes=changes, kept=st.floats(0.01, 1))
    def mutate(changes: list[tuple[float, int]], kept: float) -> None:
        check(changed(whole, changes)[: int(kept * len(whole))], limits)

    mutate()
