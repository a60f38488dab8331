"""The card of a model: what it says of heatmaps."""

from __future__ import annotations

import base64
import subprocess
import sys

from assessed_model import assessment_by_hand
from pneumoscope.heatmap_checks.card_figures import card_figures
from pneumoscope.modelfile.calibration_words import thresholds_in_words
from pneumoscope.modelfile.manifest import FINGERPRINT_BYTES, SeenFilms
from pneumoscope.report.model_card import format_card
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
