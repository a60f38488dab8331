"""What is fuzzed: the ways by which files of others come in."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import seeds

from pneumoscope.data.archives import extract_archive
from pneumoscope.data.sources import find_films
from pneumoscope.data.tables.rules import PUBLISHED, TableRules
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.imaging.stripped.film import strip_film
from pneumoscope.imaging.values import read_values
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.recipe.files import load_recipe
from tiny_model import SIZE, tiny_manifest


@dataclass(frozen=True)
class Target:
    """`seeds` makes whole files by their kinds; `enter` hands one to the package, with a folder for
    what is written and a generator for what is to be chosen. `marks` occur in files of the kind.

    `enter` may raise `PneumoscopeError` and nothing else.
    """

    seeds: Callable[[], dict[str, bytes]]
    enter: Callable[[bytes, Path, random.Random], object]
    marks: Sequence[bytes]


def _read_film(data: bytes, folder: Path, rng: random.Random) -> None:
    film = read_image(data, target=rng.choice((None, SIZE)))
    preprocess(film.pixels, PreprocessConfig(size=SIZE, clahe=True))
    values = read_values(data)
    assert values.levels[values.values].shape == film.shape
    strip_film(data)


def _unpack(data: bytes, folder: Path, rng: random.Random) -> None:
    archive = folder / "archive.zip"
    archive.write_bytes(data)
    try:
        extract_archive(archive, folder / "unpacked")
    finally:
        shutil.rmtree(folder / "unpacked", ignore_errors=True)


def _load_model(data: bytes, folder: Path, rng: random.Random) -> None:
    """A model file, which its checksums mostly refuse; a bare graph, with checksums of its own."""
    path = folder / "model.onnx"
    if b"pneumoscope" in data:
        path.write_bytes(data)
    else:
        write_model_file(data, tiny_manifest(), path)
    Predictor.load(path, threads=1).predict(np.zeros((SIZE, SIZE), np.uint8))


def _load_recipe(data: bytes, folder: Path, rng: random.Random) -> None:
    path = folder / "recipe.yaml"
    path.write_bytes(data)
    load_recipe(path)


def _read_table(data: bytes, folder: Path, rng: random.Random) -> None:
    (folder / "film.png").touch()
    path = folder / "films.csv"
    path.write_bytes(data)
    tables = rng.choice(
        (TableRules(), TableRules(finding="pneumonia"), *(TableRules(name) for name in PUBLISHED))
    )
    assert find_films(path, rng.choice(("folder", "pathogen")), tables=tables).digest


_FILM_MARKS = (
    *(bytes((0xFF, marker)) for marker in (*range(0xC0, 0xE2), 0xF7, 0xFE, 0x4F, 0x51, 0x90, 0x93)),
    b"\xff\xd8\xff", b"Exif\0\0", b"Adobe", b"JFIF\0", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0",
    b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"iCCP", b"zTXt", b"eXIf", b"acTL", b"fcTL", b"IEND",
    b"BM", b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH",
    b"DICM", b"OB\0\0", b"OW\0\0", b"SQ\0\0", b"UN\0\0", b"US", b"DS", b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\xff\xff\xff\xff", b"\xe0\x7f\x10\x00",
    b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.2\0", b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90",
    b"1.2.840.10008.1.2.4.201", b"1.2.840.10008.1.2.5\0", b"MONOCHROME1 ", b"YBR_FULL_422",
    b"PALETTE COLOR ", b"\0\0\0\x0cjP  ", b"jp2c", b"nan", b"1e309", b"\\",
)  # fmt: skip
_ARCHIVE_MARKS = (
    b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"../", b"/",
    b"C:\\", b"\0", b"\x08\0", b"\x0c\0", b"\x0e\0", b"\x5d\0", b"\xff\xff\xff\xff", b"NORMAL",
)  # fmt: skip
_MODEL_MARKS = (
    b"Cast", b"Conv", b"Loop", b"If", b"Scan", b"Identity", b"Reshape", b"image", b"logits", b"cam",
    b"embedding", b"ai.onnx.ml", b"\x0a\xff\xff\xff\xff\x0f", b"\x3a", b"{", b"}", b'"', b"null",
    b"1e999", b"-1", b"NaN", b"\\ud800", b"[" * 100,
)  # fmt: skip
_RECIPE_MARKS = (
    b"&a ", b"*a", b"&a [*a, *a]", b"<<: *a", b"!!python/object:os.system", b"!!binary ", b"!!set ",
    b"!!timestamp ", b": ", b"- ", b"? ", b"|\n", b">\n", b"{", b"[" * 50, b"'", b'"', b"#",
    b"\n---\n", b"%YAML 9.9\n", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"1e999", b".nan", b".inf",
    b"2024-13-01", b"0x" + b"f" * 40, b"1:2:3", b"null", b"true", b"-1", b"9" * 5000,
)  # fmt: skip
_TABLE_MARKS = (
    b",", b'"', b"\n", b"\r", b"\0", b"../", b"/", b"=1+1", b"\xff", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"path", b"label", b"split", b"patient_id", b"train", b"9" * 30, b"x" * 5000,
    b";", b"\t", b"\\", b"|", b"sep=;\n", b"\xff\xfe", b"\xfe\xff", b"-1.0", b"1e999", b"nan",
    b"Image Index", b"Finding Labels", b"patientId", b"Target", b"image_id", b"rad_id", b"Path",
)  # fmt: skip

TARGETS = {
    "films": Target(seeds.films, _read_film, _FILM_MARKS),
    "archives": Target(seeds.archives, _unpack, _ARCHIVE_MARKS),
    "model files": Target(seeds.model_files, _load_model, _MODEL_MARKS),
    "recipes": Target(seeds.recipes, _load_recipe, _RECIPE_MARKS),
    "tables": Target(seeds.tables, _read_table, _TABLE_MARKS),
}
