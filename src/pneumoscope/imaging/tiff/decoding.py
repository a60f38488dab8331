"""Decoding of TIFF films.

What Pillow reads best, photographs and scanned documents, is left to it. Gray levels, colours and
palettes of any depth are read here; everything else is refused by its name.
"""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from pneumoscope.imaging.film import FilmTags, ReadLimits, passed_over
from pneumoscope.imaging.film_doubts import coloured_share_of, sampled
from pneumoscope.imaging.gray import Samples, luma_of, tones_of
from pneumoscope.imaging.intensity import scale_to_bytes
from pneumoscope.imaging.pictures import BYTES_A_PIXEL, film_of_picture
from pneumoscope.imaging.stored_film import StoredFilm, Tones
from pneumoscope.imaging.tiff.directory import Directory, read_directories
from pneumoscope.imaging.tiff.kinds import (
    BLACK_IS_ZERO,
    COLOURS,
    PALETTE,
    RGB,
    WHITE_IS_ZERO,
    YCBCR,
    check_supported,
    read_by_pillow,
    unsupported,
)
from pneumoscope.imaging.tiff.samples import Segments, read_channels

# Tags of TIFF 6.0; the depth is SGI's.
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_FILL_ORDER, _STRIP_OFFSETS, _ORIENTATION, _SAMPLES = 266, 273, 274, 277
_STRIP_ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR, _COLOUR_MAP = 278, 279, 284, 317, 320
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_EXTRA_SAMPLES, _SAMPLE_FORMAT, _SUBSAMPLING, _DEPTH = 338, 339, 530, 32997

_KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}  # of sample formats, in numpy's letters; 4 is undefined
_SAME_COMPRESSION = {34926: 50000}  # Zstandard, from before it was registered
_ASSOCIATED, _UNASSOCIATED = 1, 2

_MOST_SAMPLES = 10
_MOST_SEGMENTS = 2**20
_COPIES = 4  # of the samples, on their way from the file to gray levels


def decode_tiff(data: bytes, name: str, limits: ReadLimits) -> StoredFilm:
    """Decode the first page of a TIFF file that is no reduced copy of another.

    `gray.tones_of` tells how its samples become gray levels. Raises `ImageReadError` for a file
    beyond the limits or of a kind that is not supported; a damaged one raises what decoders raise.
    """
    pages, broken = read_directories(data, name, limits)
    films = film_pages(pages)
    film = _decode_page(data, pages, pages.index(films[0]), name, limits)
    notes = list(film.tags.notes)
    if broken:
        notes.append(f"the file's chain of pages is damaged after page {len(pages)}")
    if len(films) < len(pages):
        notes.append("reduced copies or masks among the file's pages were passed over")
    warnings = film.tags.warnings + passed_over(len(films), "pages")
    tags = dataclasses.replace(film.tags, frames=len(films), notes=tuple(notes), warnings=warnings)
    return dataclasses.replace(film, tags=tags)


def film_pages(pages: list[Directory]) -> list[Directory]:
    """The pages that are no reduced copies or masks; all where there are none but these."""
    return [page for page in pages if not _is_copy(page)] or pages


def _is_copy(page: Directory) -> bool:
    """Whether a page is a thumbnail or a mask of another one."""
    reduced_or_mask = 0b101
    marked = page.number(_NEW_SUBFILE_TYPE, 0) & reduced_or_mask
    return bool(marked) or page.number(_SUBFILE_TYPE, 1) == 2


def _decode_page(
    data: bytes, pages: list[Directory], number: int, name: str, limits: ReadLimits
) -> StoredFilm:
    page = pages[number]
    photometric, warnings = photometric_of(page)
    segments = segments_of(page, name, limits)
    check_supported(segments, photometric, name)
    by_pillow = read_by_pillow(segments, photometric)
    if len(segments.offsets) or not by_pillow:  # old-style JPEG may lie elsewhere
        segments = segments.placed(len(data))
        limits.check_bytes(name, int(segments.counts.sum()))  # strips may overlap without end
        segments.check_ends(data)
    if by_pillow:
        limits.check_memory(name, *segments.page_shape[::-1], BYTES_A_PIXEL)
        # Pillow copies the values of all tags of the pages up to this one.
        limits.check_bytes(name, sum(page.stored_bytes for page in pages[: number + 1]))
        with TiffImageFile(io.BytesIO(data)) as image:
            image.seek(number)
            film = film_of_picture(image, name)
        turned = ("turned round as white is zero",) if photometric == WHITE_IS_ZERO else ()
        return dataclasses.replace(film, tags=dataclasses.replace(film.tags, notes=turned))
    if photometric == YCBCR and page.values(_SUBSAMPLING, (2, 2)).tolist() != [1, 1]:
        raise unsupported(name, "subsampled YCbCr colour but no JPEG compression")
    tones, rendering, notes = _render(data, page, segments, photometric)
    tags = FilmTags(
        format="TIFF", bits=segments.bits, rendering=rendering, notes=notes, warnings=warnings
    )
    return StoredFilm(name, tags, tones, page.number(_ORIENTATION, 1))


