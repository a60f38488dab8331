"""Films in folders of classes: which folders are splits, which are classes, and what is neither.

    ROOT/{train,val,test}/CLASS/.../film     splits by any of their usual names, in any case
    ROOT/CLASS/{train,val,test}/.../film     the same, the other way round
    ROOT/CLASS/.../film                      no splits; ROOT may be one, as chest_xray/train is

Either may lie in a folder of ROOT that holds it, as chest_xray in Kaggle's archive. The first that
fits is taken, so the second copy that Kaggle nests in the first is not counted. Films lie in the
folder of their class or at any depth below, as the folders of patients and studies do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pneumoscope.class_roles import sounds_healthy
from pneumoscope.data.split_names import known_split
from pneumoscope.data.tables.table_files import KINDS_OF_TABLES
from pneumoscope.errors import DatasetError
from pneumoscope.folders.account import FolderNote
from pneumoscope.folders.search import FolderSearch, FoundFilm, is_masks, is_own
from pneumoscope.wording import count_films

LAYOUTS = (
    "Expected ROOT/{train,val,test}/CLASS/film.jpeg, ROOT/CLASS/film.jpeg with two classes or "
    f"more, or a table ({KINDS_OF_TABLES}) with a column of paths and one of labels."
)
UNLABELLED = (
    "Put the films of each class into a folder, such as {0}/NORMAL and {0}/PNEUMONIA; or give a "
    "table with a column of paths and one of labels; or join labels to DICOM films by their tags "
    "(--labels-from TABLE). `pneumoscope predict {0}` needs no labels."
)

_DEEPEST_WRAPPER = 3
# Many folders with a film or two each are patients or studies, and so are folders of DICOM films
# each of which holds those of one patient.
_MANY_FOLDERS, _FEW_FILMS = 20, 5
_LEAST_ONE_PATIENT_FOLDERS = 3
_MOST_FILMS = 10  # of a patient, on average


@dataclass(frozen=True)
class FilmInFolders:
    """A film's path below the root, its class and split by folders, and the folders that it lies in
    below that of its class."""

    path: str
    label: str
    split: str | None
    folders: tuple[str, ...]


def films_in_class_folders(
    root: Path, *, laterals: bool = False
) -> tuple[list[FilmInFolders], tuple[FolderNote, ...]]:
    """The films of the layout that `root` has, and what is said of all else that lies there.

    `laterals` takes lateral views too. Raises `DatasetError` where no layout fits, and for folders
    that are no classes but patients, studies or several sets of films.
    """
    search = FolderSearch(root, laterals=laterals)
    base = _base(root)
    folders: list[tuple[Path, str | None]] = [*_split_folders(base)]
    films: list[FilmInFolders] = []
    classes: dict[str, list[FoundFilm]] = {}
    _pass_over_beside(search, root, base)
    for folder, split in folders or [(base, None)]:
        if split and folder.name.casefold() != split:
            search.account.add("split-name", f"{search.name(folder)} as {split}")
        search.note_link(folder)
        inner, files = search.entries(folder)
        _pass_over_loose(search, files)
        for class_folder in inner:
            if is_masks(class_folder):
                search.pass_over_folder("masks", class_folder)
                continue
            found = search.films_below(class_folder)
            if not found:
                search.account.add("empty-class", search.name(class_folder))
            classes.setdefault(class_folder.name, []).extend(found)
            for film in found:
                below = film.path.relative_to(class_folder).parts[:-1]
                films.append(FilmInFolders(search.name(film.path), class_folder.name, split, below))
    if not films:
        raise _without_labels(root, search)
    if not folders:
        films = _splits_in_classes(films, search)
    _check_classes(root, classes)
    return films, search.notes


def patients_by_folders(films: Sequence[FilmInFolders]) -> dict[str, str]:
    """The patient of each film's path, where films lie in folders of patients; else nothing.

    They do where in every class all films lie in folders below it, two of them or more, with as few
    films each as a patient has. A folder of the same name in another class or split is taken for
    the same patient.
    """
    folders: dict[str, Counter[str]] = {}
    for film in films:
        folders.setdefault(film.label, Counter())[film.folders[0] if film.folders else ""] += 1
    of_patients = all(
        "" not in counts and len(counts) > 1 and counts.total() <= _MOST_FILMS * len(counts)
        for counts in folders.values()
    )
    return {film.path: film.folders[0] for film in films} if of_patients else {}


def _splits_in_classes(films: list[FilmInFolders], search: FolderSearch) -> list[FilmInFolders]:
    """The films with the splits that folders inside those of classes tell, where all do."""
    splits = [known_split(film.folders[0]) if film.folders else None for film in films]
    if not all(splits):
        for film, split in zip(films, splits, strict=True):
            if split:
                search.account.add("split-in-class", film.path)
        return films
    return [
        replace(film, split=split, folders=film.folders[1:])
        for film, split in zip(films, splits, strict=True)
    ]


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder that are not hidden and no results of ours; none where it cannot be
    opened."""
    try:
        return sorted(
            entry
            for entry in folder.iterdir()
            if not entry.name.startswith((".", "__MACOSX")) and entry.is_dir() and not is_own(entry)
        )
    except OSError:
        return []


