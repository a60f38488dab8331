"""The card of a model: what it says of heatmaps."""

from __future__ import annotations

import base64
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from assessed_model import assessment_by_hand
from evaluated_films import evaluate_films
from pneumoscope.evaluation.groups import group_table
from pneumoscope.evaluation.traits import FilmTraits
from pneumoscope.heatmap_checks.card_figures import card_figures
from pneumoscope.modelfile.calibration_words import thresholds_in_words
from pneumoscope.modelfile.manifest import FINGERPRINT_BYTES, SeenFilms
from pneumoscope.report.model_card import format_card, worst_groups
from tiny_model import tiny_manifest


def test_heatmaps_are_told_where_they_were_assessed() -> None:
    manifest = tiny_manifest(training={"explanations": card_figures(assessment_by_hand())})
    card = format_card(manifest)
    assert max(map(len, card.splitlines())) <= 96
    words = " ".join(card.split())
    for fact in ("Heatmaps: maps of 7 x 7 cells", "140 films", "0.082 (0.062 to 0.102)"):
        assert fact in words
    assert "ROC-AUC: whole film 0.992 (0.962 to 1.000); without lungs 0.871" in words


def test_thresholds_have_their_bounds_at_every_prevalence() -> None:
    record = {
        "films": {"val": {"NORMAL": 40, "PNEUMONIA": 60}},
        "prevalence": {"NORMAL": 0.4, "PNEUMONIA": 0.6},
        "threshold_intervals": {"balanced": {"NORMAL": [0.4, 0.55], "PNEUMONIA": [0.45, 0.6]}},
    }
    manifest = tiny_manifest(training={"calibration": record})
    card = format_card(manifest)
    assert "balanced: NORMAL 0.500 (0.400 to 0.550), PNEUMONIA 0.500 (0.450 to 0.600)" in card
    assert "screening: NORMAL 0.900, PNEUMONIA 0.100\n" in card
    # Odds fall by 6 / 4 on the way to equal shares: 0.6 / 0.4 becomes one.
    words = thresholds_in_words(manifest.with_finding_share(0.5))
    assert "balanced: PNEUMONIA 0.400 (0.353 to 0.500)." in words
    assert not thresholds_in_words(tiny_manifest())
    assert "In brackets" not in format_card(tiny_manifest())


def test_a_card_does_not_wait_for_what_measures() -> None:
    code = (
        "import sys; import pneumoscope.report.model_card; "
        "print({'scipy', 'onnx', 'onnxruntime'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_a_card_without_an_assessment_says_nothing_of_heatmaps() -> None:
    assert "Heatmaps" not in format_card(tiny_manifest())


def test_the_films_that_a_model_has_seen_are_counted() -> None:
    one = base64.b64encode(bytes(FINGERPRINT_BYTES)).decode()
    seen = SeenFilms(train=one, val="")
    assert "Films seen: 1 learned from and 0 for validation" in format_card(
        tiny_manifest(seen=seen)
    )
    assert "Films seen: not told" in format_card(tiny_manifest())


def test_groups_that_a_model_fails_for_are_on_its_card(tmp_path: Path) -> None:
    evaluation = evaluate_films(tmp_path, films=30)
    assert evaluation.groups is not None
    nothing = tiny_manifest(training={"evaluation": {"val": evaluation.card_figures()}})
    assert "Where it fails" not in format_card(nothing)  # nothing is known of these films
    films = [
        replace(film, traits=FilmTraits(group="AB"[place % 2], view=("AP", "PA")[place // 2 % 2]))
        for place, film in enumerate(evaluation.films)
    ]
    known = group_table(films, evaluation.class_names, "NORMAL", ["balanced"], evaluation.bootstrap)
    figures = evaluation.model_copy(update={"groups": known}).card_figures()
    manifest = tiny_manifest(training={"evaluation": {"val": figures}})
    card = format_card(manifest)
    assert max(map(len, card.splitlines())) <= 96
    assert "Where it fails, on the films of val:" in card
    ((split, groups),) = worst_groups(manifest)
    assert split == "val"
    words = " ".join(card.split())
    assert all(sentence in words for sentence in groups.sentences())
    del figures["groups"]  # as in files of earlier versions
    older = tiny_manifest(training={"evaluation": {"val": figures}})
    assert "Where it fails" not in format_card(older)
