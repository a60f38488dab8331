"""The page of an evaluation: made from its files alone, and complete in itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assessed_model import assessment_by_hand
from evaluated_films import evaluate_films
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.metrics.workload import workload
from pneumoscope.report.evaluation_page import evaluation_cautions, write_evaluation_report
from pneumoscope.report.evaluation_sections import evaluation_sections
from report_page import Page


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def three_classes(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("films"), ("NORMAL", "BACTERIA", "VIRUS"))


@pytest.fixture(scope="module", params=["two_classes", "three_classes"])
def evaluation(request: pytest.FixtureRequest) -> Evaluation:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    evaluation.write(folder)
    assessment_by_hand(
        evaluation.class_names, graph_sha256=evaluation.model.graph_sha256, anatomy=None
    ).write(folder)
    write_evaluation_report(folder)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_the_page_stands_alone(page: Page, folder: Path) -> None:
    assert page.runs_only_its_own_script()
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"https?:", text) == []
    # Films and models lie below it too.
    assert str(folder.parent) not in text
    for address in page.addresses:
        if not address.startswith("#"):
            assert (folder / address).is_file()


def test_identifiers_are_unique_and_every_reference_is_met(page: Page, folder: Path) -> None:
    assert len(page.ids) == len(set(page.ids))
    text = (folder / "report.html").read_text(encoding="utf-8")
    named = [address[1:] for address in page.addresses if address.startswith("#")]
    assert {*named, *re.findall(r"url\(#([^)]+)\)", text)} <= set(page.ids)


def test_every_figure_has_three_files(folder: Path) -> None:
    files = list((folder / "figures").glob("[!.]*"))
    stems = {file.stem for file in files}
    assert {
        "roc",
        "precision-recall",
        "reliability",
        "scores",
        "thresholds",
        "net-benefit",
    } <= stems
    assert {"confusion-balanced", "workload-screening", "heatmap-probes"} <= stems
    assert len(files) == 3 * len(stems)


def test_the_same_evaluation_gives_the_same_sections(
    two_classes: Evaluation, tmp_path: Path
) -> None:
    two_classes.write(tmp_path)
    text = write_evaluation_report(tmp_path).read_text(encoding="utf-8")
    assert all(section.body in text for section in evaluation_sections(two_classes))


def row_of(text: str, table: str, row: str) -> list[str]:
    """The cells of a row, without small print, in the first table whose label begins so."""
    cells = text[text.index(f'aria-label="{table}') :].partition("</table>")[0]
    body = cells[cells.index(f'<th scope="row">{row}') :].partition("</tr>")[0]
    found = re.findall(r"<td[^>]*>(.*?)</td>", re.sub("<small>.*?</small>", "", body), re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", "", cell).split()) for cell in found]


def test_figures_are_those_of_the_evaluation(
    page: Page, evaluation: Evaluation, folder: Path
) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Research software, not a medical device." in page.words
    for name in (*evaluation.metrics, "macro_f1", "recall[NORMAL]"):
        assert name in page.words
    points = list(evaluation.operating_points.values())
    for point in points:
        recall = point.metrics["recall[NORMAL]"]
        assert f"{recall.value:.3f} {recall.low:.3f} to {recall.high:.3f}" in page.words
    if len(evaluation.class_names) == 2:
        for row, (actual, called) in {"Missed": (1, 0), "Flagged needlessly": (0, 1)}.items():
            counts = [str(point.confusion[actual][called]) for point in points]
            assert row_of(text, "Films found", row)[:-1] == counts
    else:
        counts = [24, *points[0].confusion[2]]
        assert row_of(text, "Films as they are called", "VIRUS")[:-1] == list(map(str, counts))


def test_operating_points_are_weighed_against_the_first(
    evaluation: Evaluation, folder: Path
) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    for name, point in evaluation.operating_points.items():
        confusion = point.confusion
        missed = sum(row[0] for row in confusion[1:])
        cells = row_of(text, "Sensitivity against specificity", name)
        assert cells[1::2] == [str(missed), str(sum(confusion[0][1:]))]


def test_the_threshold_of_an_operating_point_gives_its_own_figures(
    evaluation: Evaluation, folder: Path
) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    table = text[text.index('aria-label="Decision table"') :].partition("</table>")[0]
    found = {
        re.findall(r"<small>(.*?)</small>", row)[0]: re.findall(r"<td>(.*?)</td>", row)
        for row in re.findall(r'<tr class="own">(.*?)</tr>', table, re.DOTALL)
    }
    # With three classes no single threshold is an operating point.
    points = evaluation.operating_points if len(evaluation.class_names) == 2 else {}
    figures = ("sensitivity", "specificity", "ppv", "npv", "f1[PNEUMONIA]")
    assert {name: cells[:5] for name, cells in found.items()} == {
        name: [f"{100 * point.metrics[figure].value:.1f} %" for figure in figures]
        for name, point in points.items()
    }


def test_work_is_told_in_whole_films(evaluation: Evaluation, folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    metrics = evaluation.operating_points["balanced"].metrics
    work = workload(metrics["specificity[NORMAL]"].value, metrics["recall[NORMAL]"].value, 0.1)
    figures = (work.flagged, work.found, work.missed, work.false_alarms)
    shares = (f"{100 * share:.1f} %" for share in (work.ppv, work.npv))
    assert row_of(text, "Work to expect at balanced", "10.0 %") == [
        *(f"{figure:.0f}" for figure in figures),
        *shares,
    ]


def test_films_called_wrong_are_listed_surest_first(page: Page, evaluation: Evaluation) -> None:
    wrong = [film for film in evaluation.films if set(film.decisions.values()) != {film.label}]
    wrong.sort(key=lambda film: film.probabilities[film.label])
    places = [page.words.index(film.path) for film in wrong]
    assert places == sorted(places)
    assert f"{len(wrong)} films of {len(evaluation.films)} are called wrong" in page.words


def test_a_prefix_keeps_two_evaluations_on_one_page_apart(two_classes: Evaluation) -> None:
    both = evaluation_sections(two_classes, "val-") + evaluation_sections(two_classes, "test-")
    ids = Page("".join(section.body for section in both)).ids
    assert len(ids) == len(set(ids)) > 0
    assert len({section.anchor for section in both}) == len(both)
    names = [plot.name for section in both for plot in section.plots]
    assert len(names) == len(set(names))


def test_films_of_one_class_still_make_sections(two_classes: Evaluation) -> None:
    ill = tuple(film for film in two_classes.films if film.label != "NORMAL")
    data = two_classes.data.model_copy(update={"films": {"NORMAL": 0, "PNEUMONIA": len(ill)}})
    only_ill = two_classes.model_copy(update={"films": ill, "data": data})
    sections = evaluation_sections(only_ill)
    words = Page("".join(section.body for section in sections)).words
    assert "no curve to draw" in words
    assert "one is missing here" in words


def test_the_assessment_of_heatmaps_beside_it_is_shown(page: Page) -> None:
    assert "Heatmaps: Faithfulness" in page.words


def test_what_limits_the_figures_is_said_first(two_classes: Evaluation) -> None:
    unknown, patients = evaluation_cautions(two_classes)
    assert unknown.startswith("Whether the model learned from any of these films is not known")
    assert patients.startswith("Nothing tells the patients of these films")
    data = two_classes.data.model_copy(
        update={
            "unreadable": (UnreadableFilm("a.png", "truncated"),),
            "exposure": Exposure(train=1, val=0, held_out=two_classes.data.count - 1, unknown=0),
            "patients_warning": "",
        }
    )
    seen, warning, unreadable = evaluation_cautions(two_classes.model_copy(update={"data": data}))
    assert seen == f"Of the {two_classes.data.count} films, the model learned from 1."
    assert warning.startswith("Figures look better than they are")
    assert unreadable.startswith("1 film could not be read")


def test_a_folder_without_an_evaluation_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"evaluation\.json could not be read"):
        write_evaluation_report(tmp_path)


def test_nothing_is_said_of_healthy_films_where_every_class_is_a_finding(
    three_classes: Evaluation,
) -> None:
    model = three_classes.model.model_copy(update={"normal_class": None})
    findings = three_classes.model_copy(update={"model": model})
    titles = [section.title for section in evaluation_sections(findings)]
    assert "Work to expect" not in titles
    assert "Other thresholds" not in titles
    assert "Each class" in titles
    body = "".join(section.body for section in evaluation_sections(findings))
    assert "Sensitivity against specificity" not in body