def _split_folders(base: Path) -> list[tuple[Path, str]]:
    """The folders of splits in `base`, each with its split."""
    found = [(folder, known_split(folder.name)) for folder in _folders(base)]
    return [(folder, split) for folder, split in found if split]


def _base(root: Path) -> Path:
    """The folder that holds the splits or classes: `root`, or a folder in it that has the splits,
    or the only one, if the classes lie there."""
    base = root
    for _ in range(_DEEPEST_WRAPPER):
        inner = _folders(base)
        if _split_folders(base) or any(sounds_healthy(folder.name) for folder in inner):
            return base
        holding = [folder for folder in inner if _split_folders(folder)]
        if len(holding) > 1 and not any(_folders(split) for split, _ in _split_folders(holding[0])):
            return base  # Classes, with the splits inside.
        if len(holding) > 1:
            raise DatasetError(
                f"{base} holds several sets of films with splits of their own: "
                f"{', '.join(folder.name for folder in holding[:4])}.",
                f"Give one of them, such as {holding[0]}, or a table of all films.",
            )
        below = holding or (inner if len(inner) == 1 else [])
        if not below:
            break
        base = below[0]
    # Nothing known was found on the way down.
    return root


def _pass_over_beside(search: FolderSearch, root: Path, base: Path) -> None:
    """Account for what lies beside the folders that are read, from `root` down to `base`."""
    way = [base, *base.parents]
    way = way[: way.index(root) + 1]
    for folder in reversed(way):
        if folder == base and not _split_folders(base):
            continue  # Its folders are the classes.
        inner, files = search.entries(folder)
        _pass_over_loose(search, files)
        for other in inner:
            if other in way or (known_split(other.name) and folder == base):
                continue
            nested = other.name == base.name and _split_folders(other)
            kind = "nested-copy" if nested else "masks" if is_masks(other) else "no-split"
            search.pass_over_folder(kind, other)


def _pass_over_loose(search: FolderSearch, files: Sequence[Path]) -> None:
    """Account for files beside folders of classes: films have no label there."""
    for file in files:
        if search.film(file):
            search.account.add("no-class-folder", search.name(file))


def _without_labels(root: Path, search: FolderSearch) -> DatasetError:
    loose = next((note for note in search.notes if note.kind == "no-class-folder"), None)
    if loose is not None:
        have = "has no label: it lies" if loose.count == 1 else "have no labels: they lie"
        return DatasetError(
            f"The {count_films(loose.count)} in {root} {have} in no folder of a class, such as "
            f"{loose.example}.",
            UNLABELLED.format(root),
        )
    return DatasetError(
        f"There are no films in {root}{''.join(f'; {note.sentence}' for note in search.notes)}.",
        LAYOUTS,
    )


def _check_classes(root: Path, classes: dict[str, list[FoundFilm]]) -> None:
    """Raise `DatasetError` where what should be classes are patients or studies by all signs."""
    filled = {name: films for name, films in classes.items() if films}
    total = sum(map(len, filled.values()))
    if len(filled) > _MANY_FOLDERS and total < _FEW_FILMS * len(filled):
        why = f"{len(filled):,} folders with {total / len(filled):.1f} films each"
    elif len(filled) >= _LEAST_ONE_PATIENT_FOLDERS and all(map(_of_one_patient, filled.values())):
        why = f"each of {len(filled):,} folders holds the films of one patient, by their tags"
    else:
        return
    raise DatasetError(
        f"The {count_films(total)} in {root} have no labels: its folders are those of patients or "
        f"studies, not of classes ({why}).",
        UNLABELLED.format(root),
    )


def _of_one_patient(films: Sequence[FoundFilm]) -> bool:
    patients = {film.tags.identifiers.get("PatientID") if film.tags else None for film in films}
    return len(patients) == 1 and patients not in ({None}, {""})
