"""The report of a training run: its films, its training, and how good the model became."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.evaluation import Evaluation, read_evaluation
from pneumoscope.evaluation.rehearsal import read_rehearsal
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.calibration_words import calibration_notes
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.report.data_section import data_section, find_audit
from pneumoscope.report.evaluation_sections import evaluation_sections
from pneumoscope.report.folds_section import folds_section
from pneumoscope.report.frame import Section, write_report
from pneumoscope.report.gallery import gallery_section
from pneumoscope.report.heatmap_check_sections import sections_beside
from pneumoscope.report.training_section import training_section
from pneumoscope.report.whereabouts import find_films_folder
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.log import Epoch, read_epochs
from pneumoscope.wording import duration

HELD_OUT = {"val": "Validation", "test": "Test"}


def write_run_report(
    run: Path,
    films: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write `report.html` and `figures/` into the folder of a finished run; return the page's path.

    Films are looked for where the run found them, or in `films`. Where they are, they are audited,
    once, and pictures of some are on the page; `progress(done, total)` tells of the
    audit. Where they are not, the page says so.

    Raises `PneumoscopeError` where files of the run are missing or damaged, or cannot be written,
    and `DatasetError` where `films` holds none of the run's films.
    """
    files = RunFolder(run)
    predictor = Predictor.load(run)
    manifest = predictor.manifest
    provenance: dict[str, Any] = dict(manifest.training)
    recipe = parse_recipe(provenance.get("recipe", {}), f"the recipe in {files.model}")
    epochs = read_epochs(files.log)
    splits = ["val", "test"] if files.evaluation("test").is_dir() else ["val"]
    evaluations = {split: read_evaluation(files.evaluation(split)) for split in splits}
    folder = find_films_folder(evaluations["val"], films)
    table = FilmTable.read_csv(files.split_table, folder or Path())
    table = table.with_classes(manifest.class_names)
    sections = [
        data_section(
            table,
            find_audit(files.audit, table, films_found=folder is not None, progress=progress),
            films_found=folder is not None,
        ),
        training_section(
            epochs,
            recipe,
            provenance.get("hardware"),
            provenance.get("films", {}).get("train"),
        ),
    ]
    if files.fold_figures.is_file():
        sections.append(folds_section(read_rehearsal(files.fold_figures)))
    for split, evaluation in evaluations.items():
        sections += _held_out(split, evaluation, predictor, folder)
    sections += sections_beside(files.explanations, manifest.graph_sha256)
    return write_report(
        run,
        sections,
        title=f"Training run {manifest.name}",
        facts=_facts(manifest, table, epochs, evaluations),
        cautions=calibration_notes(manifest),
    )


def _held_out(
    split: str, evaluation: Evaluation, predictor: Predictor, films: Path | None
) -> list[Section]:
    """What the model does on the films of one split, and these films."""
    words = HELD_OUT[split]
    figures = [
        replace(section, title=f"{words}: {section.title}", group=words)
        for section in evaluation_sections(evaluation, prefix=f"{split}-")
    ]
    gallery = gallery_section(
        evaluation, predictor, films, title=f"{words}: Films with heatmaps", prefix=f"{split}-"
    )
    return [*figures, replace(gallery, group=words)]


def _facts(
    manifest: ModelManifest,
    table: FilmTable,
    epochs: tuple[Epoch, ...],
    evaluations: Mapping[str, Evaluation],
) -> list[tuple[str, str]]:
    held_out = [(HELD_OUT[split], _result(evaluation)) for split, evaluation in evaluations.items()]
    return [
        ("Model", f"{manifest.name} ({manifest.architecture})"),
        ("Classes", ", ".join(manifest.class_names)),
        ("Films", f"{len(table):,}. Source: {manifest.card.data_source}"),
        ("Trained", f"{manifest.training['date']}, {duration(sum(e.seconds for e in epochs))}"),
        *held_out,
        ("Intended use", manifest.card.intended_use),
        ("Limitations", manifest.card.limitations),
    ]


def _result(evaluation: Evaluation) -> str:
    names: dict[str, Any] = {"ROC-AUC": evaluation.metrics["roc_auc"]}
    if "balanced" in evaluation.operating_points:
        names["accuracy"] = evaluation.operating_points["balanced"].metrics["accuracy"]
    figures = ", ".join(f"{name} {figure}" for name, figure in names.items())
    return f"{figures} on {len(evaluation.films):,} films"
