"""Which films are shown, in which order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.heatmaps.selection import CalledFilm, certainty, group_films, select_films

CLASSES = ("NORMAL", "PNEUMONIA")
CALLED = [
    CalledFilm("d", "NORMAL", 0.5, "PNEUMONIA"),
    CalledFilm("b", "PNEUMONIA", 3.0, "PNEUMONIA"),
    CalledFilm("a", "NORMAL", 2.0, "NORMAL"),
    CalledFilm("c", "PNEUMONIA", 2.0, "NORMAL"),
]


@given(
    probability=st.floats(0.001, 0.999),
    threshold=st.floats(0.01, 0.99),
)
def test_with_two_classes_certainty_is_the_distance_of_logits(
    probability: float, threshold: float
) -> None:
    def logit(value: float) -> float:
        return math.log(value / (1 - value))

    certain = certainty(
        {"NORMAL": 1 - probability, "PNEUMONIA": probability},
        {"NORMAL": 1 - threshold, "PNEUMONIA": threshold},
    )
    assert certain == pytest.approx(abs(logit(probability) - logit(threshold)), abs=1e-9)


def test_certainty_survives_probabilities_of_zero() -> None:
    thresholds = {"a": 0.5, "b": 0.3, "c": 0.2}
    assert certainty({"a": 1.0, "b": 0.0, "c": 0.0}, thresholds) > 100
    assert certainty({"a": 0.5, "b": 0.3, "c": 0.2}, thresholds) == pytest.approx(0)


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({}, "abcd"),
        ({"only": "errors"}, "cd"),
        ({"only": "right", "sort": "certainty"}, "ba"),
        ({"sort": "certainty"}, "bacd"),
        ({"sort": "uncertainty", "limit": 2}, "da"),
    ],
)
def test_films_are_chosen_and_sorted(settings: dict[str, str | int], paths: str) -> None:
    assert "".join(film.path for film in select_films(CALLED, **settings)) == paths  # type: ignore[arg-type]


def test_films_without_labels_are_neither_right_nor_wrong() -> None:
    film = CalledFilm("a", "NORMAL", 1.0)
    assert film.is_right is None
    assert select_films([film]) == [film]
    assert select_films([film], only="errors") == select_films([film], only="right") == []


def many_films(*, labelled: bool) -> list[CalledFilm]:
    films = []
    for place in range(40):
        called = CLASSES[place % 2]
        actual = CLASSES[1 - place % 2] if place % 10 == 0 else called
        films.append(CalledFilm(f"{place:02}", called, place / 10, actual if labelled else None))
    return films


def test_errors_come_first_and_the_surest_of_them_before_all() -> None:
    films = many_films(labelled=True)
    groups = group_films(films, CLASSES)
    wrong, surest, closest = ([film.path for film in group.films] for group in groups)
    assert wrong == ["30", "20", "10", "00"]
    assert surest == ["38", "36", "34", "39", "37", "35"]
    assert closest == ["01", "02", "03", "04", "05", "06"]
    assert [group.title for group in groups] == [
        "Wrong, the surest first: 4",
        "Right and most certain, of each class: 6 of 36",
        "Right, but closest to the threshold: 6 of 36",
    ]


def test_without_labels_nothing_is_said_of_right_and_wrong() -> None:
    surest, closest = group_films(many_films(labelled=False), CLASSES)
    assert surest.title == "Most certain, of each class: 6 of 40"
    assert [film.path for film in closest.films] == ["00", "01", "02", "03", "04", "05"]


def test_no_film_is_in_two_groups() -> None:
    groups = group_films(CALLED, CLASSES)
    paths = [film.path for group in groups for film in group.films]
    assert sorted(paths) == ["a", "b", "c", "d"]
