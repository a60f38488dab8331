"""What a model file's probabilities mean, and what they were calibrated on, in words."""

from __future__ import annotations

from typing import Any

from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.wording import count_films, mixture, percent


def prevalence_in_words(manifest: ModelManifest) -> str:
    """Which films the model's probabilities are for, as a sentence."""
    if manifest.prevalence is None:
        return "Which prevalence probabilities are for, the model file does not say."
    return f"Probabilities are for films that are {mixture(manifest.prevalence)}."


def calibration_in_words(manifest: ModelManifest) -> str:
    """Which films the model was calibrated on, as a sentence."""
    record: Any = manifest.training.get("calibration")
    if record is None:
        return "The model file does not say which films it was calibrated on."
    counts = dict.fromkeys(manifest.class_names, 0)
    for films in record["films"].values():
        for name, count in films.items():
            counts[name] += count
    parts = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"Calibrated on {count_films(sum(counts.values()))}: {parts}."


def screening_in_words(manifest: ModelManifest) -> str:
    """What the operating point `screening` promises, as a sentence; empty where there is none, or
    the file does not say what was asked for."""
    record: Any = manifest.training.get("calibration") or {}
    asked = record.get("screening")
    if asked is None or "screening" not in manifest.operating_points:
        return ""
    sensitivity = percent(asked["sensitivity"])
    if asked["confidence"] is None:
        return (
            f"The operating point screening finds at least {sensitivity} of the films with a "
            "finding that it was fitted on; of new films like them, as many in about half of all "
            "cases."
        )
    return (
        f"The operating point screening finds {sensitivity} or more of new films with a finding, "
        f"with a confidence of {percent(asked['confidence'])}, if they are like those that it was "
        "fitted on."
    )


def calibration_notes(manifest: ModelManifest) -> list[str]:
    """What must be said of the model's calibration and thresholds, as sentences."""
    record: Any = manifest.training.get("calibration") or {}
    return list(record.get("notes", ()))
