"""`pneumoscope evaluate --stress`: how a model's answers hold when films are changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pneumoscope.cli.doubts import print_warnings
from pneumoscope.cli.logs import inform
from pneumoscope.cli.progress import film_progress
from pneumoscope.wording import count_films, counted

if TYPE_CHECKING:
    from pathlib import Path

    from pneumoscope.data.table import FilmTable
    from pneumoscope.evaluation.evaluation import Evaluation
    from pneumoscope.evaluation.stress_test import StressTest
    from pneumoscope.inference.predictor import Predictor


def stress_films(
    predictor: Predictor,
    evaluation: Evaluation,
    films: FilmTable,
    out: Path | None,
    batch_size: int,
    *,
    tables: bool,
) -> StressTest:
    """Put a model to all stresses, print the `tables`, and write `stress.json` into `out`.

    How long that will take, how far it has come and what is to be warned of goes to standard error.
    """
    from pneumoscope.cli.stress_tables import print_stress_test
    from pneumoscope.evaluation.stress import stress_test
    from pneumoscope.evaluation.stress_words import stress_warnings
    from pneumoscope.evaluation.stresses import STRESSES

    def expect(seconds: float) -> None:
        minutes = round(seconds / 60)
        time = f"about {counted(minutes, 'minute')}" if minutes else "less than a minute"
        inform(f"{len(STRESSES)} stresses of {count_films(len(evaluation.films))}: {time}")

    with film_progress("Changing films") as progress:
        test = stress_test(
            predictor, evaluation, films, batch_size=batch_size, progress=progress, expect=expect
        )
    print_warnings(*stress_warnings(test))
    if tables:
        print_stress_test(test)
    if out:
        test.write(out)
    return test
