from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pneumoscope.data.sources import film_digest, find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.recipe.settings import SplitConfig

ROOT = Path("films")
MODES = ["rejoin", "random", "blocks"]


def films(
    patients: dict[tuple[str, int], int], split: str | None = None
) -> list[dict[str, object]]:
    """Rows of films: so many for each patient, who is a series and a number."""
    labels = {"IM": "NORMAL", "bacteria": "PNEUMONIA", "virus": "PNEUMONIA"}
    rows = []
    for (series, number), count in patients.items():
        for film in range(count):
            name = (
                f"IM-{number:04}-{film:04}" if series == "IM" else f"person{number}_{series}_{film}"
            )
            rows.append({"path": f"{split}/{name}.jpeg", "label": labels[series], "split": split})
    return rows


def collection(
    healthy: int = 40, ill: int = 60, per_patient: int = 2, split: str | None = "train"
) -> FilmTable:
    patients = {("IM", number): per_patient for number in range(healthy)}
    patients |= {("bacteria", number): per_patient for number in range(ill)}
    return FilmTable.from_rows(ROOT, films(patients, split))


def splits_of_patients(table: FilmTable) -> dict[str, set[str | None]]:
    splits: dict[str, set[str | None]] = {}
    for film in table.films:
        splits.setdefault(film.patient_id, set()).add(film.split)
    return splits


patients = st.dictionaries(
    st.tuples(st.sampled_from(["IM", "bacteria", "virus"]), st.integers(0, 300)),
    st.integers(1, 4),
    min_size=12,
    max_size=80,
).filter(
    lambda found: (
        min(sum(series == "IM" for series, _ in found), sum(series != "IM" for series, _ in found))
        >= 4
    )
)
configs = st.builds(
    SplitConfig,
    mode=st.sampled_from(["rejoin", "random"]),
    val_fraction=st.floats(0.05, 0.45),
    test_fraction=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 1000),
)


@settings(deadline=None, max_examples=50)
@given(patients, configs)
def test_random_splits_keep_patients_together_and_fractions_true(
    patients: dict[tuple[str, int], int], config: SplitConfig
) -> None:
    table = assign_splits(FilmTable.from_rows(ROOT, films(patients)), config)
    assert all(len(splits) == 1 for splits in splits_of_patients(table).values())
    wanted = {"train", "val", "test"} if config.test_fraction else {"train", "val"}
    assert {film.split for film in table.films} == wanted
    totals = Counter(film.label for film in table.films)
    for label, total in totals.items():
        counts = table.counts()
        # Half of the largest patient, or the one patient that is drawn at least.
        assert abs(counts["val"][label] - config.val_fraction * total) <= 4
        if config.test_fraction:
            assert abs(counts["test"][label] - config.test_fraction * total) <= 4


@settings(deadline=None, max_examples=50)
@given(patients, configs, st.integers())
def test_the_order_of_films_does_not_matter(
    patients: dict[tuple[str, int], int], config: SplitConfig, seed: int
) -> None:
    table = FilmTable.from_rows(ROOT, films(patients))
    shuffled = list(table.films)
    random.Random(seed).shuffle(shuffled)
    again = assign_splits(FilmTable(ROOT, tuple(shuffled), table.class_names), config)
    assert set(again.films) == set(assign_splits(table, config).films)


@settings(deadline=None, max_examples=50)
@given(
    numbers=st.sets(st.integers(0, 300), min_size=15, max_size=40),
    seed=st.integers(),
    val_fraction=st.floats(0.3, 0.5),
    block_count=st.integers(1, 3),
    test_fraction=st.sampled_from([0.0, 0.1]),
)
def test_blocks_are_contiguous_and_reach_the_ends(
    numbers: set[int], seed: int, val_fraction: float, block_count: int, test_fraction: float
) -> None:
    chance = random.Random(seed)
    patients = {
        (series, number): chance.randint(1, 2)
        for series in ("IM", "bacteria", "virus")
        for number in numbers
    }
    config = SplitConfig(
        mode="blocks",
        val_fraction=val_fraction,
        block_count=block_count,
        test_fraction=test_fraction,
    )
    table = assign_splits(FilmTable.from_rows(ROOT, films(patients)), config)
    assert all(len(splits) == 1 for splits in splits_of_patients(table).values())
    for series in ("IM", "bacteria", "virus"):
        in_series = [film for film in table.films if film.series == series]
        in_order = sorted({(film.number, film.split == "val") for film in in_series})
        in_val = [held_out for _, held_out in in_order]
        starts = [now and not before for before, now in pairwise([False, *in_val])]
        assert 1 <= sum(starts) <= block_count
        assert in_val[-1]
        assert in_val[0] or block_count == 1
        held_out = sum(film.split == "val" for film in in_series)
        # Both ends of a block fall within a patient, who is off by one film at most.
        assert abs(held_out - val_fraction * len(in_series)) <= 2 * block_count


