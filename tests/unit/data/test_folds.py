"""Folds and what they hold out: no patient on both sides, every film once, shifts as asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pneumoscope.data.conflict import conflicting, contradiction, strongest_first
from pneumoscope.data.folds import fold_tables
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.recipe.settings import SplitConfig

FILMS = 240


@pytest.fixture(scope="module")
def table() -> FilmTable:
    """Patients of two films each, 60 healthy and 60 ill."""
    rows = []
    for index in range(FILMS):
        ill, patient = index % 2, index // 4
        name = f"person{patient}_virus_{index}" if ill else f"IM-{patient:04}-{index:04}"
        rows.append({"path": f"{name}.jpeg", "label": "PNEUMONIA" if ill else "NORMAL"})
    return FilmTable.from_rows(Path("films"), rows)


@pytest.fixture(scope="module")
def traits(table: FilmTable) -> TableTraits:
    rng = np.random.default_rng(0)
    is_ill = table.y_true > 0
    return TableTraits(
        tuple("ABCDEFGH"[index] for index in rng.integers(0, 8, FILMS)),
        {
            "sharpness": rng.normal(size=FILMS) - is_ill,
            "mean": rng.normal(size=FILMS) + 0.2 * is_ill,
            "contrast": np.full(FILMS, 3.0),
        },
    )


@pytest.mark.parametrize("mode", ["rejoin", "random", "blocks", "groups"])
def test_every_film_is_held_out_once_and_no_patient_is_on_both_sides(table, traits, mode) -> None:
    tables = fold_tables(table, SplitConfig(mode=mode), 3, traits=traits)
    held_out = [film.path for fold in tables for film in fold.select("test").films]
    assert sorted(held_out) == sorted(film.path for film in table.films)
    for fold in tables:
        patients = {
            split: set(fold.select(split).patient_ids) for split in ("train", "val", "test")
        }
        assert not patients["test"] & (patients["train"] | patients["val"])
        assert not patients["train"] & patients["val"]
        assert (
            0.08
            < len(fold.select("val")) / (len(fold.select("val")) + len(fold.select("train")))
            < 0.16
        )
    again = fold_tables(table, SplitConfig(mode=mode), 3, traits=traits)
    assert [fold.digest for fold in again] == [fold.digest for fold in tables]


def test_random_folds_have_about_as_many_films_of_each_class(table) -> None:
    for fold in fold_tables(table, SplitConfig(mode="random"), 4):
        assert fold.counts()["test"] == {"NORMAL": 30, "PNEUMONIA": 30}


def test_folds_of_groups_divide_no_group(table, traits) -> None:
    groups_of = dict(zip([film.path for film in table.films], traits.groups, strict=True))
    held_out = [
        {groups_of[film.path] for film in fold.select("test").films}
        for fold in fold_tables(table, SplitConfig(mode="groups"), 3, traits=traits)
    ]
    assert set.union(*held_out) == set("ABCDEFGH")
    assert sum(map(len, held_out)) == 8


def test_folds_of_blocks_are_stretches_of_numbers(table) -> None:
    for fold in fold_tables(table, SplitConfig(mode="blocks", block_count=1), 3):
        numbers = sorted(
            film.number for film in fold.select("test").films if film.label == "NORMAL"
        )
        assert numbers[-1] - numbers[0] == len(set(numbers)) - 1


def test_each_fold_of_conflict_contradicts_one_statistic(table, traits) -> None:
    first, second = fold_tables(
        table, SplitConfig(mode="conflict", val_fraction=0.2), 2, traits=traits
    )
    is_ill = table.y_true > 0
    for fold, name in ((first, "sharpness"), (second, "mean")):  # the strongest first
        held_out = np.array([film.split == "test" for film in fold.films])
        values = traits.statistics[name]
        assert held_out.sum() == 0.2 * FILMS
        area = roc_auc_score(is_ill, values)
        turned = roc_auc_score(is_ill[held_out], values[held_out])
        assert (area - 0.5) * (turned - 0.5) < 0
        assert abs(turned - 0.5) > 0.45
    named = SplitConfig(mode="conflict", val_fraction=0.2, statistics=("mean",))
    divided = assign_splits(table, named, traits=traits)
    assert {film.path for film in divided.select("val").films} == {
        film.path for film in second.select("test").films
    }


def test_one_sided_conflict_leaves_the_other_class_to_chance() -> None:
    rng = np.random.default_rng(1)
    is_ill = np.arange(1000) % 2 == 1
    values = rng.normal(size=1000) + is_ill
    chosen = conflicting(values, is_ill, 0.1, "healthy", rng)
    healthy, ill = values[chosen & ~is_ill], values[chosen & is_ill]
    assert healthy.min() >= np.sort(values[~is_ill])[-50]  # the highest of the healthy
    assert abs(ill.mean() - values[is_ill].mean()) < 0.5
    assert healthy.size == ill.size == 50


def test_contradiction_does_not_depend_on_the_direction_of_a_statistic() -> None:
    rng = np.random.default_rng(2)
    is_ill = np.arange(300) % 3 > 0
    values = rng.normal(size=300) + is_ill
    np.testing.assert_array_equal(contradiction(values, is_ill), contradiction(-values, is_ill))
    assert contradiction(values, is_ill)[~is_ill].argmax() == values[~is_ill].argmax()


def test_statistics_are_ordered_by_how_well_they_tell() -> None:
    is_ill = np.arange(100) % 2 == 1
    rng = np.random.default_rng(3)
    values = {"strong": -9.0 * is_ill, "weak": rng.normal(size=100), "none": np.zeros(100)}
    assert strongest_first([*values.items()], is_ill) == ["strong", "weak"]


def test_a_single_split_by_groups_holds_whole_groups_out(table, traits) -> None:
    divided = assign_splits(table, SplitConfig(mode="groups", val_fraction=0.25), traits=traits)
    groups = {
        split: {
            group
            for film, group in zip(divided.films, traits.groups, strict=True)
            if film.split == split
        }
        for split in ("train", "val")
    }
    assert not groups["train"] & groups["val"]
    assert 0.15 < len(divided.select("val")) / FILMS < 0.35


def test_what_cannot_be_done_is_said(table, traits) -> None:
    with pytest.raises(RecipeError, match="two or more, got 1"):
        fold_tables(table, SplitConfig(mode="random"), 1)
    with pytest.raises(DatasetError, match="need films that were measured"):
        fold_tables(table, SplitConfig(mode="groups"), 3)
    with pytest.raises(DatasetError, match="make 8 acquisition groups, and 9 or more"):
        fold_tables(table, SplitConfig(mode="groups"), 9, traits=traits)
    with pytest.raises(DatasetError, match="2 statistics for 3 folds: sharpness, mean"):
        fold_tables(table, SplitConfig(mode="conflict"), 3, traits=traits)
    lonely = TableTraits(tuple("B" if y else "A" for y in table.y_true), {})
    with pytest.raises(DatasetError, match="Fold 1 of the mode groups learns from no film"):
        fold_tables(table, SplitConfig(mode="groups"), 2, traits=lonely)
