"""Groups of films that were made alike: found again in drawn films, against scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from pneumoscope.data.acquisition import Acquisition
from pneumoscope.data.acquisition_groups import acquisition_vectors, group_films, group_shares
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.errors import DatasetError
from pneumoscope.phantoms import Condition, generate_phantom


def made(kind: int, seed: int) -> Acquisition:
    """A drawn film as one of three machines makes it: as it is, blurred with a white letter, or
    framed in black and pale."""
    condition: Condition = "bacteria" if seed % 2 else "normal"
    pixels = generate_phantom(np.random.default_rng(seed), condition, (224, 224)).pixels.copy()
    if kind == 1:
        pixels = gaussian_filter(pixels.astype(np.float32), 1.5).astype(np.uint8)
        pixels[8:30, 8:24] = 255
    if kind == 2:
        pixels = (60 + 0.7 * pixels).astype(np.uint8)
        pixels[:, :20] = pixels[:, -20:] = 0
    return Acquisition.of(pixels, 224, 224)


@pytest.fixture(scope="module")
def films() -> tuple[list[Acquisition], list[int]]:
    kinds = [seed % 3 for seed in range(180)]
    return [made(kind, seed) for seed, kind in enumerate(kinds)], kinds


def test_films_of_three_machines_are_told_apart_and_classes_are_not(films) -> None:
    acquisitions, kinds = films
    y_true = np.arange(180) % 2
    groups = group_films(acquisitions, y_true)
    assert groups is not None
    assert set(groups) == {"A", "B", "C"}  # 60 films a group
    assert adjusted_rand_score(kinds, groups) > 0.95
    assert abs(adjusted_rand_score(y_true, groups)) < 0.05
    assert groups == group_films(acquisitions, y_true)


def test_kinds_of_traces_weigh_the_same_and_are_standardised_as_by_scikit_learn(films) -> None:
    acquisitions, _ = films
    vectors = acquisition_vectors(acquisitions)
    grays = np.stack([film.gray_levels for film in acquisitions])
    expected = StandardScaler().fit_transform(grays).clip(-4, 4) / 3  # nine numbers
    start = acquisitions[0].surroundings.size
    np.testing.assert_allclose(vectors[:, start : start + 9], expected, atol=1e-9)
    variance = vectors[:, : start + 9].var(axis=0)
    assert variance[:start].sum() == pytest.approx(1, abs=0.1)
    assert variance[start:].sum() == pytest.approx(1, abs=0.1)


def test_few_films_make_no_groups(films) -> None:
    assert group_films(films[0][:119], np.arange(119) % 2) is None
    assert acquisition_vectors([]).shape == (0, 1)


def test_shares_count_what_is_not_of_the_first_class() -> None:
    rows = group_shares(["B", "A", "A", "A"], ["ill", "well", "ill", "odd"], ("well", "ill", "odd"))
    assert [(row.group, row.films) for row in rows] == [
        ("A", {"well": 1, "ill": 1, "odd": 1}),
        ("B", {"well": 0, "ill": 1, "odd": 0}),
    ]
    assert rows[0].finding_share.value == pytest.approx(2 / 3)
    assert rows[0].finding_share.low < 2 / 3 < rows[0].finding_share.high


def test_a_table_of_groups_comes_back_and_finds_films_in_other_folders(tmp_path: Path) -> None:
    written = FilmGroups(
        {"NORMAL/a.png": "A", "PNEUMONIA/b.png": "B", "x/c.png": "A", "y/c.png": "B"}
    )
    written.write(tmp_path / "groups.csv")
    read = FilmGroups.read(tmp_path / "groups.csv")
    assert read == written
    paths = ["NORMAL/a.png", "train/PNEUMONIA/b.png", "x/c.png", "elsewhere/c.png", "d.png"]
    assert read.of(paths) == ["A", "B", "A", None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("film,group\na.png,A\n", "no column path"),
        ("path,group\na.png,A\na.png,B\n", "Row 3 .* names a film twice"),
        ("path,group\na.png,\n", "Row 2 .* has an empty cell"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "groups.csv"
    table.write_text(text)
    with pytest.raises(DatasetError, match=message):
        FilmGroups.read(table)