@pytest.mark.parametrize(
    ("block_count", "expected"),
    [
        (1, [*range(32, 40)]),
        (2, [*range(4), *range(36, 40)]),
        (4, [0, 1, 13, 14, 25, 26, 38, 39]),
    ],
)
def test_blocks_of_known_place(block_count: int, expected: list[int]) -> None:
    config = SplitConfig(mode="blocks", val_fraction=0.2, block_count=block_count)
    table = assign_splits(collection(), config)
    healthy = {film.number for film in table.select("val").films if film.series == "IM"}
    assert sorted(healthy) == expected
    assert table.counts()["val"] == {"NORMAL": 16, "PNEUMONIA": 24}


def nameless(**columns: object) -> FilmTable:
    """Films whose names say nothing, numbered in the columns where these are given."""
    rows = [
        {"path": f"{label}/{place}.png", "label": label} | dict.fromkeys(columns, place)
        for label in "AB"
        for place in range(20)
    ]
    return FilmTable.from_rows(ROOT, rows)


def test_blocks_need_an_order() -> None:
    config = SplitConfig(mode="blocks", val_fraction=0.1, block_count=2)
    with pytest.raises(DatasetError, match="nothing numbers 40 of the 40 films") as caught:
        assign_splits(nameless(), config)
    assert "A/0.png" in caught.value.message
    assert "column number" in caught.value.hint
    val = assign_splits(nameless(number=True), config).select("val")
    assert [film.path for film in val.films] == ["A/0.png", "A/19.png", "B/0.png", "B/19.png"]


def test_seeds_give_different_splits() -> None:
    digests = {assign_splits(collection(), SplitConfig(seed=seed)).digest for seed in range(5)}
    assert len(digests) == 5


def test_test_fraction_does_not_move_the_validation_films() -> None:
    without = assign_splits(collection(), SplitConfig())
    with_test = assign_splits(collection(), SplitConfig(test_fraction=0.2))
    assert without.select("val") == with_test.select("val")


def official() -> FilmTable:
    rows = films({("IM", number): 1 for number in range(100, 140)}, "train")
    rows += films({("virus", number): 2 for number in range(100, 160)}, "train")
    rows += films({("IM", 140): 1, ("virus", 160): 1}, "val")
    rows += films({("IM", number): 1 for number in range(10)}, "test")
    rows += films({("virus", number): 1 for number in range(10)}, "test")
    return FilmTable.from_rows(ROOT, rows)


def test_given_keeps_what_the_folders_say() -> None:
    assert assign_splits(official(), SplitConfig(mode="given")) == official()


@pytest.mark.parametrize("mode", ["rejoin", "blocks"])
def test_the_given_test_split_stays(mode: str) -> None:
    table = assign_splits(official(), SplitConfig(mode=mode, val_fraction=0.25))
    assert table.select("test") == official().select("test")
    counts = table.counts()
    assert counts["val"]["NORMAL"] == pytest.approx(0.25 * 41, abs=1)
    assert counts["val"]["PNEUMONIA"] == pytest.approx(0.25 * 121, abs=2)
    assert len(table.select("train")) + len(table.select("val")) == 162


def test_random_pools_all_folders() -> None:
    table = assign_splits(official(), SplitConfig(mode="random", val_fraction=0.2))
    assert set(table.counts()) == {"train", "val"}
    moved = {film.path.split("/")[0] for film in table.select("val").films}
    assert {"train", "test"} <= moved


def test_given_without_validation_films_points_at_rejoin() -> None:
    with pytest.raises(DatasetError, match="gives val no film of NORMAL, PNEUMONIA") as caught:
        assign_splits(collection(), SplitConfig(mode="given"))
    assert "rejoin" in caught.value.hint


@pytest.mark.parametrize("mode", ["given", "rejoin", "blocks"])
def test_no_second_test_split(mode: str) -> None:
    with pytest.raises(DatasetError, match="already have a test split"):
        assign_splits(official(), SplitConfig(mode=mode, test_fraction=0.1))


