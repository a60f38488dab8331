"""Which films are meant by what a person types."""

from __future__ import annotations

import glob
import io
from pathlib import Path

import pytest

from film_files import dicom, gray_film
from pneumoscope.errors import DatasetError, ImageReadError
from pneumoscope.imaging.formats import FORMATS
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.batch import StandardInput, expand_inputs

NO_INPUT = io.BytesIO()
# The first element of many old films, which begin without preamble and mark.
HEADERLESS = b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100"


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A folder with everything that a folder of films holds in practice."""
    contents = {
        "b.png": b"damaged",
        "a.JPEG": b"damaged",
        "notes.txt": b"no film",
        ".hidden.png": b"",
        ".git/film.png": b"",
        "deep/er/IM0001": bytes(128) + b"DICM",
        "deep/er/1.2.840.113": bytes(128) + b"DICM",
        "deep/er/scan.old": b"\x89PNG\r\n\x1a\n",
        "deep/er/headerless": HEADERLESS,
        "deep/er/README": b"no film either",
        "DICOMDIR": bytes(128) + b"DICM",
    }
    for name, data in contents.items():
        path = tmp_path / "ward" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "ward"


def names(paths: list[Path | StandardInput], folder: Path) -> list[str]:
    return [str(Path(str(path)).relative_to(folder)) for path in paths]


def test_a_folder_gives_its_films_sorted(ward: Path) -> None:
    found = names(expand_inputs([str(ward)], NO_INPUT).films, ward)
    told = {note.kind: note.count for note in expand_inputs([str(ward)], NO_INPUT).notes}
    assert told == {"dicomdir": 1, "other-file": 2, "hidden": 2}
    deep = ["1.2.840.113", "IM0001", "headerless", "scan.old"]
    assert found == ["a.JPEG", "b.png", *(f"deep/er/{name}" for name in deep)]


def test_a_folder_gives_films_of_every_format(tmp_path: Path) -> None:
    expected = [tmp_path / f"film{suffix}" for kind in FORMATS for suffix in kind.suffixes]
    for path in expected:
        path.touch()
    assert expand_inputs([str(tmp_path)], NO_INPUT).films == sorted(expected)


def test_inputs_keep_their_order_and_come_once(ward: Path) -> None:
    films = expand_inputs([str(ward / "b.png"), str(ward), str(ward / "b.png")], NO_INPUT).films
    assert names(films, ward)[:2] == ["b.png", "a.JPEG"]
    assert len(films) == 6


def test_patterns_are_expanded(ward: Path) -> None:
    assert names(expand_inputs([str(ward / "**" / "IM*")], NO_INPUT).films, ward) == [
        "deep/er/IM0001"
    ]
    assert len(expand_inputs([str(ward / "d*")], NO_INPUT).films) == 4


def test_a_file_with_a_bracket_in_its_name_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "film[1].png"
    path.touch()
    assert expand_inputs([str(path)], NO_INPUT).films == [path]


def test_a_missing_file_stays_to_be_reported(tmp_path: Path) -> None:
    assert expand_inputs([str(tmp_path / "gone.png")], NO_INPUT).films == [tmp_path / "gone.png"]


def test_standard_input_is_one_film_that_can_be_read_twice(tmp_path: Path) -> None:
    picture = b"P5"
    (film,) = expand_inputs(["-", "-"], io.BytesIO(picture)).films
    assert isinstance(film, StandardInput)
    assert film.read() == picture
    film.seek(0)
    with pytest.raises(ImageReadError, match="stdin"):
        read_image(film)


@pytest.mark.parametrize("pattern", ["", "*.dcm", "empty"])
def test_a_folder_or_a_pattern_without_films_is_an_error(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="film"):
        expand_inputs([str(tmp_path / pattern)], NO_INPUT)


def test_links_in_circles_end(ward: Path) -> None:
    (ward / "deep" / "up").symlink_to(ward, target_is_directory=True)
    assert len(expand_inputs([str(ward)], NO_INPUT).films) == 6


def test_patterns_do_not_go_round_in_circles(ward: Path) -> None:
    """With two links that lead up there are more ways round than could ever be walked."""
    before = expand_inputs([f"{ward}/**/*"], NO_INPUT).films
    for name in ("up", "round"):
        (ward / "deep" / name).symlink_to(ward, target_is_directory=True)
    films = expand_inputs([f"{ward}/**/*.png"], NO_INPUT).films
    assert films
    assert all("up" not in film.parts for film in films if isinstance(film, Path))
    assert set(before) <= set(expand_inputs([f"{ward}/**/*"], NO_INPUT).films)


@pytest.mark.parametrize("pattern", ["**/*.png", "deep/**/*", "de*/**/s*", "**/er/*", "*"])
def test_patterns_match_what_python_says(
    ward: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ward)
    expected = {path for path in glob.glob(pattern, recursive=True) if Path(path).is_file()}  # noqa: PTH207
    found = {str(film) for film in expand_inputs([pattern], NO_INPUT).films}
    assert expected <= found


def test_lateral_views_of_folders_are_passed_over_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "front.dcm").write_bytes(dicom(gray_film(), ViewPosition="PA"))
    side = tmp_path / "side.dcm"
    side.write_bytes(dicom(gray_film(), ViewPosition="LL"))
    meant = expand_inputs([str(tmp_path)], NO_INPUT)
    assert meant.films == [tmp_path / "front.dcm"]
    assert [note.sentence for note in meant.notes] == [
        "passed over: 1 lateral view: side.dcm (--laterals takes them)"
    ]
    assert len(expand_inputs([str(tmp_path)], NO_INPUT, laterals=True).films) == 2
    assert expand_inputs([str(side)], NO_INPUT).films == [side]
    assert len(expand_inputs([str(tmp_path / "*.dcm")], NO_INPUT).films) == 2
    side.rename(tmp_path / "front.dcm")
    with pytest.raises(DatasetError, match=r"holds no films; passed over: 1 lateral view"):
        expand_inputs([str(tmp_path)], NO_INPUT)
