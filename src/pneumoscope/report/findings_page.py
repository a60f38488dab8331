"""Predictions as a web page: one card for each film, the model and the notices above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.inference.call import Call
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.phantoms import Box
from pneumoscope.pictures.overlay import blend
from pneumoscope.report.html import PICTURE_SIZE, data_uri, render_page

_FRAME = "#7fe3ff"  # no colour of heat, and bright on any gray


@dataclass(frozen=True)
class FilmCard:
    """One film on the page. Make one with `FilmCard.of`.

    `call` is that of the operating point that the page is about. `film_picture` and `heat_picture`
    are addresses that hold the pictures themselves. `actual` is the film's true class, where it is
    known; `framed` says whether opacities of known place are framed on the pictures.
    """

    prediction: Prediction
    call: Call
    film_picture: str
    heat_picture: str
    actual: str | None
    framed: bool

    @classmethod
    def of(
        cls,
        prediction: Prediction,
        pixels: NDArray[np.uint8],
        operating_point: str = "balanced",
        *,
        actual: str | None = None,
        opacities: Sequence[Box] = (),
    ) -> FilmCard:
        """The card of a prediction at an operating point; `pixels` are its film, uint8 `(H, W)` at
        any scale, and `opacities` are in pixels of the film itself."""
        call = prediction.call(operating_point)
        film = Image.fromarray(pixels)
        film.thumbnail(PICTURE_SIZE, Image.Resampling.LANCZOS)
        small = np.asarray(film)
        height, width = small.shape
        heatmap = prediction.heatmap_for(call.class_of_interest, (height, width))
        coloured = Image.fromarray(blend(small, heatmap))
        scale = width / prediction.film_shape[1]
        for box in opacities:
            edges = (box.left, box.top, box.right - 1, box.bottom - 1)
            ImageDraw.Draw(coloured).rectangle([scale * edge for edge in edges], outline=_FRAME)
        uris = data_uri(film), data_uri(coloured)
        return cls(prediction, call, *uris, actual, framed=bool(opacities))

    @property
    def name(self) -> str:
        """The film's name without its folders."""
        return PurePath(self.prediction.film).name

    @property
    def facts(self) -> list[str]:
        """What the file says of the film, in words."""
        tags = self.prediction.tags
        height, width = self.prediction.film_shape
        facts = [
            tags.format,
            f"{width} × {height} pixels",
            f"{tags.bits} bits",
            tags.modality,
            tags.body_part,
            tags.view and f"view {tags.view}",
            None if tags.patient_age is None else f"age {tags.patient_age:.3g} years",
            tags.photometric,
            f"{tags.frames} frames" if tags.frames > 1 else None,
        ]
        return [fact for fact in facts if fact]


def render_findings_page(
    cards: Sequence[FilmCard],
    unreadable: Sequence[UnreadableFilm],
    manifest: ModelManifest,
    *,
    title: str,
    operating_point: str = "balanced",
    caution: str = "",
) -> str:
    """A page that stands alone: every film with its finding, and those that could not be read.

    Probabilities are drawn for every class but the normal one, with the thresholds of all operating
    points; the cards are of the findings at `operating_point`. `caution` is what a reader must know
    of these films before anything else. The same arguments give the same page.
    """
    labels = [card.call.finding for card in cards]
    films = [*(card.prediction.film for card in cards), *(film.path for film in unreadable)]
    return render_page(
        "findings.html.j2",
        title=title,
        caution=caution,
        manifest=manifest,
        operating_point=operating_point,
        counts={name: labels.count(name) for name in manifest.class_names},
        cards=cards,
        unreadable=unreadable,
        places=_places(films),
    )


def _places(films: Iterable[str]) -> dict[str, str]:
    """How the page names each film: as it was given, but for absolute paths without the folders
    that all of them share."""
    films = list(films)
    absolute = [PurePath(film) for film in films if PurePath(film).is_absolute()]
    shared = set.intersection(*({*film.parents} for film in absolute)) if absolute else set()
    folder = max(shared, key=lambda parent: len(parent.parts), default=PurePath())
    return {
        film: str(path.relative_to(folder) if folder in path.parents else path.name)
        if (path := PurePath(film)) in absolute
        else film
        for film in films
    }
