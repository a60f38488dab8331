"""Shows where in films a model sees evidence: pictures for people, and the maps behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError, PneumoscopeError, nearest
from pneumoscope.heatmaps.contact_sheets import ContactSheets
from pneumoscope.heatmaps.explained_film import METHOD_OF_MODEL, Drawing, ExplainedFilm
from pneumoscope.heatmaps.explanation_folder import (
    claim_folder,
    remove_earlier,
    save_film,
    save_geometry,
)
from pneumoscope.heatmaps.films_to_explain import (
    FilmsToExplain,
    FilmToExplain,
    films_of_table,
    find_films_to_explain,
)
from pneumoscope.heatmaps.mapper import Mapper
from pneumoscope.heatmaps.raw_maps import MapGeometry
from pneumoscope.heatmaps.selection import CalledFilm, Only, Order, certainty, select_films
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.inference.prediction import Prediction, class_evidence
from pneumoscope.inference.predictor import Predictor
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.pictures.panel import LONG_SIDE

Progress = Callable[[int, int], None]
Predicted = tuple[FilmToExplain, Prediction]


@dataclass(frozen=True)
class Explanation:
    """What `explain` wrote into the folder `out`.

    `films` are those shown, in their order, out of `readable` that could be read. `drawing` says
    how they are drawn, `sheets` are the files of the contact sheets.
    """

    out: Path
    drawing: Drawing
    films: tuple[ExplainedFilm, ...]
    readable: int
    unreadable: tuple[UnreadableFilm, ...]
    sheets: tuple[Path, ...]


def explain(
    model: Predictor | str | Path,
    films: FilmTable | str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    classes: Sequence[str] = (),
    signed: bool = False,
    only: Only | None = None,
    sort: Order = "film",
    limit: int | None = None,
    operating_point: str = "balanced",
    mapper: Mapper | None = None,
    batch_size: int = 16,
    tables: TableRules = AS_WRITTEN,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Explanation:
    """Draw where films speak for classes, and write the maps behind the pictures.

    `model` is a predictor, the path of a model file or the name of a packaged one. `films` are
    files, folders and patterns as `find_films_to_explain` takes them, and `tables`, or a table of
    films. Into `out`, made if needed, go `panels/` (film, evidence and both together), `maps/` (see
    `raw_maps`) and contact sheets.

    Evidence is shown for `classes`, in any case, side by side, or by default for the class of
    interest at the operating point: the one called or, where that is the healthy one, the finding
    nearest to being called; `signed` shows evidence against it too.

    `only`, `sort` and `limit` choose films as `select_films` does. `mapper` draws the maps, on a
    scale of their own in each film; by default they are those of the model file, on its absolute
    scale. An earlier explanation in `out` is replaced where nobody has changed its files;
    `overwrite` allows `out` to hold anything, of which files of the same names are replaced.
    `progress` is told steps done and steps in all: a film is a step when it is read, and
    one more when it is drawn.

    Films that cannot be read are set aside in `unreadable`; where no film is chosen, nothing is
    written. Raises `DatasetError` where no film can be read, and for `only` without labels;
    `PneumoscopeError` for unknown classes and operating points, and where `out` cannot be written
    or holds other such files; and what `Predictor.load` and `find_films_to_explain` raise.
    """
    predictor = model if isinstance(model, Predictor) else Predictor.load(model)
    manifest, out = predictor.manifest, Path(out)
    manifest.thresholds(operating_point)  # an unknown name ends the job before it starts
    classes = _known_classes(classes, manifest)
    found = _find(films, manifest.class_names, tables)
    if only and found.unlabelled:
        raise DatasetError(
            f"Which calls are {only} is not known: the films have no labels. {found.unlabelled}",
            "Give one folder of films with a folder for each class, or a table of films.",
        )
    claim_folder(out, films=[film.file for film in found.films], overwrite=overwrite)

    report = progress or (lambda done, total: None)
    # The first films by name need no others to be read; errors and sure calls do.
    first = limit if only is None and sort == "film" else None
    predictions, unreadable = _predict(predictor, found.films, batch_size, first, report)
    calls = [_call(film, prediction, operating_point) for film, prediction in predictions.values()]
    chosen = select_films(calls, only=only, sort=sort, limit=limit)
    drawing = Drawing(manifest, mapper.name if mapper else METHOD_OF_MODEL, operating_point, signed)
    explained: list[ExplainedFilm] = []
    if chosen and not overwrite:
        remove_earlier(out)
    sheets = ContactSheets(out, drawing, classes, len(chosen))
    for call, raw in _maps(predictor, mapper, chosen, predictions, batch_size):
        source, prediction = predictions[call.path]
        told = prediction.call(operating_point)
        shown = tuple(classes) or (told.class_of_interest,)
        geometry = MapGeometry.of(
            source.name, prediction.film_shape, manifest.preprocess, _full_evidence(raw, drawing)
        )
        film = ExplainedFilm(source, prediction, call, told, shown, geometry)
        pixels, evidence = drawing.film_and_evidence(film, raw, LONG_SIDE)
        save_film(out, film, drawing.panel(film, pixels, evidence), raw)
        interest = told.class_of_interest
        telling = shown.index(interest) if interest in shown else 0
        sheets.add(drawing.thumbnail(film, pixels, evidence[telling]))
        explained.append(film)
        read = len(predictions) + len(unreadable)
        report(read + len(explained), read + len(chosen))
    if explained:
        save_geometry(out, explained, drawing.method)
    return Explanation(
        out, drawing, tuple(explained), len(predictions), tuple(unreadable), tuple(sheets.files)
    )


def _find(
    films: FilmTable | str | Path | Sequence[str | Path],
    class_names: tuple[str, ...],
    tables: TableRules,
) -> FilmsToExplain:
    if isinstance(films, FilmTable):
        return films_of_table(films, class_names)
    inputs = [films] if isinstance(films, str | Path) else films
    return find_films_to_explain(inputs, class_names, tables)


def _known_classes(classes: Sequence[str], manifest: ModelManifest) -> tuple[str, ...]:
    """The classes as the model writes them, whatever their case."""
    known = {name.casefold(): name for name in manifest.class_names}
    for name in classes:
        if name.casefold() not in known:
            raise PneumoscopeError(
                f"The model {manifest.name!r} has no class {name!r}.",
                nearest(name, manifest.class_names),
            )
    if len({name.casefold() for name in classes}) < len(classes):
        raise PneumoscopeError(f"A class is named twice: {', '.join(classes)}.")
    return tuple(known[name.casefold()] for name in classes)


def _predict(
    predictor: Predictor,
    films: Sequence[FilmToExplain],
    batch_size: int,
    first: int | None,
    report: Progress,
) -> tuple[dict[str, Predicted], list[UnreadableFilm]]:
    """Predictions by the films' names. They are small enough to be kept; pictures are not.

    `first` is how many of the first readable films by name are enough.
    """
    predictions: dict[str, Predicted] = {}
    unreadable: list[UnreadableFilm] = []
    films = sorted(films, key=lambda film: film.name)
    wanted = len(films) if first is None else min(len(films), first)
    left = films
    while left and len(predictions) < wanted:
        some, left = left[: wanted - len(predictions)], left[wanted - len(predictions) :]
        answers = predictor.predict_many([film.file for film in some], batch_size=batch_size)
        for film, answer in zip(some, answers, strict=True):
            if isinstance(answer, UnreadableFilm):
                unreadable.append(UnreadableFilm(film.name, answer.reason))
            else:
                predictions[film.name] = film, answer
            report(min(len(predictions) + len(unreadable), wanted), 2 * wanted)
    if not predictions:
        raise none_readable(unreadable)
    return predictions, unreadable


def _call(film: FilmToExplain, prediction: Prediction, operating_point: str) -> CalledFilm:
    return CalledFilm(
        path=film.name,
        called=prediction.decide(operating_point),
        certainty=certainty(
            prediction.probabilities, prediction.manifest.operating_points[operating_point]
        ),
        actual=film.actual,
    )


def _maps(
    predictor: Predictor,
    mapper: Mapper | None,
    chosen: Sequence[CalledFilm],
    predictions: Mapping[str, Predicted],
    batch_size: int,
) -> Iterator[tuple[CalledFilm, NDArray[np.float32]]]:
    """The films chosen, with the map of each, `(C, h, w)`."""
    if mapper is None:
        for call in chosen:
            yield call, class_evidence(predictions[call.path][1].cam)
        return
    for start in range(0, len(chosen), batch_size):
        batch = chosen[start : start + batch_size]
        films = [predictor.prepare(predictions[call.path][0].file) for call in batch]
        yield from zip(batch, mapper.maps(np.stack([film.image for film in films])), strict=True)


def _full_evidence(raw: NDArray[np.float32], drawing: Drawing) -> dict[str, float]:
    """For each class, the evidence that is drawn in full colour."""
    if drawing.is_absolute:
        scale = drawing.manifest.evidence_scale
        return {name: scale[name] for name in drawing.manifest.class_names}
    # A map without any evidence has no colour, whatever its scale.
    return dict.fromkeys(drawing.manifest.class_names, float(np.abs(raw).max()) or 1.0)
