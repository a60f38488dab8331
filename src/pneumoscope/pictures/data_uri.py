"""Pictures inside of pages."""

from __future__ import annotations

import base64
import io

from PIL import Image

_JPEG_QUALITY = 80


def data_uri(picture: Image.Image) -> str:
    """A gray or RGB picture as a JPEG inside a `data:` address."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
