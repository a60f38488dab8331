from __future__ import annotations

import json
import multiprocessing
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.data.cache import PixelCache
from pneumoscope.data.sources import film_digest, find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image

CONFIG = PreprocessConfig(size=16)
TRAILER = struct.Struct("<QI4s")


def write_film(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 20), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def write_films(root: Path, count: int = 6) -> FilmTable:
    for number in range(count):
        write_film(root / "AB"[number % 2] / f"film{number}.png", seed=number)
    return find_films(root)


def expected(table: FilmTable) -> NDArray[np.uint8]:
    return np.stack([preprocess(read_image(path).pixels, CONFIG) for path in table.paths()])


def film_pixels(cache: PixelCache) -> NDArray[np.uint8]:
    return cache.pixels[cache.rows]


class Decoded:
    """Counts the films that are decoded while a cache is opened."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))

    @property
    def films(self) -> int:
        return len(self.calls)


def open_cache(table: FilmTable, folder: Path) -> tuple[PixelCache, int]:
    decoded = Decoded()
    cache = PixelCache.open_or_build(table, CONFIG, folder, workers=1, progress=decoded)
    return cache, decoded.films


def cache_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


@pytest.fixture
def table(tmp_path: Path) -> FilmTable:
    return write_films(tmp_path / "films")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def test_build_and_open(table: FilmTable, folder: Path) -> None:
    decoded = Decoded()
    built = PixelCache.open_or_build(table, CONFIG, folder, workers=1, progress=decoded)
    assert decoded.calls == [(done, 6) for done in range(1, 7)]
    opened, decoded_again = open_cache(table, folder)
    assert decoded_again == 0
    for cache in (built, opened):
        assert isinstance(cache.pixels, np.memmap)
        assert cache.pixels.dtype == np.uint8
        assert not cache.pixels.flags.writeable
        np.testing.assert_array_equal(film_pixels(cache), expected(table))
        assert cache.readable.tolist() == [True] * 6
        assert cache.unreadable == ()
        assert cache.digests == tuple(film_digest(path) for path in table.paths())


def test_a_part_of_the_table_and_another_order(table: FilmTable, folder: Path) -> None:
    open_cache(table, folder)
    part = FilmTable(table.root, (table.films[4], table.films[1]), table.class_names)
    cache, decoded = open_cache(part, folder)
    assert decoded == 0
    np.testing.assert_array_equal(film_pixels(cache), expected(part))
    assert cache.digests == tuple(film_digest(path) for path in part.paths())


def test_settings_and_folders_have_caches_of_their_own(tmp_path: Path, folder: Path) -> None:
    first, second = write_films(tmp_path / "one"), write_films(tmp_path / "two", 4)
    open_cache(first, folder)
    assert open_cache(second, folder)[1] == 4
    larger = PixelCache.open_or_build(first, PreprocessConfig(size=20), folder, workers=1)
    assert larger.pixels.shape == (6, 20, 20)
    assert len(list(folder.iterdir())) == 3
    assert open_cache(first, folder)[1] == 0


def test_only_a_changed_film_is_decoded_again(table: FilmTable, folder: Path) -> None:
    open_cache(table, folder)
    write_film(table.paths()[2], seed=99)
    cache, decoded = open_cache(table, folder)
    assert decoded == 1
    np.testing.assert_array_equal(film_pixels(cache), expected(table))
    assert open_cache(table, folder)[1] == 0


def test_a_film_of_the_same_size_and_content_but_another_time(
    table: FilmTable, folder: Path
) -> None:
    open_cache(table, folder)
    os.utime(table.paths()[2], ns=(1, 1))
    cache, decoded = open_cache(table, folder)
    assert decoded == 0
    np.testing.assert_array_equal(film_pixels(cache), expected(table))


def test_a_new_film_joins(tmp_path: Path, table: FilmTable, folder: Path) -> None:
    open_cache(table, folder)
    write_film(tmp_path / "films" / "A" / "another.png", seed=50)
    more = find_films(tmp_path / "films")
    cache, decoded = open_cache(more, folder)
    assert decoded == 1
    np.testing.assert_array_equal(film_pixels(cache), expected(more))


def test_a_film_that_went_is_unreadable(table: FilmTable, folder: Path) -> None:
    open_cache(table, folder)
    table.paths()[3].unlink()
    cache, _ = open_cache(table, folder)
    assert cache.readable.tolist() == [True, True, True, False, True, True]
    assert [film.path for film in cache.unreadable] == [table.films[3].path]
    assert cache.digests[3] == ""


def test_unreadable_films_are_listed_and_the_rest_goes_on(table: FilmTable, folder: Path) -> None:
    damaged, empty = table.paths()[1], table.paths()[4]
    damaged.write_bytes(damaged.read_bytes()[:60])
    empty.write_bytes(b"")
    for decoded in (6, 0):
        cache, films = open_cache(table, folder)
        assert films == decoded
        assert cache.readable.tolist() == [True, False, True, True, False, True]
        assert [film.path for film in cache.unreadable] == [
            table.films[1].path,
            table.films[4].path,
        ]
        assert "empty" in cache.unreadable[1].reason
        assert not film_pixels(cache)[~cache.readable].any()
    write_film(damaged, seed=1)
    cache, films = open_cache(table, folder)
    assert films == 1
    assert cache.readable.tolist() == [True, True, True, True, False, True]


def test_no_readable_film_at_all(table: FilmTable, folder: Path) -> None:
    for path in table.paths():
        path.write_bytes(b"no film")
    for _ in range(2):
        with pytest.raises(DatasetError, match="None of the 6 films") as caught:
            open_cache(table, folder)
        assert table.films[0].path in caught.value.hint


def test_damaged_pixels_are_decoded_again(table: FilmTable, folder: Path) -> None:
    open_cache(table, folder)
    content = bytearray(cache_file(folder).read_bytes())
    content[3 * 256 + 17] ^= 1
    cache_file(folder).write_bytes(content)
    cache, decoded = open_cache(table, folder)
    assert decoded == 1
    np.testing.assert_array_equal(film_pixels(cache), expected(table))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content[1:],
        lambda content: b"\0" + content,
        lambda content: content + b"\0",
        lambda content: content[:-20] + b"x" + content[-19:],
        lambda content: content[:-16] + b"\xff" * 8 + content[-8:],
        lambda content: bytes(len(content)),
    ],
)
def test_a_damaged_file_is_rebuilt(
    table: FilmTable, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    open_cache(table, folder)
    cache_file(folder).write_bytes(damage(cache_file(folder).read_bytes()))
    cache, decoded = open_cache(table, folder)
    assert decoded == 6
    np.testing.assert_array_equal(film_pixels(cache), expected(table))
    assert open_cache(table, folder)[1] == 0


def test_pixels_of_another_decoder_are_rebuilt(table: FilmTable, folder: Path) -> None:
    """A cache that is sound in itself, but whose pixels this installation would not make."""
    open_cache(table, folder)
    content = cache_file(folder).read_bytes()
    length, _, mark = TRAILER.unpack(content[-TRAILER.size :])
    pixels = np.frombuffer(content, dtype=np.uint8, count=6 * 256).reshape(6, 256) // 2
    index = json.loads(content[-TRAILER.size - length : -TRAILER.size])
    for row, entry in zip(pixels, index, strict=True):
        entry[4] = zlib.crc32(row.tobytes())
    text = json.dumps(index).encode()
    trailer = TRAILER.pack(len(text), zlib.crc32(text), mark)
    cache_file(folder).write_bytes(pixels.tobytes() + text + trailer)
    cache, decoded = open_cache(table, folder)
    assert decoded == 6
    np.testing.assert_array_equal(film_pixels(cache), expected(table))


def test_an_open_cache_outlives_its_renewal(table: FilmTable, folder: Path) -> None:
    before, _ = open_cache(table, folder)
    pixels = film_pixels(before).copy()
    write_film(table.paths()[0], seed=99)
    open_cache(table, folder)
    np.testing.assert_array_equal(film_pixels(before), pixels)


def test_a_stopped_build_leaves_nothing(table: FilmTable, folder: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PixelCache.open_or_build(table, CONFIG, folder, workers=1, progress=stop)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written(table: FilmTable, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatasetError, match="could not be written"):
        open_cache(table, tmp_path / "file" / "cache")


def test_worker_processes_give_the_same(tmp_path: Path) -> None:
    table = write_films(tmp_path / "films", 80)
    table.paths()[7].write_bytes(b"no film")
    alone, _ = open_cache(table, tmp_path / "alone")
    decoded = Decoded()
    together = PixelCache.open_or_build(
        table, CONFIG, tmp_path / "together", workers=2, progress=decoded
    )
    assert decoded.calls == [(done, 80) for done in range(1, 81)]
    np.testing.assert_array_equal(film_pixels(together), film_pixels(alone))
    assert together.unreadable == alone.unreadable
    assert together.digests == alone.digests


def test_two_processes_building_at_once(table: FilmTable, folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    arguments = (table, CONFIG, folder, 1)
    builders = [context.Process(target=PixelCache.open_or_build, args=arguments) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
        assert builder.exitcode == 0
    cache, decoded = open_cache(table, folder)
    assert decoded == 0
    np.testing.assert_array_equal(film_pixels(cache), expected(table))
    assert len(list(folder.iterdir())) == 1


@pytest.mark.films
def test_the_formats_of_real_films(films_root: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (films_root / "formats").iterdir())
    rows = [{"path": name, "label": name.split("_")[0]} for name in names]
    table = FilmTable.from_rows(films_root / "formats", rows)
    cache = PixelCache.open_or_build(table, PreprocessConfig(), tmp_path, workers=1)
    assert cache.unreadable == ()
    for path, row in zip(table.paths(), cache.rows, strict=True):
        film = read_image(path, target=224)
        np.testing.assert_array_equal(
            cache.pixels[row], preprocess(film.pixels, PreprocessConfig())
        )
