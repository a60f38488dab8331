"""A stress test of a model: what was found, and the file it is kept in."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import writing
from pneumoscope.evaluation.evaluation import Bootstrap, EvaluatedFilms, EvaluatedModel, Evaluation
from pneumoscope.evaluation.stress_figures import StressedFilms
from pneumoscope.metrics.records import Figure, Record, reading
from pneumoscope.wording import json_text

STRESS_FILE = "stress.json"


class PicturedFilm(Record):
    """The film that a page shows under each stress, and the one whose gray levels it is given."""

    path: str
    other: str


class StressTest(Record):
    """How a model's answers hold when films are changed.

    `model` and `data` are as in the `Evaluation` of the same films; films that could be read then
    and not again are in `data.unreadable` too. The network sees a square of `square` pixels;
    `reduced` films were larger than `stresses.LARGEST`. `roc_auc` is that of the unchanged films.
    """

    model: EvaluatedModel
    data: EvaluatedFilms
    class_names: tuple[str, ...]
    bootstrap: Bootstrap
    square: int
    reduced: int
    pictured: PicturedFilm
    roc_auc: Figure
    stresses: tuple[StressedFilms, ...]

    @property
    def harmless(self) -> tuple[StressedFilms, ...]:
        """The stresses that should change no decision."""
        return tuple(stress for stress in self.stresses if stress.harmless)

    @property
    def others(self) -> tuple[StressedFilms, ...]:
        """The stresses that are not harmless."""
        return tuple(stress for stress in self.stresses if not stress.harmless)

    def matches(self, evaluation: Evaluation) -> bool:
        """Whether this is of the same model, films and thresholds as an evaluation."""
        return self.model == evaluation.model and (self.data.digest, self.data.split) == (
            evaluation.data.digest,
            evaluation.data.split,
        )

    def beside(self, evaluation: Evaluation) -> str:
        """The evaluation as JSON text with this in it, as `stress`."""
        both = evaluation.model_dump(mode="json") | {"stress": self.model_dump(mode="json")}
        return json_text(both, indent=2)

    def write(self, folder: Path) -> None:
        """Write `stress.json` into a folder, made if needed.

        Raises `PneumoscopeError` where it cannot be written.
        """
        with writing("stress test", folder):
            self.write_json(folder / STRESS_FILE)


def read_stress_test(folder: str | Path) -> StressTest:
    """The stress test in a folder. Raises `DatasetError` where there is none, or a damaged one."""
    path = Path(folder) / STRESS_FILE
    with reading("stress test", path, "`pneumoscope evaluate --stress --out` writes one."):
        return StressTest.read_json(path)
