"""Getting the Kermany set from Kaggle, from its copy on Hugging Face, or from an archive.

Whatever the source, the films end in `FOLDER/chest_xray/{train,val,test}/{NORMAL,PNEUMONIA}`.
Then two things are checked: the number of films of every split and class, and, where a former run
left `FOLDER/SHA256SUMS`, that every film still has its digest. The publishers give no digests of
their own; downloads are checked by the clients, archives by the checksums inside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from pneumoscope.data.archives import extract_archive, write_film
from pneumoscope.errors import DatasetError, needs_extra

Source = Literal["kaggle", "huggingface"]
Progress = Callable[[int, int], None]

KAGGLE_NAME = "paultimothymooney/chest-xray-pneumonia"
HUGGING_FACE_NAME = "hf-vision/chest-xray-pneumonia"
OFFICIAL_COUNTS = {
    "train": {"NORMAL": 1341, "PNEUMONIA": 3875},
    "val": {"NORMAL": 8, "PNEUMONIA": 8},
    "test": {"NORMAL": 234, "PNEUMONIA": 390},
}
_TOTAL = sum(sum(classes.values()) for classes in OFFICIAL_COUNTS.values())
_DIGESTS = "SHA256SUMS"


def fetch_kermany(
    folder: Path,
    source: Source = "kaggle",
    archive: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Put the Kermany set into `folder / "chest_xray"` and check that it is complete.

    With an `archive`, the ZIP file that Kaggle's website gives is unpacked and nothing downloaded.
    Films that are already there are kept, and an interrupted download goes on; `progress(done,
    total)` counts films. Raises `MissingExtraError` without the packages of the source, and
    `DatasetError` where the source cannot be reached, is not safe or not complete.
    """
    if archive is not None:
        extract_archive(archive, folder, place=place_of_film, progress=progress)
    elif source == "kaggle":
        _copy_from_kaggle(folder, progress)
    else:
        _copy_from_hugging_face(folder, progress)
    verify_layout(folder)
    verify_digests(folder)


def place_of_film(name: str) -> str | None:
    """Where a film of an archive belongs, from its name there; `None` for what is no film.

    Kaggle nests a second copy in `chest_xray/chest_xray`, and leaves of a Mac in `__MACOSX`.
    """
    parts = PurePosixPath(name).parts
    if "__MACOSX" in parts or parts.count("chest_xray") > 1 or len(parts) < 3:
        return None
    split, label, film = parts[-3:]
    if label not in OFFICIAL_COUNTS.get(split, {}) or not film.lower().endswith((".jpeg", ".jpg")):
        return None
    return f"chest_xray/{split}/{label}/{film}"


def verify_layout(folder: Path) -> None:
    """Compare the films below `folder / "chest_xray"` with the official counts.

    Raises `DatasetError` that lists every split and class with another number.
    """
    wrong = []
    for split, classes in OFFICIAL_COUNTS.items():
        for label, expected in classes.items():
            found = len(list(_films_in(folder / "chest_xray" / split / label)))
            if found != expected:
                wrong.append(f"{split}/{label} has {found:,} films, expected {expected:,}")
    if wrong:
        raise DatasetError(
            f"The set in {folder / 'chest_xray'} is not complete: {'; '.join(wrong)}.",
            "Run the same command again: films that are there are kept.",
        )


def verify_digests(folder: Path) -> None:
    """Compare all films with `folder / "SHA256SUMS"`, or write that file where there is none.

    It has the format of `sha256sum`. Raises `DatasetError` naming films that have changed.
    """
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for split, classes in OFFICIAL_COUNTS.items()
        for label in classes
        for path in _films_in(folder / "chest_xray" / split / label)
    }
    known = folder / _DIGESTS
    if not known.is_file():
        text = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
        write_film(folder, _DIGESTS, text.encode())
        return
    lines = known.read_text(encoding="utf-8").splitlines()
    recorded = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    changed = sorted(
        name for name in recorded.keys() | digests.keys() if recorded.get(name) != digests.get(name)
    )
    if changed:
        raise DatasetError(
            f"{len(changed):,} films differ from {known}, the first is {changed[0]}.",
            f"Remove these films and fetch again; or remove {_DIGESTS} to accept them.",
        )


