"""What is said of a folder beside its films: what was passed over and why, in a line each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pneumoscope.wording import counted


@dataclass(frozen=True)
class FolderNote:
    """One kind of thing in a folder that a person may not expect to be passed over, or read.

    `count` says of how many, `example` names one, by its path below the folder. `sentence` says all
    of it in words.
    """

    kind: str
    count: int
    example: str
    sentence: str


@dataclass(frozen=True)
class _Kind:
    """How a kind is told: `verb` what was done with it, `remedy` what a person can do."""

    one: str
    many: str
    verb: str = "passed over"
    remedy: str = ""


# In the order in which they are told: what a person can change, and what costs films, first.
_KINDS: Mapping[str, _Kind] = {
    "split-name": _Kind(
        "folder under another name", "folders under other names", "read as a split"
    ),
    "split-in-class": _Kind(
        "film in a folder called as a split, beside films of its class in none",
        "films in folders called as splits, beside films of their class in none",
        "read without a split",
    ),
    "no-split": _Kind("folder that is no split", "folders that are no split"),
    "nested-copy": _Kind(
        "copy of the whole set, nested in it", "copies of the whole set, nested in it"
    ),
    "no-class-folder": _Kind(
        "film that lies in no class folder", "films that lie in no class folder"
    ),
    "empty-class": _Kind("folder of a class without a film", "folders of classes without a film"),
    "masks": _Kind("folder of masks, by its name", "folders of masks, by their names"),
    "own": _Kind(
        "folder that pneumoscope wrote",
        "folders that pneumoscope wrote",
        remedy="read where it is named itself",
    ),
    "unopened": _Kind("folder that could not be opened", "folders that could not be opened"),
    "no-row": _Kind(
        "film without a row in the table of labels",
        "films without a row in the table of labels",
        "left out",
    ),
    "no-label": _Kind("film whose row has no label", "films whose rows have no label", "left out"),
    "no-tags": _Kind(
        "film that has no tags, since it is not DICOM",
        "films that have no tags, since they are not DICOM",
        "left out",
    ),
    "no-film": _Kind("row without a film", "rows without a film", "not used"),
    "lateral": _Kind("lateral view", "lateral views", remedy="--laterals takes them"),
    "localiser": _Kind("localiser", "localisers"),
    "other-modality": _Kind("picture that is no radiograph", "pictures that are no radiographs"),
    "other-part": _Kind(
        "radiograph of another part of the body", "radiographs of other parts of the body"
    ),
    "no-picture": _Kind(
        "DICOM object without a picture (report, presentation state or the like)",
        "DICOM objects without a picture (reports, presentation states and the like)",
    ),
    "dicomdir": _Kind("table of contents of DICOM media", "tables of contents of DICOM media"),
    "other-file": _Kind("file that is no film", "files that are no films"),
    "hidden": _Kind("hidden file or folder", "hidden files and folders"),
    "loop": _Kind("link that leads back up", "links that lead back up"),
    "read-already": _Kind(
        "link to a folder that is read already", "links to folders that are read already"
    ),
    "broken-link": _Kind("link that leads nowhere", "links that lead nowhere"),
    "leads-out": _Kind(
        "link that leads out of the folder", "links that lead out of it", "followed"
    ),
}


class FolderAccount:
    """The account of one search: how many things of each kind, and the first of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._pictures: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, kind: str, example: str, pictures: int = 0) -> None:
        """Count one thing of a kind; where it is a folder, `pictures` is how many lie in it."""
        self._counts[kind] += 1
        self._pictures[kind] += pictures
        self._examples.setdefault(kind, example)

    def notes(self) -> tuple[FolderNote, ...]:
        """What there is to say, in a fixed order of kinds."""
        return tuple(
            self._note(kind, words) for kind, words in _KINDS.items() if self._counts[kind]
        )

    def _note(self, kind: str, words: _Kind) -> FolderNote:
        count, example = self._counts[kind], self._examples[kind]
        what = f"{count:,} {words.one if count == 1 else words.many}"
        inside = f" ({counted(self._pictures[kind], 'picture')})" if self._pictures[kind] else ""
        named = f": {example}" if count == 1 else f", such as {example}"
        remedy = f" ({words.remedy})" if words.remedy else ""
        return FolderNote(kind, count, example, f"{words.verb}: {what}{inside}{named}{remedy}")
