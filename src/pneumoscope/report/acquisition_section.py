"""Acquisition groups on the page of an audit: what share of each is ill, and how its films look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pneumoscope.data.acquisition_groups import GroupShare
from pneumoscope.data.audit import Audit
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image
from pneumoscope.pictures.data_uri import data_uri
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part

_ACROSS = 8
_SIDE, _GAP = 112, 4
_VIEW = PreprocessConfig(size=_SIDE, fit="pad")


@dataclass(frozen=True)
class ShownGroup:
    """A group with its sheets: films of each class that it has, by the name of the class."""

    share: GroupShare
    sheets: dict[str, str]


def acquisition_section(audit: Audit) -> Section | None:
    """The section, `None` where films were too few to be grouped."""
    if not audit.group_shares:
        return None
    by_share = sorted(audit.group_shares, key=lambda row: -row.finding_share.value)
    names = audit.table.class_names
    total = sum(row.count for row in by_share)
    body = render_part(
        "data/acquisition.html.j2",
        groups=[ShownGroup(row, _sheets(audit, row.group)) for row in by_share],
        class_names=names,
        finding=names[1] if len(names) == 2 else f"not {names[0]}",
        overall=1 - sum(row.films[names[0]] for row in by_share) / total,
    )
    return Section("acquisition", "Acquisition groups", body)


def _sheets(audit: Audit, group: str) -> dict[str, str]:
    sheets = {}
    for name in audit.table.class_names:
        paths = [
            film.path
            for film in audit.table.films
            if film.label == name and audit.groups.groups.get(film.path) == group
        ]
        spread = np.linspace(0, len(paths) - 1, min(_ACROSS, len(paths)), dtype=int)
        if pictures := [_picture(audit, paths[place]) for place in spread]:
            sheets[name] = data_uri(_side_by_side(pictures))
    return sheets


def _picture(audit: Audit, path: str) -> Image.Image:
    try:
        pixels = read_image(audit.table.root / path, target=_SIDE).pixels
    except ImageReadError:  # it was there a moment ago
        return Image.new("L", (_SIDE, _SIDE))
    return Image.fromarray(preprocess(pixels, _VIEW))


def _side_by_side(pictures: list[Image.Image]) -> Image.Image:
    sheet = Image.new("L", (len(pictures) * (_SIDE + _GAP) - _GAP, _SIDE))
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place * (_SIDE + _GAP), 0))
    return sheet
