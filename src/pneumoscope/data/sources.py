"""Finding films: folders of classes, with or without splits, and tables of films.

Known layouts, `ROOT` being what the user points at:

    ROOT/{train,val,test}/CLASS/film     also below ROOT/chest_xray or ROOT/chest_xray/chest_xray
    ROOT/CLASS/film                      no splits; ROOT may be one split, as chest_xray/train is
    ROOT.csv, ROOT.parquet               columns path and label; split and patient, if known

The first layout that fits is taken, so the second copy that Kaggle nests in the first is not
counted. Hidden files, `__MACOSX` and files of `OTHER_SUFFIXES` are no films. Whatever else lies in
a class folder is one, with any suffix or none: what proves unreadable is listed by later steps.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pneumoscope.data.patient_rules import AS_FOUND, PatientRule, recognise_patients
from pneumoscope.data.table import SPLITS, FilmTable, Labels
from pneumoscope.errors import DatasetError, needs_extra

OTHER_SUFFIXES = frozenset(
    {".csv", ".db", ".html", ".ini", ".json", ".md", ".npy", ".pdf", ".py", ".txt", ".xml", ".zip"}
)
LAYOUTS = (
    "Expected ROOT/{train,val,test}/CLASS/film.jpeg, ROOT/CLASS/film.jpeg with two classes or "
    "more, or a CSV or Parquet table with the columns path and label."
)

TABLE_SUFFIXES = frozenset({".csv", ".parquet"})


def find_films(
    root: str | Path, labels: Labels = "folder", patients: PatientRule = AS_FOUND
) -> FilmTable:
    """The table of all films under a folder, or in a CSV or Parquet table, sorted by path.

    `labels` says where classes come from: the `folder` (or the table's column), or the `pathogen`
    in the film's name. `patients` is what a person says about patients; see `patients.py` for the
    rest. Links are followed while they stay inside the folder.

    Raises `DatasetError` where there is no such folder, no film or only one class, for links that
    lead out of the folder, and for a pattern that does not find every patient; `MissingExtraError`
    for a Parquet table without pyarrow.
    """
    root = Path(root)
    table = _from_table(root) if root.is_file() else _from_folder(films_folder(root))
    table = recognise_patients(table.with_labels(labels), patients)
    if len(table.class_names) == 1:
        raise DatasetError(f"All {len(table)} films in {root} are {table.class_names[0]}.", LAYOUTS)
    return table


def films_folder(source: Path) -> Path:
    """What the paths of films are relative to: a folder, or the one that a table of films lies in.

    Raises `DatasetError` where there is neither.
    """
    if source.is_dir():
        return source
    if source.is_file():
        return source.parent
    raise DatasetError(f"There is no folder or table {source}.", LAYOUTS)


def film_digest(path: Path) -> str:
    """A hash of a film's bytes: byte-identical films share it. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def film_digests(table: FilmTable) -> list[str]:
    """A hash of each film's bytes, in table order.

    Raises `DatasetError` where a film is missing or cannot be read.
    """
    digests = []
    for film, path in zip(table.films, table.paths(), strict=True):
        try:
            digests.append(film_digest(path))
        except OSError as error:
            raise DatasetError(
                f"The film {film.path} could not be read: {error.strerror or error}.",
                "Put it in its place, or take its row out of the table. "
                "`pneumoscope data audit` lists all such films.",
            ) from error
    return digests


def _from_folder(root: Path) -> FilmTable:
    rows = []
    for base in (root, root / "chest_xray", root / "chest_xray" / "chest_xray"):
        for split in SPLITS:
            rows += [{**row, "split": split} for row in _class_folders(root, base / split)]
        if rows:
            break
    rows = rows or list(_class_folders(root, root))
    if not rows:
        raise DatasetError(f"There are no films in {root}.", LAYOUTS)
    return FilmTable.from_rows(root, rows)


def _class_folders(root: Path, base: Path) -> Iterator[dict[str, str]]:
    """Path and label of every film in `base/CLASS/`."""
    for folder in _visible(base):
        if not folder.is_dir():
            continue
        for file in _visible(folder):
            if file.is_dir() or file.suffix.lower() in OTHER_SUFFIXES:
                continue
            if not file.resolve().is_relative_to(root.resolve()):
                raise DatasetError(
                    f"{file.relative_to(root)} is reached by a link that leads out of {root}.",
                    "Put the films themselves into the folder.",
                )
            yield {"path": file.relative_to(root).as_posix(), "label": folder.name}


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"The folder {folder} could not be read: {error}.") from error
    return [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]


def _from_table(path: Path) -> FilmTable:
    root = path.parent
    suffix = path.suffix.lower()
    if suffix == ".csv":
        table = FilmTable.read_csv(path, root)
    elif suffix == ".parquet":
        table = FilmTable.from_rows(root, _parquet_rows(path))
    else:
        raise DatasetError(f"{path} is neither a folder nor a CSV or Parquet table.", LAYOUTS)
    # Of names that no file can have, Path.is_file would raise.
    if not any(os.path.isfile(film) for film in table.paths()):  # noqa: PTH113
        raise DatasetError(
            f"None of the {len(table)} films in {path} exists.",
            f"Paths are read relative to {root}.",
        )
    return table


def _parquet_rows(path: Path) -> list[dict[str, object]]:
    with needs_extra("Parquet manifests", "data"):
        import pyarrow
        import pyarrow.parquet
    try:
        rows: list[dict[str, object]] = pyarrow.parquet.read_table(path).to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise DatasetError(f"The table {path} could not be read: {error}.") from error
    return rows
