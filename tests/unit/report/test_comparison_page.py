"""The page of a comparison: made from its files alone, and complete in itself."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from compared_models import ComparedModels, write_compared_models
from pneumoscope.data.sources import find_films
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.compare import compare
from pneumoscope.evaluation.comparison import Comparison, read_comparison
from pneumoscope.evaluation.comparison_verdicts import signed
from pneumoscope.report.comparison_page import write_comparison_report
from pneumoscope.report.comparison_plots import draw_curves, draw_differences, draw_models
from report_page import Page

TWO = ("NORMAL", "PNEUMONIA")
THREE = ("NORMAL", "BACTERIA", "VIRUS")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ComparedModels:
    return write_compared_models(tmp_path_factory.mktemp("two"), TWO)


@pytest.fixture(scope="module")
def two(models: ComparedModels) -> Comparison:
    given: list[str | Path] = [models.good, models.fair, models.odd]
    return compare(given, models.films, split="val", reported=True, replicates=20)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    models = write_compared_models(tmp_path_factory.mktemp("three"), THREE)
    return compare([models.good, models.odd], models.films, split="val", replicates=20)


def write_page(comparison: Comparison, folder: Path, films: Path | None = None) -> Page:
    path = write_comparison_report(comparison, folder, films)
    assert path == folder / "report.html"
    return Page(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("which", ["two", "three"])
def test_the_page_stands_alone(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    comparison = request.getfixturevalue(which)
    page = write_page(comparison, tmp_path)
    assert page.runs_only_its_own_script()
    # Films and models lie in the same folder.
    assert str(Path(comparison.data.source).parent) not in page.words
    assert len(page.ids) == len(set(page.ids))
    for address in page.addresses:
        if address.startswith("#"):
            assert address[1:] in page.ids
        elif not address.startswith("data:image/"):
            assert (tmp_path / address).is_file(), address


def test_the_page_comes_from_files(two: Comparison, tmp_path: Path) -> None:
    two.write(tmp_path / "files")
    write_comparison_report(two, tmp_path / "direct")
    write_comparison_report(read_comparison(tmp_path / "files"), tmp_path / "files")
    direct = (tmp_path / "direct" / "report.html").read_text(encoding="utf-8")
    assert direct == (tmp_path / "files" / "report.html").read_text(encoding="utf-8")


def test_what_it_says(two: Comparison, tmp_path: Path) -> None:
    page = write_page(two, tmp_path)
    assert "Comparison of good, fair and odd" in page.words
    accuracy = two.models[0].figures["accuracy"]
    best = page.words[page.words.index("HighestModel") :]
    assert f"Accuracygood{accuracy.value:.3f}" in best.replace(" ", "")
    assert f"{accuracy.value:.3f} {accuracy.low:.3f} to {accuracy.high:.3f}" in page.words
    assert "good is better than odd in accuracy" in page.words
    assert "No difference in ROC-AUC between good and fair could be shown" in page.words
    assert signed(two.pairs[1].tests["accuracy"].difference).partition(" ")[0] in page.words
    assert "Reported by others" in page.words
    assert "A: CNN from scratch" in page.words
    assert "E: small CNN" not in page.words
    assert "Of the 48 films, the model had its settings chosen by 48." in page.words
    assert two.machine.processor in page.words
    assert "1 min 0 s" in page.words


@pytest.mark.slow
def test_films_on_which_models_disagree_are_shown(
    two: Comparison, models: ComparedModels, tmp_path: Path
) -> None:
    page = write_page(two, tmp_path / "found")
    shown = two.disagreements[:24]
    pictures = [address for address in page.addresses if address.startswith("data:image/jpeg")]
    assert len(pictures) == len(shown)
    assert all(Path(film.path).name in page.words for film in shown)
    assert f"{two.disputed_films} films are not called alike" in page.words

    gone = two.data.model_copy(update={"source": str(tmp_path / "gone")})
    evaluations = {
        name: evaluation.model_copy(update={"data": gone})
        for name, evaluation in two.evaluations.items()
    }
    moved = two.model_copy(update={"evaluations": evaluations})
    page = write_page(moved, tmp_path / "lost")
    assert not any(address.startswith("data:image") for address in page.addresses)
    assert "the films were not found" in page.words
    page = write_page(moved, tmp_path / "given", models.films)
    assert any(address.startswith("data:image/jpeg") for address in page.addresses)
    with pytest.raises(DatasetError, match="None of the 48 films lies in"):
        write_page(moved, tmp_path / "wrong", tmp_path)


def test_a_film_that_can_no_longer_be_read_is_named(
    two: Comparison, models: ComparedModels, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    shutil.copytree(models.films, films)
    (films / two.disagreements[0].path).write_bytes(b"damaged")
    page = write_page(two, tmp_path / "page", films)
    assert "The film can no longer be read: not a JPEG" in page.words


def test_one_model_has_a_page_too(models: ComparedModels, tmp_path: Path) -> None:
    page = write_page(compare([models.good], models.films, split="val", replicates=5), tmp_path)
    assert "nothing to compare it with" in page.words
    assert "Is one better than another?" not in page.words
    assert "Google AutoML Vision" not in page.words  # nobody asked for it


def test_films_of_one_class_have_no_curves(models: ComparedModels, tmp_path: Path) -> None:
    table = find_films(models.films).select("val")
    healthy = tuple(film for film in table.films if film.label == "NORMAL")
    comparison = compare([models.good, models.odd], replace(table, films=healthy), replicates=5)
    page = write_page(comparison, tmp_path)
    assert "nothing to tell apart and no curve to draw" in page.words
    highest = page.words[page.words.index("HighestModel") :].partition("95 % interval")[2]
    assert not highest.startswith("ROC-AUC")
    assert "undefined" in page.words


def test_names_cannot_change_the_page(two: Comparison, tmp_path: Path) -> None:
    hostile = "<script>alert('1')</script>"
    # In the text of the file, where a name stands everywhere alike.
    two.write(tmp_path)
    names = (tmp_path / "comparison.json").read_text().replace('"good"', json.dumps(hostile))
    evaluations = {
        hostile if name == "good" else name: evaluation
        for name, evaluation in two.evaluations.items()
    }
    renamed = Comparison.model_validate(json.loads(names) | {"evaluations": evaluations})
    page = write_page(renamed, tmp_path)
    assert page.runs_only_its_own_script()
    assert hostile in page.words


def test_every_class_has_its_curves_of_all_models(three: Comparison) -> None:
    figures = draw_curves(three)
    assert [figure.name for figure in figures] == [
        "roc-normal",
        "precision-recall-normal",
        "roc-bacteria",
        "precision-recall-bacteria",
        "roc-virus",
        "precision-recall-virus",
    ]
    assert figures[0].title == "ROC curves of NORMAL"
    assert {row[0] for row in figures[0].rows} == {"good", "odd"}


def test_pictures_hold_the_numbers(two: Comparison, tmp_path: Path) -> None:
    for figure in (draw_models(two), draw_differences(two)):
        figure.save(tmp_path)
    with (tmp_path / "models.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["model"], row["measure"]) for row in rows[:4]] == [
        ("good", "roc_auc"),
        ("fair", "roc_auc"),
        ("odd", "roc_auc"),
        ("good", "accuracy"),
    ]
    assert float(rows[3]["low"]) == two.models[0].figures["accuracy"].low
    with (tmp_path / "differences.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    test = two.pairs[0].tests["accuracy"]
    assert float(rows[3]["difference"]) == test.difference.value
    assert float(rows[3]["p_corrected"]) == test.p_corrected
    assert (tmp_path / "differences.png").stat().st_size > 5000
