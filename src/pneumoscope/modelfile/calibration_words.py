"""What a model file's probabilities mean, and what they were calibrated on, in words."""

from __future__ import annotations

from typing import Any

from pneumoscope.metrics.prevalence import move_thresholds
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
    by = ""
    if folds := record.get("folds"):
        by = f", each judged by one of {folds} models that were not shown it"
    return f"Calibrated on {count_films(sum(counts.values()))}: {parts}{by}."


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


def threshold_bounds(manifest: ModelManifest) -> dict[str, dict[str, tuple[float, float]]]:
    """Under the names of an operating point and a class, 95 % bounds of the threshold: where it
    would lie, had other patients been there to fit it on.

    They are for the manifest's prevalence. Empty where the file does not tell them, and where a
    model of several findings was moved to another prevalence than that of its films.
    """
    record: Any = manifest.training.get("calibration") or {}
    found: dict[str, dict[str, tuple[float, float]]] = {
        point: {name: (low, high) for name, (low, high) in bounds.items()}
        for point, bounds in record.get("threshold_intervals", {}).items()
    }
    if not found or manifest.prevalence in (None, record["prevalence"]):
        return found
    if len(manifest.class_names) > 2:
        return {}
    normal, positive = manifest.class_names
    before, after = (
        [shares[name] for name in manifest.class_names]
        for shares in (record["prevalence"], manifest.prevalence or {})
    )

    def moved(threshold: float) -> tuple[float, float]:
        cut = move_thresholds([1 - threshold, threshold], before, after)
        return float(cut[0]), float(cut[1])

    for bounds in found.values():
        (most, low), (least, high) = (moved(threshold) for threshold in bounds[positive])
        bounds |= {normal: (least, most), positive: (low, high)}
    return found


def thresholds_in_words(manifest: ModelManifest) -> str:
    """The thresholds with their 95 % bounds, as a sentence; empty where these are not known.

    Of two classes the second is told, whose threshold decides.
    """
    bounds = threshold_bounds(manifest)
    if not bounds:
        return ""
    names = manifest.class_names if len(manifest.class_names) > 2 else manifest.class_names[1:]
    told = "; ".join(
        f"{point}: "
        + ", ".join(
            f"{name} {thresholds[name]:.3f} ({bounds[point][name][0]:.3f} to "
            f"{bounds[point][name][1]:.3f})"
            for name in names
        )
        for point, thresholds in manifest.operating_points.items()
        if point in bounds
    )
    return f"Thresholds, and where 95 % of those fitted to other such patients would lie: {told}."


def calibration_notes(manifest: ModelManifest) -> list[str]:
    """What must be said of the model's calibration and thresholds, as sentences."""
    record: Any = manifest.training.get("calibration") or {}
    return list(record.get("notes", ()))
