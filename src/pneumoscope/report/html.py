"""From templates to web pages that stand alone: one file with one script, nothing fetched."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from pneumoscope.errors import writing
from pneumoscope.files import write_text
from pneumoscope.pictures.colours import HEAT
from pneumoscope.pictures.data_uri import data_uri
from pneumoscope.pictures.overlay import colour_bar
from pneumoscope.wording import NOTICE, counted, percent, printable, share, shown_place

PICTURE_SIZE = (640, 640)
"""The largest size of a film on a page: sharp when it is opened, and some 40 kB as a JPEG."""


def render_page(template: str, **context: object) -> str:
    """Fill in a template of `report/templates`. Every value is escaped: names and tags of films
    come from strangers.
    """
    return _environment().get_template(template).render(context)


def render_part(template: str, **context: object) -> Markup:
    """As `render_page`, for a part that is set into a page as it is."""
    return Markup(render_page(template, **context))


def write_page(path: Path, page: str) -> None:
    """Write a page as UTF-8; its folder is made if missing. Raises `PneumoscopeError` if it cannot
    be saved.
    """
    with writing(f"page {path.name}", path.parent):
        # What strangers wrote need not be valid UTF-8; what is not becomes a question mark.
        write_text(path, page, errors="replace")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pneumoscope.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent,
        printable=printable,
        share=share,
        shown_place=shown_place,
        colour_bar=lambda scale: data_uri(colour_bar(240, 16, scale)),
    )
    script = environment.get_template("page.js").render()
    digest = hashlib.sha256(script.encode()).digest()
    environment.globals.update(
        counted=counted,
        notice=NOTICE,
        heat=HEAT,
        script=Markup(script),
        # The one script that the page's policy lets run.
        script_hash=f"sha256-{base64.b64encode(digest).decode('ascii')}",
    )
    return environment