def test_given_folders_can_be_divided_further() -> None:
    rows = films({("IM", number): 1 for number in range(20)}, "train")
    rows += films({("virus", number): 1 for number in range(20)}, "train")
    rows += films({("IM", 20): 1, ("virus", 20): 1}, "val")
    config = SplitConfig(mode="given", test_fraction=0.25)
    counts = assign_splits(FilmTable.from_rows(ROOT, rows), config).counts()
    assert counts["test"] == {"NORMAL": 5, "PNEUMONIA": 5}
    assert counts["val"] == {"NORMAL": 1, "PNEUMONIA": 1}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (SplitConfig(val_fraction=0.5, test_fraction=0.5), "leave nothing to train on"),
        (SplitConfig(val_fraction=0.0), "nothing to validate on"),
    ],
)
def test_fractions_that_cannot_be(config: SplitConfig, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        assign_splits(collection(), config)


def test_a_class_of_one_patient_cannot_be_divided() -> None:
    with pytest.raises(DatasetError, match="gives val no film of NORMAL") as caught:
        assign_splits(collection(healthy=1), SplitConfig())
    assert "two patients" in caught.value.hint


def test_the_smallest_classes_still_reach_validation() -> None:
    counts = assign_splits(collection(healthy=2, ill=3), SplitConfig(val_fraction=0.05)).counts()
    assert counts["val"] == {"NORMAL": 2, "PNEUMONIA": 2}


def test_held_out_films_win_over_their_patients_other_films() -> None:
    rows = films({("IM", number): 1 for number in range(10)}, "train")
    rows += films({("virus", number): 1 for number in range(10)}, "train")
    rows += films({("IM", 9): 1, ("IM", 20): 1, ("virus", 9): 1, ("virus", 8): 1}, "val")
    rows += films({("virus", 9): 1}, "test")
    table = assign_splits(FilmTable.from_rows(ROOT, rows), SplitConfig(mode="given"))
    splits = {film.path: film.split for film in table.films}
    assert splits["test/person9_virus_0.jpeg"] == "test"
    assert splits["val/person9_virus_0.jpeg"] is None
    assert splits["train/person9_virus_0.jpeg"] is None
    assert splits["train/person8_virus_0.jpeg"] is None
    assert splits["train/IM-0009-0000.jpeg"] is None
    assert table.counts()["train"] == {"NORMAL": 9, "PNEUMONIA": 8}


@pytest.mark.parametrize("mode", MODES)
def test_byte_identical_films_keep_their_patients_together(mode: str) -> None:
    table = collection(split=None)
    # Patients 0 and 20, and 20 and 30 of each series share a film.
    digests = []
    for film in table.films:
        second = film.path.endswith(("_1.jpeg", "0001.jpeg"))
        twins = {0: "first", 20: "second" if second else "first", 30: "second"}
        twin = twins.get(film.number, film.path)
        digests.append(f"{film.series} {twin}" if film.number in twins else film.path)
    for seed in range(5):
        config = SplitConfig(mode=mode, val_fraction=0.3, test_fraction=0.2, seed=seed)
        result = assign_splits(table, config, digests)
        for series in ("IM", "bacteria"):
            linked = {
                film.split
                for film in result.films
                if film.series == series and film.number in (0, 20, 30)
            }
            assert len(linked) == 1
    if mode == "blocks":
        assert linked == {"val"}


def test_unknown_digests_link_nothing() -> None:
    table = collection()
    result = assign_splits(table, SplitConfig(), [""] * len(table))
    assert result == assign_splits(table, SplitConfig())


def test_a_twin_of_a_test_film_is_left_out() -> None:
    table = official()
    twin = "train/IM-0100-0000.jpeg"
    digests = [
        "same" if film.path in (twin, "test/IM-0000-0000.jpeg") else film.path
        for film in table.films
    ]
    result = assign_splits(table, SplitConfig(mode="rejoin"), digests)
    assert [film.path for film in result.films if film.split is None] == [twin]


@pytest.mark.films
@pytest.mark.parametrize("mode", MODES)
def test_the_real_films(films_root: Path, mode: str) -> None:
    table = find_films(films_root)
    digests = [film_digest(path) for path in table.paths()]
    result = assign_splits(table, SplitConfig(mode=mode, test_fraction=0.1), digests)
    assert all(len(splits) == 1 for splits in splits_of_patients(result).values())
    counts = result.counts()
    for label, total in {"NORMAL": 1341, "PNEUMONIA": 3875}.items():
        assert counts["val"][label] == pytest.approx(0.15 * total, abs=10)
        assert counts["test"][label] == pytest.approx(0.10 * total, abs=10)
    split_of: dict[str, set[str | None]] = {}
    for film, digest in zip(result.films, digests, strict=True):
        split_of.setdefault(digest, set()).add(film.split)
    assert all(len(splits) == 1 for splits in split_of.values())
    if mode == "blocks":
        for series, (low, high) in {"IM": (115, 766), "bacteria": (1, 1945)}.items():
            numbers = np.array(
                [film.number for film in result.select("val").films if film.series == series]
            )
            assert (numbers.min(), numbers.max()) == (low, high)
