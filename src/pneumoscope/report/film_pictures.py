"""Pictures of films for pages, read from their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.reading import read_image
from pneumoscope.report.html import PICTURE_SIZE, data_uri


@dataclass(frozen=True)
class ShownFilm:
    """A film as a page shows it; `picture` is an address that holds it, `note` stands below."""

    name: str
    picture: str
    note: str = ""


def film_picture(file: Path) -> Image.Image:
    """A film at the size of pages. Raises `ImageReadError`."""
    picture = Image.fromarray(read_image(file, target=PICTURE_SIZE[0]).pixels)
    picture.thumbnail(PICTURE_SIZE, Image.Resampling.LANCZOS)
    return picture


def show_films(root: Path, films: Iterable[tuple[str, str]]) -> list[ShownFilm]:
    """Films, given as paths below `root` with their notes; those that cannot be read are left out,
    since an audit tells of them."""
    shown = []
    for path, note in films:
        try:
            picture = film_picture(root / path)
        except ImageReadError:
            continue
        shown.append(ShownFilm(PurePath(path).name, data_uri(picture), note))
    return shown
