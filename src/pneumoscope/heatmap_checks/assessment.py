"""An assessment of heatmaps: its measures, what they found, and the file it is kept in."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.patients import whose_films
from pneumoscope.errors import writing
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.heatmap_checks.anatomy import Anatomy
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.measure import Measure
from pneumoscope.heatmap_checks.probes import Probes
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.metrics.records import Record, reading

ASSESSMENT_FILE = "assessment.json"


class Assessment(Record):
    """How far the heatmaps of a model can be trusted, measured on labelled films.

    `mapper` names the method that drew the maps, `grid` their rows and columns. `data` says where
    films came from, `data_digest` is the hash of their table, `films` counts those of each class
    that were measured, of so many `patients`; `perturbed_films` is how many of these went into
    measures that run the network many times a film. Each of `MEASURES` has a field, `None` where it
    could not be taken.

    `patients_sentence` says how patients were recognised and `patients_warning` what follows where
    they were not; `exposure` is what the model has seen of all films that were read. Older files
    have none of these.
    """

    model: str
    graph_sha256: str
    mapper: str
    grid: tuple[int, int]
    class_names: tuple[str, ...]
    normal_class: str | None
    data: str
    data_digest: str
    split: str | None
    films: dict[str, int]
    patients: int
    unreadable: int
    perturbed_films: int
    replicates: int
    seed: int
    faithfulness: Faithfulness
    sanity: Sanity | None
    stability: Stability
    anatomy: Anatomy | None
    localisation: Localisation | None
    probes: Probes | None
    patients_sentence: str = ""
    patients_warning: str = ""
    exposure: Exposure | None = None

    @property
    def count(self) -> int:
        """All films that were measured."""
        return sum(self.films.values())

    @property
    def whose(self) -> str:
        """How many films of how many patients there were, and how these were recognised."""
        return whose_films(self.count, self.patients, self.patients_sentence)

    def seen_sentence(self) -> str:
        """How many films the model has seen, and what the figures are of; empty for none."""
        return self.exposure.sentence(self.count) if self.exposure else ""

    def warnings(self) -> tuple[str, ...]:
        """What makes figures doubtful: films that the model has seen, patients not recognised."""
        seen = self.exposure.warning(self.count) if self.exposure else ""
        return tuple(text for text in (seen, self.patients_warning) if text)

    def found(self, measure: type[Measure]) -> Measure | None:
        """What a measure found, if it could be taken."""
        found: Measure | None = getattr(self, measure.name)
        return found

    def answer(self, measure: type[Measure]) -> str:
        """The verdict of a measure, or what it needs."""
        found = self.found(measure)
        return f"Not measured. It needs {measure.needs}." if found is None else found.verdict()

    def write(self, folder: Path) -> None:
        """Write `assessment.json` into a folder, made if needed.

        Raises `PneumoscopeError` where it cannot be written.
        """
        with writing("assessment", folder):
            self.write_json(folder / ASSESSMENT_FILE)


# In the order in which they are read. A new one comes last, so that the seeds of the others stay,
# and its field is `None` by default, so that older assessments can be read.
MEASURES: tuple[type[Measure], ...] = (
    Faithfulness,
    Sanity,
    Stability,
    Anatomy,
    Localisation,
    Probes,
)
# Those whose measures run the network many times a film.
ON_SOME_FILMS = "the first three questions"


def read_assessment(folder: str | Path) -> Assessment:
    """The assessment in a folder. Raises `DatasetError` where there is none, or a damaged one."""
    path = Path(folder) / ASSESSMENT_FILE
    with reading("assessment", path, "`pneumoscope explain --assess` writes one."):
        return Assessment.read_json(path)
