"""How good is a model file on labelled films?

The films go through the same `Predictor` as in use, so what is judged is what ships. Every figure
has a confidence interval that comes from drawing patients, not films.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pneumoscope.data.chosen_films import ChosenFilms, choose_films
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.evaluation.evaluation import Bootstrap, Evaluation
from pneumoscope.evaluation.judging import judge
from pneumoscope.evaluation.scoring import score_films
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.find import find_model, run_of


def evaluate(
    model: Predictor | str | Path,
    data: ChosenFilms | FilmTable | str | Path | None = None,
    *,
    splits: Path | None = None,
    split: str | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    groups: FilmGroups | str | Path | None = None,
    operating_points: Sequence[str] | None = None,
    prevalence: float | None = None,
    replicates: int = 1000,
    seed: int = 0,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure a model on labelled films.

    `model` is a predictor, the path of a model file, the folder of a run or the name of a packaged
    model; `data` a table, or anything that `find_films` reads (there `labels` says where classes
    come from, `patients` and `tables` what a person says about patients and a table). `split` keeps
    the films of one split, `splits` is a table that divides them. A run, given by its folder or the
    model file in it, knows its own films and how it divided them: see `choose_films`, whose choice
    may be given as `data` too. `groups` says, or is a table (CSV, path and group) that says, which
    films were made alike; figures of each such group tell where the model fails.
    `operating_points` are names that the model knows, all of them by
    default. `replicates` and `seed` are the bootstrap's; `progress` is told films done and films in
    all. `prevalence` is a share of films with a finding, in (0, 1): the model's probabilities and
    thresholds are moved to it, and so are all figures, to which these films count by weights then.
    Classes of the data are matched to those of the model without regard to case.

    Where the model's file tells that it has seen some of the films in training, or copies of them,
    the figures are of the others, with those of all films beside them, unless fewer than ten of a
    class are left.

    Films that cannot be read are set aside in `unreadable`. Raises `DatasetError` for an empty
    split, for classes that the model does not have and when no film can be read, `PneumoscopeError`
    for unknown operating points, and what `Predictor.load`, `Predictor.at_prevalence` and
    `find_films` raise.
    """
    predictor = model if isinstance(model, Predictor) else Predictor.load(model)
    if prevalence is not None:
        predictor = predictor.at_prevalence(prevalence)
    if not isinstance(data, ChosenFilms):
        run = None if isinstance(model, Predictor) else run_of(find_model(model))
        data = choose_films(
            data,
            run,
            splits=splits,
            split=split,
            labels=labels,
            patients=patients,
            tables=tables,
        )
    if isinstance(groups, str | Path):
        groups = FilmGroups.read(Path(groups))
    scored = score_films(
        predictor,
        data.table,
        tuple(operating_points or predictor.manifest.operating_points),
        source=data.source,
        split=data.split,
        groups=groups,
        batch_size=batch_size,
        progress=progress,
    )
    return judge(scored, Bootstrap(replicates=replicates, seed=seed), prevalence)
