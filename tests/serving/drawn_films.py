"""Drawn films as files, for services to read."""

from __future__ import annotations

import numpy as np

from pneumoscope.phantoms import Condition, generate_phantom
from pneumoscope.phantoms.encoding import FilmFormat, encode_film


def drawn_film(
    seed: int = 0, film_format: FilmFormat = "png", condition: Condition = "normal"
) -> bytes:
    """A film as the bytes of a file, another one for each seed."""
    rng = np.random.default_rng([7, seed])
    return encode_film(generate_phantom(rng, condition).pixels, film_format, rng)
