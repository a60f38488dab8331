"""The worst-group table against loops over films, scikit-learn and statements that must hold."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from grouped_films import NAMES, draw, film, table_of
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import ScoredFilm
from pneumoscope.evaluation.group_table import GroupRow, GroupTable
from pneumoscope.evaluation.traits import FilmTraits
from pneumoscope.phantoms import write_phantoms


@pytest.fixture(scope="module")
def films() -> list[ScoredFilm]:
    return draw()


@pytest.fixture(scope="module")
def table(films: list[ScoredFilm]) -> GroupTable:
    return table_of(films)


def row_of(table: GroupTable, label: str, **where: str) -> GroupRow:
    groups = next(groups for groups in table.classes if groups.label == label)
    return next(row for row in (*groups.rows, *groups.few) if row.where == where)


@pytest.mark.parametrize("label", NAMES)
@pytest.mark.parametrize("where", [{"group": name} for name in "ABCD"] + [{"view": "AP"}])
def test_shares_are_those_of_counting_films(
    films: list[ScoredFilm], table: GroupTable, label: str, where: dict[str, str]
) -> None:
    ((attribute, value),) = where.items()
    own, others = [], []
    for one in films:
        if one.label == label and getattr(one.traits, attribute) is not None:
            (own if getattr(one.traits, attribute) == value else others).append(one)
    row = row_of(table, label, **where)
    assert row.films == len(own)
    assert row.patients == len({one.patient_id for one in own})
    for point, rates in row.points.items():
        right = [one.decisions[point] == label for one in own]
        assert rates.right.value == pytest.approx(sum(right) / len(right))
        assert rates.others == pytest.approx(
            sum(one.decisions[point] == label for one in others) / len(others)
        )
        assert rates.right.low <= rates.right.value <= rates.right.high


def test_intervals_of_single_films_are_wilsons() -> None:
    """With a patient a film, drawing patients gives nearly the binomial variance."""
    single = [
        film(place, one.label, one.probabilities["PNEUMONIA"], f"p{place}", one.traits)
        for place, one in enumerate(draw(films=800))
    ]
    row = row_of(table_of(single), "NORMAL", group="C")
    right = row.points["balanced"].right
    low, high = proportion_confint(round(right.value * row.films), row.films, method="wilson")
    assert (right.low, right.high) == pytest.approx((low, high), abs=0.02)


def test_the_failing_group_comes_first_and_stands_out(table: GroupTable) -> None:
    normal, ill = table.classes
    worst = normal.rows[0]
    assert worst.where == {"group": "C"}
    assert worst.points["balanced"].stands_out
    shares = [row.points["balanced"].right.value for row in normal.rows]
    assert shares == sorted(shares)
    assert not any(row.points["balanced"].stands_out for row in ill.single)
    healthy, sick = table.sentences()
    assert healthy.startswith("At balanced, NORMAL films of group C are called rightly in ")
    assert "the worst of 7 groups, had it so many films, would be at " in healthy
    assert "no group of PNEUMONIA films stands out beyond chance: the worst of 6, " in sick


def test_without_a_failing_group_none_stands_out() -> None:
    standing = 0
    for seed in range(12):
        tried = table_of(draw(seed, failing=None))
        standing += any(groups.standing for groups in tried.classes)
    assert standing <= 4  # two classes, each once in 20 times


def test_groups_of_few_films_do_not_count() -> None:
    films = [
        film(place, NAMES[place % 2], place % 2, f"p{place}",
             FilmTraits(group="tiny" if place < 16 else "rest"))
        for place in range(100)
    ]  # fmt: skip
    films[0] = film(0, "NORMAL", 1.0, "p0", films[0].traits)
    (normal, _) = table_of(films).classes
    assert (normal.groups, [row.where["group"] for row in normal.rows]) == (1, ["rest"])
    (few,) = normal.few
    assert (few.where, few.films) == ({"group": "tiny"}, 8)
    rates = few.points["balanced"]
    assert rates.right.value == pytest.approx(7 / 8)
    assert math.isnan(rates.right.low)
    assert math.isnan(rates.by_chance)
    assert not rates.stands_out


def test_what_all_films_of_a_class_share_is_no_group(table: GroupTable) -> None:
    assert table.known == {"group": 240, "view": table.known["view"], "sex": 240}
    assert all("sex" not in row.where for groups in table.classes for row in groups.rows)


def test_crossings_are_listed_where_they_are_worse_than_both_groups() -> None:
    """Normal films of view AP and sex F fail together, and neither alone does so badly."""
    rng = np.random.default_rng(5)
    films = []
    for place in range(800):
        traits = FilmTraits(view=("AP", "PA")[place // 2 % 2], sex=("F", "M")[place // 4 % 2])
        fails = traits == FilmTraits(view="AP", sex="F") and rng.random() < 0.4
        wrong = fails or rng.random() < 0.03
        label = NAMES[place % 2]
        ill = (label == "PNEUMONIA") != (wrong and label == "NORMAL")
        films.append(film(place, label, float(ill), f"p{place}", traits))
    table = table_of(films)
    normal, sick = table.classes
    assert normal.crossings == sick.crossings == 4
    crossing = normal.rows[0]
    assert crossing.where == {"view": "AP", "sex": "F"}
    own = [f for f in films if f.label == "NORMAL" and (f.traits.view, f.traits.sex) == ("AP", "F")]
    rates = crossing.points["balanced"]
    assert rates.right.value == pytest.approx(
        sum(f.decisions["balanced"] == "NORMAL" for f in own) / len(own)
    )
    assert rates.stands_out
    # The others are those of the worse of the two groups.
    parents = [row_of(table, "NORMAL", view="AP"), row_of(table, "NORMAL", sex="F")]
    worse = min(parents, key=lambda row: row.points["balanced"].right.value)
    ((attribute, value),) = worse.where.items()
    others = [
        f for f in films
        if f.label == "NORMAL" and f not in own and getattr(f.traits, attribute) == value
    ]  # fmt: skip
    assert rates.others == pytest.approx(
        sum(f.decisions["balanced"] == "NORMAL" for f in others) / len(others)
    )
    for row in normal.rows:
        if len(row.where) == 2:
            for part in row.where.items():
                parent = row_of(table, "NORMAL", **dict([part]))
                assert row.points["balanced"].right.value < parent.points["balanced"].right.value
    assert sick.right["balanced"] == 1
    assert list(table.sentences())[1] == "At balanced, all 400 PNEUMONIA films are called rightly."


def test_areas_and_calibration_within_groups(films: list[ScoredFilm], table: GroupTable) -> None:
    # Group rare has no ill film, and sex F all films.
    assert len(table.scores) == 6
    for group in table.scores:
        ((attribute, value),) = group.where.items()
        own = [one for one in films if getattr(one.traits, attribute) == value]
        ill = [int(one.label == "PNEUMONIA") for one in own]
        scores = [one.probabilities["PNEUMONIA"] for one in own]
        assert group.roc_auc.value == pytest.approx(roc_auc_score(ill, scores))
        assert group.calibration.value == pytest.approx(np.mean(scores) - np.mean(ill))
        assert group.calibration.low <= group.calibration.value <= group.calibration.high
        assert group.films == {"NORMAL": ill.count(0), "PNEUMONIA": ill.count(1)}
    areas = [group.roc_auc.value for group in table.scores]
    assert areas == sorted(areas)
    moved = table_of(films, calibrated=False)
    assert all(math.isnan(group.calibration.value) for group in moved.scores)


def test_a_table_of_groups_that_names_few_films_is_told(films: list[ScoredFilm]) -> None:
    assert not table_of(films, grouped=True).warning()
    bare = [film(i, f.label, 0.5, f.patient_id, FilmTraits()) for i, f in enumerate(films)]
    assert not table_of(bare).warning()
    found = table_of(bare, grouped=True)
    assert found.known == {"group": 0}
    assert "names 0 of the 240 films" in found.warning()
    assert "too few NORMAL films, or too little is known" in next(iter(found.sentences()))


def test_the_record_survives_and_its_worst_rows_tell_the_same(table: GroupTable) -> None:
    assert GroupTable.model_validate_json(table.to_json()) == table
    short = GroupTable.model_validate_json(table.worst(2).to_json())
    assert list(short.sentences()) == list(table.sentences())
    assert [len(groups.rows) for groups in short.classes] == [2, 2]
    assert short.scores == ()


def test_drawn_films_end_to_end(tmp_path: Path) -> None:
    """Names, tags and a table of groups tell what the films of a folder are."""
    drawn = write_phantoms(tmp_path, 60, seed=1, widths=(100, 140), formats=["jpeg", "dicom"])
    root = tmp_path / "chest_xray"
    groups = FilmGroups(
        {str(one.path.relative_to(root)): "AB"[place % 2] for place, one in enumerate(drawn)}
    )
    found = evaluate("phantoms", root, groups=groups, replicates=50)
    assert found.groups is not None
    known, judged = found.groups.known, found.films
    assert len(judged) > 50  # less those that the model has seen
    assert known["group"] == known["block"] == known["sharpness"] == len(judged)
    dicom = sum(one.path.endswith(".dcm") for one in judged)
    assert known["view"] == known["age"] == dicom > 20
    assert known["pathogen"] == found.data.films["PNEUMONIA"]
    assert "sex" not in known
    assert {one.traits.group for one in judged} == {"A", "B"}
    normal, ill = found.groups.classes
    pathogens = {row.where.get("pathogen") for row in (*ill.single, *ill.few)}
    assert pathogens == {None, "BACTERIA", "VIRUS"}
    for groups_of, label in ((normal, "NORMAL"), (ill, "PNEUMONIA")):
        rates = {row.where["group"]: row for row in groups_of.rows if [*row.where] == ["group"]}
        hits = sum(round(row.films * row.points["balanced"].right.value) for row in rates.values())
        assert (
            hits
            == found.operating_points["balanced"].confusion[label == "PNEUMONIA"][
                label == "PNEUMONIA"
            ]
        )
