"""Contact sheets of an explanation, written as they fill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pneumoscope.heatmaps.explained_film import Drawing
from pneumoscope.heatmaps.explanation_folder import save_sheet
from pneumoscope.pictures.contact_sheet import FILMS_A_SHEET, Thumbnail, render_contact_sheet
from pneumoscope.wording import NOTICE


class ContactSheets:
    """Takes one thumbnail after the other, `total` in all, and holds no more than a sheet of them.

    `classes` are those that evidence is shown for, of which thumbnails show the first; with none it
    is a finding of each film. `files` are the sheets written.
    """

    def __init__(self, out: Path, drawing: Drawing, classes: Sequence[str], total: int) -> None:
        self._out, self._drawing, self._total = out, drawing, total
        one = len(classes) == 1
        self._subject = (
            classes[0] if one else "the finding called, or else the nearest to being called"
        )
        self._thumbnails: list[Thumbnail] = []
        self._shown = 0
        self.files: list[Path] = []

    def add(self, thumbnail: Thumbnail) -> None:
        """Put a thumbnail on the sheet; a full sheet, or the last, is written."""
        self._thumbnails.append(thumbnail)
        self._shown += 1
        if len(self._thumbnails) == FILMS_A_SHEET or self._shown == self._total:
            self._write()

    def _write(self) -> None:
        name, point = self._drawing.manifest.name, self._drawing.point
        several = self._total > FILMS_A_SHEET
        sheet = render_contact_sheet(
            self._thumbnails,
            f"Evidence for {self._subject}",
            f"{name} at {point}. {self._drawing.scale_note} {NOTICE}",
            self._drawing.colours,
        )
        self.files.append(save_sheet(self._out, sheet, len(self.files) + 1 if several else None))
        self._thumbnails.clear()
