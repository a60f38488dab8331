from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pneumoscope.data.filenames import FilmName, loose_patient_id, parse_film_name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "train/PNEUMONIA/person123_bacteria_456.jpeg",
            FilmName("person123_bacteria", "bacteria", 123, "BACTERIA"),
        ),
        ("person447_virus_921_1.jpeg", FilmName("person447_virus", "virus", 447, "VIRUS")),
        ("person1_virus_6.jpeg", FilmName("person1_virus", "virus", 1, "VIRUS")),
        ("IM-0115-0001.jpeg", FilmName("IM-0115", "IM", 115, "NORMAL")),
        ("IM-0429-0001-0002.jpeg", FilmName("IM-0429", "IM", 429, "NORMAL")),
        (
            "NORMAL2-IM-0383-0001.jpeg",
            FilmName("NORMAL2-IM-0383", "NORMAL2-IM", 383, "NORMAL"),
        ),
        (
            "BACTERIA-1008087-0001.jpeg",
            FilmName("BACTERIA-1008087", "BACTERIA", 1008087, "BACTERIA"),
        ),
        ("VIRUS-1000468-0001.jpeg", FilmName("VIRUS-1000468", "VIRUS", 1000468, "VIRUS")),
        ("NORMAL-1003233-0001.jpeg", FilmName("NORMAL-1003233", "NORMAL", 1003233, "NORMAL")),
        (
            "person1_bacteria_1 (1).jpeg",
            FilmName("person1_bacteria", "bacteria", 1, "BACTERIA"),
        ),
    ],
)
def test_names_of_the_kermany_films(path: str, expected: FilmName) -> None:
    assert parse_film_name(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "film.png",
        "person_bacteria_1.jpeg",
        "person1_fungus_1.jpeg",
        "IM-0115.jpeg",
        "myIM-0115-0001.jpeg",
        "person12_bacteria_4/film.png",
        "00a85be6-6eb0-421d-8acf-ff2dc0007e8a.png",
        "",
    ],
)
def test_other_names_say_nothing(path: str) -> None:
    assert parse_film_name(path) is None


@settings(deadline=None, max_examples=50)
@given(
    series=st.sampled_from(["bacteria", "virus"]),
    person=st.integers(0, 10**17),
    film=st.integers(0, 10**6),
)
def test_a_person_is_found_whatever_the_film(series: str, person: int, film: int) -> None:
    name = parse_film_name(f"any/folder/person{person}_{series}_{film}.jpeg")
    assert name == FilmName(f"person{person}_{series}", series, person, series.upper())


def test_loose_reading_joins_pathogens_only() -> None:
    assert loose_patient_id("a/person7_virus_1.jpeg", "person7_virus") == "person7"
    assert loose_patient_id("a/person7_bacteria_9.jpeg", "person7_bacteria") == "person7"
    assert loose_patient_id("a/IM-0007-0001.jpeg", "IM-0007") == "IM-0007"
    assert loose_patient_id("a/BACTERIA-7-0001.jpeg", "BACTERIA-7") == "BACTERIA-7"
    assert loose_patient_id("a/film7.png", "ours") == "ours"
