"""The page of an assessment of heatmaps: made from its file alone, and complete in itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from assessed_model import THREE_CLASSES, TWO_CLASSES, assessment_by_hand
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.heatmap_checks.anatomy import Anatomy
from pneumoscope.heatmap_checks.assessment import MEASURES, Assessment, read_assessment
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.assessment_page import write_assessment_report
from pneumoscope.report.heatmap_check_sections import sections_beside
from report_page import Page
from tiny_model import write_tiny_model
from tiny_run import write_tiny_films

BARE: dict[str, Any] = {"sanity": None, "anatomy": None, "localisation": None, "probes": None}
FIGURES = {
    "faithfulness": {"heatmap-deletion", "heatmap-insertion"},
    "sanity": {"heatmap-sanity"},
    "stability": {"heatmap-stability"},
    "anatomy": {"heatmap-anatomy"},
    "localisation": {"heatmap-localisation"},
    "probes": {"heatmap-probes"},
}


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(assessment_by_hand(TWO_CLASSES), tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def three_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(assessment_by_hand(THREE_CLASSES), tmp_path_factory.mktemp("three"))


def write_page(assessment: Assessment, folder: Path) -> Path:
    assessment.write(folder)
    return write_assessment_report(folder)


def words_of(page: Path) -> str:
    """The text of a page, cells of tables apart."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())


@pytest.mark.parametrize("classes", ["two_classes", "three_classes"])
def test_the_page_stands_alone(classes: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(classes)
    page = Page(path.read_text(encoding="utf-8"))
    assert page.runs_only_its_own_script()
    assert len(page.ids) == len(set(page.ids))
    for address in page.addresses:
        if address.startswith("#"):
            assert address[1:] in page.ids
        else:
            assert (path.parent / address).is_file()
    stems = {file.stem for file in (path.parent / "figures").glob("[!.]*")}
    assert stems == set().union(*FIGURES.values())


def test_data_are_named_without_their_folder(tmp_path: Path) -> None:
    assessment = assessment_by_hand(data=str(tmp_path / "chest_xray"))
    text = write_page(assessment, tmp_path / "page").read_text(encoding="utf-8")
    assert "<dd>chest_xray</dd>" in text
    assert str(tmp_path) not in text


def test_every_part_has_its_question_its_verdict_and_its_figures(two_classes: Path) -> None:
    assessment = read_assessment(two_classes.parent)
    words = words_of(two_classes)
    for measure in MEASURES:
        assert f"{measure.question} {assessment.answer(measure)}" in words
    gain = assessment.faithfulness.groups["PNEUMONIA"].gains["deletion"]["centre"]
    assert f"{gain.value:.3f} {gain.low:.3f} to {gain.high:.3f}" in words
    assert "Films called PNEUMONIA 50 deletion" in words
    assert "Area, map Area, random Area, centre Better than random by" in words
    assert f"{Faithfulness.question} Yes" in words
    assert Faithfulness.reading in words
    assert "all layers 100.0 % 0.020 -0.030 to 0.070" in words
    assert "mirrored 0.830 0.818 to 0.842 0.031 0.027 to 0.035 2.0 % 0.0 to 5.0" in words
    assert "PNEUMONIA true positives 70 43.0 % 40.0 to 46.0 31.0 % 30.4 to 31.6 +12.0 %" in words
    assert "strongest point in a box 64.0 % 53.0 to 75.0 6.0 % 1.0 to 11.0" in words
    assert "without lungs 0.871 0.841 to 0.891 0.762 0.732 to 0.792 50.0 % 50.0 %" in words
    assert "60 NORMAL, 80 PNEUMONIA" in words
    assert "140 films of 97 patients" in words


def test_what_was_not_measured_says_what_it_needs(tmp_path: Path) -> None:
    words = words_of(write_page(assessment_by_hand(**BARE), tmp_path))
    unmeasured = [measure for measure in MEASURES if measure.name in BARE]
    for measure in unmeasured:
        assert f"{measure.question} Not measured. It needs {measure.needs}." in words
    stems = {path.stem for path in (tmp_path / "figures").glob("[!.]*")}
    assert stems == FIGURES["faithfulness"] | FIGURES["stability"]


def test_a_measure_that_found_nothing_has_its_verdict_alone(tmp_path: Path) -> None:
    nothing = Anatomy(with_lungs=60, without=0, groups=())
    words = words_of(write_page(assessment_by_hand(**BARE | {"anatomy": nothing}), tmp_path))
    assert f"{Anatomy.question} {nothing.verdict()} Localisation" in words
    assert not (tmp_path / "figures" / "heatmap-anatomy.svg").exists()


def test_what_limits_the_figures_is_said_first(tmp_path: Path) -> None:
    exposure = Exposure(train=30, val=0, held_out=140, unknown=0)
    limited = assessment_by_hand(
        exposure=exposure, patients_warning="Nothing tells.", unreadable=1, **BARE
    )
    top, _, _ = words_of(write_page(limited, tmp_path)).partition("Contents")
    assert (
        "Of the 170 films, the model learned from 30. Figures are of the other 140. Nothing tells."
        in top
    )
    assert "1 film could not be read and went into no figure." in top


def test_some_films_are_shown_with_the_maps_of_the_model(tmp_path: Path) -> None:
    films = write_tiny_films(tmp_path / "films")
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    assessment_by_hand(**BARE).write(tmp_path)
    text = write_assessment_report(tmp_path, predictor, films).read_text(encoding="utf-8")
    assert len(re.findall("<article", text)) == 4
    assert text.count("Actual class: NORMAL") == text.count("Actual class: PNEUMONIA") == 2

    assessment_by_hand(mapper="grad-cam", **BARE).write(tmp_path)
    text = write_assessment_report(tmp_path, predictor, films).read_text(encoding="utf-8")
    assert "<article" not in text


def test_a_film_that_can_no_longer_be_read_is_named(tmp_path: Path) -> None:
    films = write_tiny_films(tmp_path / "films")
    films.paths()[0].write_bytes(b"damaged")
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    assessment_by_hand(**BARE).write(tmp_path)
    words = words_of(write_assessment_report(tmp_path, predictor, films))
    assert f"{escape(films.films[0].path)} : not a JPEG" in words


def test_other_reports_show_the_assessment_in_a_folder(tmp_path: Path) -> None:
    assert sections_beside(tmp_path, "f" * 64) == []
    assessment_by_hand(graph_sha256="f" * 64, **BARE).write(tmp_path)
    titles = [section.title for section in sections_beside(tmp_path, "f" * 64)]
    assert titles[:2] == ["Heatmaps: In short", "Heatmaps: Faithfulness"]


def test_they_do_not_show_one_of_another_model(tmp_path: Path) -> None:
    assessment_by_hand(graph_sha256="0123456789ab" + "0" * 52).write(tmp_path)
    (section,) = sections_beside(tmp_path, "f" * 64)
    words = Page(section.body).words
    assert "is of another model, tiny with the graph 0123456789ab, so it is not shown" in words


def test_a_folder_without_an_assessment_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"assessment\.json could not be read"):
        write_assessment_report(tmp_path)
