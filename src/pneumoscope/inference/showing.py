"""A prediction as people look at it: the overlay on its film, and a card for notebooks."""

from __future__ import annotations

from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.inference.preparing import read_again
from pneumoscope.pictures.data_uri import data_uri
from pneumoscope.pictures.overlay import blend, render_overlay
from pneumoscope.wording import NOTICE, percent, printable

if TYPE_CHECKING:
    from pneumoscope.inference.prediction import Prediction

OVERLAY_TARGET = 512
"""The shortest side to read films at: enough detail for a screen. A large JPEG is decoded at a
reduced scale of at least twice this."""

_CARD_SIZE = (320, 320)

# Colours of its own, since notebooks may be dark or light.
_CARD = """<div style="display: inline-flex; gap: 16px; align-items: flex-start; padding: 12px;
 border: 1px solid #c8ccd0; border-radius: 6px; background: #fff; color: #1b1f23;
 font: 14px/1.45 system-ui, sans-serif; max-width: 720px">
{picture}<div>
<div style="font-size: 18px; font-weight: 600">{finding}</div>
<div>{reading}</div>
{notes}<div style="margin-top: 8px; color: #57606a; font-size: 12px">
{film}<br>{model}<br>{notice}</div>
</div></div>"""
_NOTE = '<div style="margin-top: 8px">{}</div>\n'


def overlay(prediction: Prediction, pixels: NDArray[np.uint8], operating_point: str) -> Image.Image:
    """The heatmap of the class of interest on its film, with the call in words, what makes that
    doubtful, and the notice: a picture goes where nothing else goes with it.

    `pixels` are the film at any scale, uint8 `(H, W)`.
    """
    height, width = pixels.shape
    call = prediction.call(operating_point)
    return render_overlay(
        pixels,
        prediction.heatmap_for(call.class_of_interest, (height, width)),
        label=call.class_of_interest,
        probability=call.probability,
        notes=[
            f"Called {call.finding}: {call.side} the threshold of {call.limit} "
            f"({operating_point}).",
            *_doubts(prediction),
            NOTICE,
        ],
    )


def card(prediction: Prediction) -> str:
    """A prediction at `balanced` as HTML that stands alone: its overlay, the call with its number,
    what makes it doubtful, and the notice. Where the film cannot be read again, there is no
    picture, and the card says so."""
    call, manifest = prediction.call(), prediction.manifest
    notes = _doubts(prediction)
    picture = _picture(prediction)
    if picture:
        notes.append(f"In colour: evidence for {call.class_of_interest}.")
    else:
        notes.append("The film is not there to be shown; `save` takes it as `film`.")
    others = (
        f"{name} {percent(share)}"
        for name, share in prediction.probabilities.items()
        if name != call.class_of_interest
    )
    return _CARD.format(
        picture=picture,
        finding=_text(call.finding),
        reading=f"{_text(call.reading)}<br>{_text(', '.join(others))}",
        notes="".join(_NOTE.format(_text(note)) for note in notes),
        film=_text(PurePath(prediction.film).name),
        model=f"Model {_text(manifest.name)}, operating point balanced",
        notice=NOTICE,
    )


def _doubts(prediction: Prediction) -> list[str]:
    """Why an answer may be wrong, as sentences."""
    told = (*prediction.tags.warnings, *prediction.manifest.warnings)
    return [f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in told]


def _picture(prediction: Prediction) -> str:
    """The overlay as an element of HTML, with a text for those who do not see it."""
    if prediction.source is None:
        return ""
    try:
        pixels = read_again(prediction.source, OVERLAY_TARGET).pixels
    except ImageReadError:
        return ""
    film = Image.fromarray(pixels)
    film.thumbnail(_CARD_SIZE, Image.Resampling.LANCZOS)
    small = np.asarray(film)
    height, width = small.shape
    interest = prediction.call().class_of_interest
    coloured = blend(small, prediction.heatmap_for(interest, (height, width)))
    what = _text(f"The film with evidence for {interest}")
    address = data_uri(Image.fromarray(coloured))
    return f'<img src="{address}" width="{width}" height="{height}" alt="{what}">\n'


def _text(text: str) -> str:
    """Text of strangers as HTML."""
    return escape(printable(text))