def by_hand(folder: Path) -> str:
    """How to get the set without this program's help."""
    return (
        f"By hand: download https://www.kaggle.com/datasets/{KAGGLE_NAME} in a browser and run "
        f"`pneumoscope data fetch --archive archive.zip --to {folder}`. Or put the films into "
        f"{folder / 'chest_xray'}/{{train,val,test}}/{{NORMAL,PNEUMONIA}} yourself."
    )


def _copy_from_kaggle(folder: Path, progress: Progress | None) -> None:
    with needs_extra("Fetching from Kaggle", "data"):
        import kagglehub
        from kagglehub import exceptions
    try:
        downloaded = Path(kagglehub.dataset_download(KAGGLE_NAME))
    except (
        OSError,  # also everything of `requests`
        exceptions.BackendError,
        exceptions.CredentialError,
        exceptions.DataCorruptionError,
        exceptions.NotFoundError,
        exceptions.UnauthenticatedError,
    ) as error:
        raise _unreachable(folder, "Kaggle", error) from error
    done = 0
    for path in sorted(downloaded.rglob("*")):
        place = place_of_film(path.relative_to(downloaded).as_posix())
        if place is not None and path.is_file() and not path.is_symlink():
            _keep_or_write(folder, place, path.read_bytes())
            done += 1
            if progress is not None:
                progress(done, _TOTAL)


def _copy_from_hugging_face(folder: Path, progress: Progress | None) -> None:
    with needs_extra("Fetching from Hugging Face", "data"):
        import huggingface_hub
        from huggingface_hub.errors import HfHubHTTPError
    try:
        downloaded = huggingface_hub.snapshot_download(
            HUGGING_FACE_NAME, repo_type="dataset", allow_patterns="data/*.parquet"
        )
    except (OSError, HfHubHTTPError) as error:
        raise _unreachable(folder, "Hugging Face", error) from error
    done = 0
    for table in sorted(Path(downloaded).glob("data/*.parquet")):
        for place, data in films_in_parquet(table):
            _keep_or_write(folder, place, data)
            done += 1
            if progress is not None:
                progress(done, _TOTAL)


def films_in_parquet(table: Path) -> Iterator[tuple[str, bytes]]:
    """Places and bytes of the films in one file of the Hugging Face copy.

    Files are called `train-00000-of-00007.parquet` and so on, with the columns `image` (the bytes
    of the original JPEG and its file name) and `label` (0 normal, 1 pneumonia). Raises
    `DatasetError` where that is not so, and `MissingExtraError` without pyarrow.
    """
    with needs_extra("Reading the Hugging Face copy", "data"):
        import pyarrow
        import pyarrow.parquet
    split = {"validation": "val"}.get(table.name.split("-")[0], table.name.split("-")[0])
    try:
        for batch in pyarrow.parquet.ParquetFile(table).iter_batches(batch_size=64):
            for row in batch.to_pylist():
                name = PurePosixPath(row["image"]["path"]).name
                place = place_of_film(f"{split}/{('NORMAL', 'PNEUMONIA')[row['label']]}/{name}")
                if place is None:
                    raise DatasetError(f"{table.name} holds {name!r}, which is no film of the set.")
                yield place, row["image"]["bytes"]
    except (OSError, KeyError, IndexError, TypeError, pyarrow.ArrowException) as error:
        raise DatasetError(
            f"{table} is not the expected table of films ({type(error).__name__}: {error}).",
            f"Remove it from the download cache and fetch again, or fetch from Kaggle "
            f"({KAGGLE_NAME}).",
        ) from error


def _keep_or_write(folder: Path, place: str, data: bytes) -> None:
    path = folder / place
    if not (path.is_file() and not path.is_symlink() and path.read_bytes() == data):
        write_film(folder, place, data)


def _films_in(folder: Path) -> Iterator[Path]:
    """The films directly in a folder, sorted; none where there is no folder."""
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))


def _unreachable(folder: Path, source: str, error: Exception) -> DatasetError:
    reason = first_sentence(str(error)) or type(error).__name__
    return DatasetError(
        f"{source} could not be reached or did not answer as expected: {reason}.", by_hand(folder)
    )


def first_sentence(text: str) -> str:
    """The first sentence of a message, without its full stop; clients write whole paragraphs."""
    lines = text.strip().splitlines()
    return re.split(r"[.!?](?:\s|$)", lines[0], maxsplit=1)[0] if lines else ""
