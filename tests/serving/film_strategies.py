"""For Schemathesis: bodies of films are drawn films as often as random bytes."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

from drawn_films import drawn_film
from pneumoscope.phantoms.encoding import FilmFormat


def _films(*formats: FilmFormat) -> st.SearchStrategy[bytes]:
    whole = [drawn_film(film_format=film_format) for film_format in formats]
    return st.one_of(st.sampled_from(whole), st.binary(max_size=100))


schemathesis.openapi.media_type("image/jpeg", _films("jpeg"))
schemathesis.openapi.media_type("image/png", _films("png"))
for kind in ("tiff", "bmp", "webp"):
    schemathesis.openapi.media_type(f"image/{kind}", _films("png"))  # what it is, its bytes tell
schemathesis.openapi.media_type("application/dicom", _films("dicom"))
schemathesis.openapi.media_type("application/octet-stream", _films("jpeg", "png", "dicom"))