def photometric_of(page: Directory) -> tuple[int, tuple[str, ...]]:
    """What the samples mean; where the page does not say, what most readers take, and a warning."""
    if _PHOTOMETRIC in page:
        return page.number(_PHOTOMETRIC, BLACK_IS_ZERO), ()
    if page.number(_SAMPLES, 1) >= COLOURS[RGB]:
        return RGB, ("the file does not say what its samples mean; red, green and blue was taken",)
    return BLACK_IS_ZERO, ("the file does not say if black or white is zero; black was taken",)


def segments_of(page: Directory, name: str, limits: ReadLimits) -> Segments:
    """How the samples are stored, and where; all that is claimed within the limits."""
    width, height = page.number(_WIDTH, 0), page.number(_HEIGHT, 0)
    limits.check_size(name, width, height)
    samples = page.number(_SAMPLES, 1)
    if not 1 <= samples <= _MOST_SAMPLES:
        raise unsupported(name, f"{samples} samples a pixel")
    if page.number(_DEPTH, 1) > 1:
        raise unsupported(name, "several slices in a page")
    tiled = _TILE_WIDTH in page
    rows, columns = min(page.number(_STRIP_ROWS, height), height), width
    if tiled:
        rows, columns = page.number(_TILE_HEIGHT, 0), page.number(_TILE_WIDTH, 0)
    limits.check_size(name, columns, rows)
    compression = page.number(_COMPRESSION, 1)
    segments = Segments(
        page_shape=(height, width),
        height=rows,
        width=columns,
        tiled=tiled,
        samples=samples,
        planar=page.number(_PLANAR, 1) == 2 and samples > 1,
        bits=_of_all_samples(page, _BITS, samples, name),
        kind=_KINDS.get(_of_all_samples(page, _SAMPLE_FORMAT, samples, name), "complex"),
        order=page.order,
        compression=_SAME_COMPRESSION.get(compression, compression),
        predictor=page.number(_PREDICTOR, 1),
        fill_order=2 if page.number(_FILL_ORDER, 1) == 2 else 1,
        offsets=page.values(_TILE_OFFSETS if _TILE_OFFSETS in page else _STRIP_OFFSETS),
        counts=page.values(_TILE_BYTES if _TILE_BYTES in page else _STRIP_BYTES),
    )
    limits.check_bytes(name, segments.memory)
    limits.check_memory(name, width, height, _COPIES * segments.memory // (width * height))
    if segments.number > _MOST_SEGMENTS:
        raise unsupported(name, f"{segments.number:,} strips or tiles")
    return segments


def _of_all_samples(page: Directory, tag: int, samples: int, name: str) -> int:
    """The value of a tag that has one for each sample of a pixel, all of which must be the same."""
    values = page.values(tag, (1,))[:samples]
    if (values != values[0]).any():
        what = "depths" if tag == _BITS else "types"
        raise unsupported(name, f"samples of different {what} ({', '.join(map(str, values))})")
    return int(values[0])


def _render(
    data: bytes, page: Directory, segments: Segments, photometric: int
) -> tuple[Tones, str, tuple[str, ...]]:
    """The tones of a page as stored, how gray levels come about, and what was passed over."""
    colours = COLOURS[photometric]
    extra = page.values(_EXTRA_SAMPLES).tolist()[: segments.samples - colours]
    transparency = [place for place, use in enumerate(extra) if use in (_ASSOCIATED, _UNASSOCIATED)]
    wanted = colours + (transparency[0] + 1 if transparency else 0)
    channels = read_channels(data, segments, wanted)
    samples = Samples(
        colour=tuple(channels[: 1 if photometric == YCBCR else colours]),  # luma comes first
        bits=segments.bits,
        white_is_zero=photometric == WHITE_IS_ZERO,
        alpha=channels[-1] if transparency else None,
        premultiplied=bool(transparency) and extra[transparency[0]] == _ASSOCIATED,
    )
    coloured = 0.0
    if photometric == PALETTE:
        samples, coloured = _looked_up(samples, page)
    tones, rendering = tones_of(samples)
    if photometric == PALETTE:
        tones = dataclasses.replace(tones, coloured=coloured)
    left = segments.samples - colours - bool(transparency)
    return tones, rendering, (_left_out(left, segments.samples),) if left else ()


def _looked_up(samples: Samples, page: Directory) -> tuple[Samples, float]:
    """The luma, of 8 bits, of a picture of which the samples are places in a palette.

    And the share of its pixels that are clearly coloured.
    """
    needed = 3 << samples.bits
    entries = page.values(_COLOUR_MAP)[:needed]
    if len(entries) < needed:
        raise ValueError(f"its palette has {len(entries)} of {needed} entries")
    # By the standard entries have 16 bits; old writers gave them 8, and readers heed that.
    entries = entries >> 8 if entries.max() > 255 else entries
    colours = entries.astype(np.uint8).reshape(3, -1)
    luma = luma_of(*colours[:, np.newaxis])[0]
    places = samples.colour[0]
    share = coloured_share_of(colours.T[sampled(places)])
    alpha = samples.alpha
    looked_up = dataclasses.replace(
        samples,
        colour=(luma[places],),
        bits=8,
        alpha=None if alpha is None else scale_to_bytes(alpha, 0, 2**samples.bits - 1),
    )
    return looked_up, share


def _left_out(left: int, samples: int) -> str:
    return f"{left} of the {samples} samples of each pixel were passed over"
