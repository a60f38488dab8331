"""A film with its prediction and the evidence for some classes, in pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.heatmaps.films_to_explain import FilmToExplain
from pneumoscope.heatmaps.raw_maps import MapGeometry, place_evidence
from pneumoscope.heatmaps.selection import CalledFilm
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.call import Call
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.pictures.colours import HEAT, SIGNED, ColourScale
from pneumoscope.pictures.contact_sheet import Thumbnail
from pneumoscope.pictures.overlay import blend
from pneumoscope.pictures.panel import ClassEvidence, PanelText, fit_film, render_panel
from pneumoscope.wording import NOTICE, percent

METHOD_OF_MODEL = "cam"
"""The maps that come with the prediction, out of the model file; all others are computed anew."""
ABSOLUTE_SCALE = (
    "Full colour is the same amount of evidence for a class in all films of this model."
)
RELATIVE_SCALE = (
    "Full colour is the strongest evidence in the film itself, for or against any class, so the "
    "colours of two films cannot be compared."
)


@dataclass(frozen=True)
class ExplainedFilm:
    """A film, what the model calls it, and the classes that its maps are shown for.

    `told` is the probability that is told beside the call.
    """

    film: FilmToExplain
    prediction: Prediction
    call: CalledFilm
    told: Call
    shown: tuple[str, ...]
    geometry: MapGeometry

    @property
    def verdict(self) -> str:
        """The actual class, and whether the call is right; empty where that is not known."""
        if self.call.actual is None:
            return ""
        return f"Actual class {self.call.actual}: {'right' if self.call.is_right else 'wrong'}."


@dataclass(frozen=True)
class Drawing:
    """How all films of a job are drawn: with maps of which method, on which scale."""

    manifest: ModelManifest
    method: str
    operating_point: str
    signed: bool

    @property
    def point(self) -> str:
        """The operating point and, where one number tells it, its threshold."""
        if len(self.manifest.class_names) != 2:
            return self.operating_point
        finding = self.manifest.class_names[1]
        threshold = self.manifest.operating_points[self.operating_point][finding]
        return f"{self.operating_point} ({finding} from {percent(threshold)})"

    @property
    def is_absolute(self) -> bool:
        """Whether a colour means the same in every film."""
        return self.method == METHOD_OF_MODEL

    @property
    def scale_note(self) -> str:
        """What full colour means."""
        return ABSOLUTE_SCALE if self.is_absolute else RELATIVE_SCALE

    @property
    def colours(self) -> ColourScale:
        """The colours of evidence."""
        return SIGNED if self.signed else HEAT

    def film_and_evidence(
        self, film: ExplainedFilm, raw: NDArray[np.float32], long_side: int
    ) -> tuple[NDArray[np.uint8], list[ClassEvidence]]:
        """The film, uint8 `(h, w)`, as large as asked, and the evidence for the classes shown.

        `raw` is its map, float32 `(C, h, w)`. Raises `ImageReadError` where the film is gone.
        """
        pixels = fit_film(read_image(film.film.file, target=long_side).pixels, long_side)
        height, width = pixels.shape
        placed = place_evidence(
            raw,
            film.geometry,
            self.manifest.preprocess,
            (height, width),
            lowest=self.colours.lowest,
        )
        index = self.manifest.class_names.index
        return pixels, [
            ClassEvidence(name, film.prediction.probability(name), placed[index(name)])
            for name in film.shown
        ]

    def panel(
        self, film: ExplainedFilm, pixels: NDArray[np.uint8], evidence: list[ClassEvidence]
    ) -> Image.Image:
        """The film beside its evidence, with the finding in words."""
        text = PanelText(
            title=film.film.name,
            finding=(
                f"Called {film.call.called} at the operating point {self.operating_point}: "
                f"{film.told.reading}. {film.verdict}",
            ),
            notes=(f"{self.scale_note} Map: {self.method}.", NOTICE),
        )
        return render_panel(pixels, evidence, text, self.colours)

    def thumbnail(
        self, film: ExplainedFilm, pixels: NDArray[np.uint8], evidence: ClassEvidence
    ) -> Thumbnail:
        """The film with the evidence on it, small, and the finding in few words."""
        picture = Image.fromarray(blend(pixels, evidence.evidence, self.colours))
        lines = [
            f"called {film.call.called}",
            film.told.figure,
            f"{film.told.side} {film.told.limit}",
        ]
        if film.call.actual is not None:
            lines.append("right" if film.call.is_right else f"wrong: is {film.call.actual}")
        return Thumbnail.of(picture, film.film.name, lines)
