"""Which films a model was made with, told by the films themselves and not by their names.

A model file keeps a fingerprint of each of its training and validation films: a digest of the
pixels that the network saw, and the perceptual hash of `duplicates.py`, by which copies at another
size, quality or brightness are found. A film cannot be made from its fingerprint; who has the film
can find out whether it is among them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.duplicates import BLANK_CONTRAST, looks_like_any, perceptual_hash
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.modelfile.manifest import FINGERPRINT_BYTES, Role, SeenFilms

_DIGEST_BYTES = 8
_NO_HASH = bytes(FINGERPRINT_BYTES - _DIGEST_BYTES)


def fingerprint(image: NDArray[np.uint8]) -> bytes:
    """The fingerprint of a film as a network sees it, uint8 `(size, size)`: 40 bytes.

    A blank film looks like any other blank film, and has a digest only.
    """
    digest = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=_DIGEST_BYTES).digest()
    return digest + (_NO_HASH if image.std() < BLANK_CONTRAST else perceptual_hash(image))


def film_fingerprints(films: PreparedFilms) -> list[bytes]:
    """The fingerprint of each film, in the order of their table."""
    return [fingerprint(films.pixels[row]) for row in films.rows]


def seen_films(films: PreparedFilms) -> SeenFilms:
    """The fingerprints of a run's training and validation films, for its model file."""
    train, val = (film_fingerprints(films.select(split)) for split in ("train", "val"))
    return SeenFilms(train=_packed(train), val=_packed(val))


def with_validation(seen: SeenFilms | None, films: PreparedFilms) -> SeenFilms | None:
    """What a model has seen whose settings are fitted anew, on all of some films."""
    if seen is None:
        return None
    val = [*_unpacked(seen.val), *film_fingerprints(films)]
    return SeenFilms(train=seen.train, val=_packed(val))


def seen_by_any(sets: Sequence[SeenFilms | None]) -> SeenFilms | None:
    """What models have seen together; `None` where that is not known of one of them."""
    known = [seen for seen in sets if seen is not None]
    if len(known) < len(sets):
        return None
    return SeenFilms(
        train=_packed(one for seen in known for one in _unpacked(seen.train)),
        val=_packed(one for seen in known for one in _unpacked(seen.val)),
    )


def film_roles(seen: SeenFilms | None, fingerprints: Sequence[bytes]) -> tuple[Role, ...]:
    """What each of some films was to a model that has `seen` such films."""
    unknown: Role = "unknown"
    if seen is None:
        return (unknown,) * len(fingerprints)
    learned = _is_among(fingerprints, _unpacked(seen.train))
    chosen_by = _is_among(fingerprints, _unpacked(seen.val))
    roles: list[Role] = [
        "train" if train else "val" if val else "held_out"
        for train, val in zip(learned, chosen_by, strict=True)
    ]
    return tuple(roles)


def _is_among(films: Sequence[bytes], known: Sequence[bytes]) -> list[bool]:
    digests = {one[:_DIGEST_BYTES] for one in known}
    hashes = [hash_ for one in known if (hash_ := one[_DIGEST_BYTES:]) != _NO_HASH]
    found = [film[:_DIGEST_BYTES] in digests for film in films]
    pictures = [i for i, film in enumerate(films) if film[_DIGEST_BYTES:] != _NO_HASH]
    alike = looks_like_any([films[i][_DIGEST_BYTES:] for i in pictures], hashes)
    for i, is_alike in zip(pictures, alike, strict=True):
        found[i] |= is_alike
    return found


def _packed(fingerprints: Iterable[bytes]) -> str:
    # Sorted, so that nothing tells the order of films.
    return base64.b64encode(b"".join(sorted(set(fingerprints)))).decode("ascii")


def _unpacked(text: str) -> list[bytes]:
    data = base64.b64decode(text)
    return [data[i : i + FINGERPRINT_BYTES] for i in range(0, len(data), FINGERPRINT_BYTES)]
