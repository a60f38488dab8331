"""An assessment of heatmaps: everything that was measured, and the file it is kept in."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.errors import writing
from pneumoscope.heatmap_checks.anatomy import Anatomy
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import Probes
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.metrics.records import Record, reading

ASSESSMENT_FILE = "assessment.json"


class Assessment(Record):
    """How far the heatmaps of a model can be trusted, measured on labelled films.

    `mapper` names the method that drew the maps, `grid` their rows and columns. `data` says where
    films came from, `data_digest` is the hash of their table, `films` counts those of each class
    that were read. `perturbed_films` is how many of these went into faithfulness, sanity and
    stability, which run the network many times a film. What could not be measured is `None`:
    anatomy and probes need lung fields, localisation needs boxes.
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

    def write(self, folder: Path) -> None:
        """Write `assessment.json` into a folder, made if needed.

        Raises `PneumoscopeError` where it cannot be written.
        """
        with writing("assessment", folder):
            self.write_json(folder / ASSESSMENT_FILE)


def read_assessment(folder: str | Path) -> Assessment:
    """The assessment in a folder. Raises `DatasetError` where there is none, or a damaged one."""
    path = Path(folder) / ASSESSMENT_FILE
    with reading("assessment", path, "`pneumoscope explain --assess` writes one."):
        return Assessment.read_json(path)
