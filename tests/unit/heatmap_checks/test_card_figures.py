"""The figures of an assessment that a model file carries."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from assessed_model import THREE_CLASSES, assessment_by_hand
from pneumoscope.heatmap_checks.anatomy import Anatomy
from pneumoscope.heatmap_checks.card_figures import (
    card_figures,
    describe_card_figures,
    describe_card_films,
)
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.metrics.intervals import Interval
from pneumoscope.modelfile.file import read_manifest
from tiny_model import write_tiny_model


def test_they_are_those_of_the_assessment() -> None:
    assessment = assessment_by_hand()
    figures = json.loads(json.dumps(card_figures(assessment), allow_nan=False))
    gain = assessment.faithfulness.groups["all"].gains["insertion"]["centre"]
    assert figures["faithfulness"]["insertion_gain_centre"] == {
        "value": gain.value,
        "low": gain.low,
        "high": gain.high,
        "level": 0.95,
    }
    assert len(figures["faithfulness"]) == 4
    assert figures["sanity"]["all_layers"]["value"] == 0.02
    assert figures["sanity"]["between_films"]["value"] == 0.48
    assert figures["stability"]["worst"]["name"] == "mirrored"
    assert figures["anatomy"].keys() == {"PNEUMONIA"}
    assert figures["anatomy"]["PNEUMONIA"]["evidence_share"]["value"] == 0.43
    assert figures["probes"]["without lungs"]["roc_auc"]["value"] == 0.871
    assert figures["grid"] == [7, 7]


def test_where_the_films_lay_is_nobodys_business() -> None:
    figures = card_figures(assessment_by_hand(data="/home/somebody/films/chest_xray"))
    assert figures["data"] == {
        "source": "chest_xray",
        "split": "val",
        "films": {"NORMAL": 60, "PNEUMONIA": 80},
        "perturbed_films": 100,
    }


def test_a_model_file_keeps_them_and_they_read_as_sentences(tmp_path: Path) -> None:
    training = {"explanations": card_figures(assessment_by_hand())}
    manifest = read_manifest(write_tiny_model(tmp_path / "tiny.onnx", training=training))
    figures = manifest.training["explanations"]
    assert isinstance(figures, dict)
    films = describe_card_films(figures)
    for fact in ("7 x 7 cells", "140 films (chest_xray, split val)", "on 100 of them"):
        assert fact in films
    sentences = describe_card_figures(figures)
    assert re.search(
        r"^Deletion: .* 0\.082 \(0\.062 to 0\.102\), .* 0\.048 \(0\.028 to 0\.068\)\.$",
        sentences[Faithfulness][0],
    )
    (lungs,) = sentences[Anatomy]
    assert re.search(
        r"PNEUMONIA .* 70 films .* 43\.0 % \(40\.0 to 46\.0\).* 31\.0 % \(30\.4 to 31\.6\)", lungs
    )


def test_every_finding_of_several_has_its_own_share() -> None:
    sentences = describe_card_figures(card_figures(assessment_by_hand(THREE_CLASSES)))
    assert [line.split()[5] for line in sentences[Anatomy]] == ["BACTERIA", "VIRUS"]


def test_classes_may_be_called_as_the_ends_of_intervals() -> None:
    sentences = describe_card_figures(card_figures(assessment_by_hand(("NORMAL", "low", "high"))))
    assert [line.split()[5] for line in sentences[Anatomy]] == ["low", "high"]


def test_what_was_not_measured_is_left_out() -> None:
    bare = assessment_by_hand(sanity=None, anatomy=None, localisation=None, probes=None)
    figures = card_figures(bare)
    assert figures.keys() == {"data", "grid", "faithfulness", "stability"}
    assert describe_card_figures(figures).keys() == {Faithfulness, Stability}


def test_an_undefined_figure_is_null_and_said_to_be_undefined() -> None:
    assessment = assessment_by_hand()
    assert assessment.sanity is not None
    undefined = Interval(math.nan, math.nan, math.nan)
    sanity = assessment.sanity.model_copy(update={"between_films": undefined})
    figures = card_figures(assessment.model_copy(update={"sanity": sanity}))
    between = json.loads(json.dumps(figures, allow_nan=False))["sanity"]["between_films"]
    assert between["value"] is between["low"] is None
    assert describe_card_figures(figures)[Sanity][0].endswith("of different films: undefined.")
