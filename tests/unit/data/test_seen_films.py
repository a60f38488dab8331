from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from pydantic import ValidationError

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.seen_films import (
    film_roles,
    fingerprint,
    seen_by_any,
    seen_films,
    with_validation,
)
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.modelfile.manifest import SeenFilms
from pneumoscope.phantoms import write_phantoms

Pixels = NDArray[np.uint8]
VIEW = PreprocessConfig(size=224, fit="pad")


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> FilmTable:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 24, seed=0, formats=["png"])
    return find_films(folder)


@pytest.fixture(scope="module")
def seen(phantoms: FilmTable) -> SeenFilms:
    return seen_films(prepared(phantoms))


def prepared(table: FilmTable) -> PreparedFilms:
    pixels = np.stack([view(read_image(path).pixels) for path in table.paths()])
    return PreparedFilms(table, pixels, np.arange(len(table)), ())


def view(pixels: Pixels) -> Pixels:
    return preprocess(pixels, VIEW)


def test_every_film_is_told_by_its_split(phantoms: FilmTable, seen: SeenFilms) -> None:
    films = prepared(phantoms)
    wanted = ["held_out" if film.split == "test" else film.split for film in phantoms.films]
    assert list(film_roles(seen, [fingerprint(image) for image in films.pixels])) == wanted
    assert seen.count() == {split: wanted.count(split) for split in ("train", "val")}


def reencoded(film: Image.Image) -> Image.Image:
    file = io.BytesIO()
    film.save(file, "JPEG", quality=30)
    return Image.open(file)


@pytest.mark.parametrize(
    "copy",
    [
        reencoded,
        lambda film: film.resize((film.width // 2, film.height // 2)),
        lambda film: film.filter(ImageFilter.GaussianBlur(1.5)),
        lambda film: film.point([int(255 * (level / 255) ** 1.3) for level in range(256)]),
    ],
    ids=["quality 30", "half the size", "blurred", "gamma 1.3"],
)
def test_copies_are_found(phantoms: FilmTable, seen: SeenFilms, copy: object) -> None:
    assert callable(copy)
    trained = phantoms.select("train")
    films = [Image.fromarray(read_image(path).pixels) for path in trained.paths()]
    prints = [fingerprint(view(np.asarray(copy(film)))) for film in films]
    assert film_roles(seen, prints) == ("train",) * len(films)


def test_blank_films_are_told_by_their_pixels() -> None:
    levels = [np.full((32, 32), level, dtype=np.uint8) for level in (10, 20)]
    rows = [{"path": f"{place}.png", "label": "x", "split": "train"} for place in range(1)]
    table = FilmTable.from_rows(Path("films"), rows)
    films = PreparedFilms(table, levels[0][None], np.arange(1), ())
    prints = [fingerprint(image) for image in levels]
    assert film_roles(seen_films(films), prints) == ("train", "held_out")


def test_files_of_older_versions_do_not_tell() -> None:
    assert film_roles(None, [fingerprint(np.zeros((8, 8), np.uint8))]) == ("unknown",)


def test_models_together_have_seen_what_each_has(phantoms: FilmTable, seen: SeenFilms) -> None:
    test_films = phantoms.select("test")
    other = seen_films(prepared(test_films.with_splits(["train"] * len(test_films))))
    together = seen_by_any([seen, other])
    assert together is not None
    prints = [fingerprint(image) for image in prepared(phantoms).pixels]
    assert "held_out" not in film_roles(together, prints)
    assert seen_by_any([seen, None]) is None


def test_films_that_settings_are_fitted_on_are_seen(phantoms: FilmTable, seen: SeenFilms) -> None:
    films = prepared(phantoms.select("test"))
    fitted = with_validation(seen, films)
    prints = [fingerprint(image) for image in films.pixels]
    assert set(film_roles(fitted, prints)) == {"val"}
    assert with_validation(None, films) is None


def test_nothing_tells_the_order_of_films(phantoms: FilmTable, seen: SeenFilms) -> None:
    data = base64.b64decode(seen.train)
    parts = [data[start : start + 40] for start in range(0, len(data), 40)]
    assert parts == sorted(parts)
    assert len(parts) == len(phantoms.select("train"))


@pytest.mark.parametrize("text", ["AAAA", "not base64!"])
def test_damaged_fingerprints_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        SeenFilms(train=text, val="")
