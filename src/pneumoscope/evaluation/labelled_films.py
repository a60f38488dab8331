"""Which labelled films a model is judged on, and which of its classes their labels are."""

from __future__ import annotations

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError


def choose_split(table: FilmTable, split: str | None) -> FilmTable:
    """The films of one split, or with `None` all. Raises `DatasetError` where there are none."""
    chosen = table if split is None else table.select(split)
    if not len(chosen):
        present = sorted({film.split for film in table.films if film.split})
        raise DatasetError(
            f"There are no films in the split {split!r}." if split else "The table has no films.",
            f"These films have the splits {', '.join(present)}."
            if present
            else "These films are not divided into splits; leave the split out.",
        )
    return chosen


def match_classes(table: FilmTable, class_names: tuple[str, ...]) -> dict[str, int]:
    """From labels of the data to class indices of a model, without regard to case.

    Raises `DatasetError` for labels that the model does not know.
    """
    known = {name.casefold(): index for index, name in enumerate(class_names)}
    labels = sorted({film.label for film in table.films})
    unknown = [label for label in labels if label.casefold() not in known]
    if unknown:
        raise DatasetError(
            f"The model does not know {', '.join(unknown)}. The films are labelled "
            f"{', '.join(labels)}, the model tells {', '.join(class_names)} apart.",
            "Rename the labels. For a model that tells pathogens apart, take them from the file "
            "names: --labels pathogen, or labels='pathogen' in Python.",
        )
    return {label: known[label.casefold()] for label in labels}
