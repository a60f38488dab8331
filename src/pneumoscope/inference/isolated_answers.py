"""What a process that decodes films answers, looked at before it is believed.

A film may have got the better of its decoder: sizes, types and lengths must be those that were
asked for, and agree with one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DecoderError, ImageReadError
from pneumoscope.imaging.film import Film, FilmTags, ReadLimits
from pneumoscope.imaging.stored_film import Window
from pneumoscope.imaging.stripped.film import StrippedFilm
from pneumoscope.imaging.values import FilmValues

_TEXTS = ("format", "modality", "body_part", "view", "photometric", "rendering")


@dataclass(frozen=True)
class IsolatedFilm:
    """A film that was prepared in a process of its own.

    The pixels of `film` are what the network will see, uint8 `(size, size)`; `timings` are
    milliseconds spent on `read` and `preprocess`; `copy` is the stripped copy of its file, where
    that was asked for and could be made, and `copy_failed` says why it could not.
    """

    film: Film
    timings: dict[str, float]
    copy: StrippedFilm | None = None
    copy_failed: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer as it came: what it says, and the bytes that belong to it.

    Its methods raise the `ImageReadError` or `DecoderError` that it holds, and `ArithmeticError`,
    `LookupError`, `TypeError` or `ValueError` where it is of another form than what was asked for.
    """

    told: dict[str, Any]
    content: bytes
    name: str
    limits: ReadLimits

    def film(self, *, whole: bool) -> Film:
        """A film as read; where it is not `whole`, its pixels may be a decode at reduced scale."""
        film = self._film(*self._parts(1))
        rows, columns = film.pixels.shape
        height, width = film.shape
        if rows > height or columns > width or (whole and film.pixels.shape != film.shape):
            raise ValueError(f"pixels {film.pixels.shape} of a film {film.shape}")
        return film

    def prepared(self, size: int) -> IsolatedFilm:
        """A film of which the pixels are a square of `size`."""
        film = self._film(*self._parts(1))
        if film.pixels.shape != (size, size):
            raise ValueError(f"pixels {film.pixels.shape}")
        timings = {key: _number(self.told["timings"][key]) for key in ("read", "preprocess")}
        return IsolatedFilm(film, timings)

    def copy(self) -> StrippedFilm:
        """A copy of a film's file."""
        (part,) = self._parts(1)
        return StrippedFilm(bytes(part), _text(self.told["note"]))

    def picture(self, size: int) -> NDArray[np.uint8]:
        """A picture, the longest side of which is at most `size`."""
        (part,) = self._parts(1)
        pixels = self._pixels(part)
        _at_most(pixels.shape, size)
        return pixels

    def values(self, size: int | None) -> FilmValues:
        """A film before its window; every value has its gray level. With `size`, it is smaller,
        and its longest side at most that."""
        values, levels = (
            np.frombuffer(part, dtype)
            for part, dtype in zip(self._parts(2), (np.uint16, np.uint8), strict=True)
        )
        own, shape = self._own_shape(), _shape(self.told["pixels"])
        if shape[0] > own[0] or shape[1] > own[1] or (size is None and shape != own):
            raise ValueError(f"values {shape} of a film {own}")
        if size is not None:
            _at_most(shape, size)
        hidden, spacing = self.told["hidden"], self.told["pixel_spacing"]
        hidden = None if hidden is None else _whole(hidden)
        if spacing is not None:
            spacing = _number(spacing[0]), _number(spacing[1])
        inverse = self.told["inverse"]
        if not isinstance(inverse, bool):
            raise TypeError(f"inverse is {inverse!r}")
        if values.max() >= len(levels) or not (hidden is None or 0 <= hidden < len(levels)):
            raise ValueError(f"values up to {values.max()} and {len(levels)} gray levels")
        return FilmValues(
            self.name,
            values.reshape(shape),
            levels,
            self._tags(),
            slope=_number(self.told["slope"]),
            intercept=_number(self.told["intercept"]),
            inverse=inverse,
            hidden=hidden,
            windows=tuple(
                Window(_number(centre), _number(width), _text(function), _text(explanation))
                for centre, width, function, explanation in self.told["windows"]
            ),
            pixel_spacing=spacing,
        )

    def _parts(self, number: int) -> list[memoryview]:
        """The parts of the content, each of which must be there."""
        if "reason" in self.told:
            raise ImageReadError(self.name, _text(self.told["reason"]), _text(self.told["hint"]))
        if "failed" in self.told:
            raise DecoderError(
                f"A process that reads films failed: {_text(self.told['failed'])}.",
                "It is no fault of the film's: mend the installation, or report it.",
            )
        sizes = [_whole(size) for size in self.told["parts"]]
        if len(sizes) != number or min(sizes) < 1 or sum(sizes) != len(self.content):
            raise ValueError(f"parts of {sizes} bytes")
        ends = [sum(sizes[: place + 1]) for place in range(number)]
        content = memoryview(self.content)
        return [content[end - size : end] for size, end in zip(sizes, ends, strict=True)]

    def _pixels(self, part: memoryview) -> NDArray[np.uint8]:
        shape = _shape(self.told["pixels"])
        return np.frombuffer(part, np.uint8).reshape(shape)

    def _film(self, part: memoryview) -> Film:
        return Film(self._pixels(part), self.name, self._tags(), self._own_shape())

    def _own_shape(self) -> tuple[int, int]:
        height, width = _shape(self.told["shape"])
        self.limits.check_size(self.name, width, height)
        return height, width

    def _tags(self) -> FilmTags:
        given = dict(self.told["tags"])
        if not all(isinstance(given[key] or "", str) for key in _TEXTS):
            raise ValueError("tags of another type")
        age = given["patient_age"]
        told: dict[str, Any] = {
            key: tuple(_text(line) for line in given[key]) for key in ("notes", "warnings")
        }
        told |= {key: _whole(given[key]) for key in ("bits", "frames")}
        told["patient_age"] = None if age is None else _number(age)
        return FilmTags(**given | told)


def _at_most(shape: tuple[int, ...], size: int) -> None:
    if max(shape) > size:
        raise ValueError(f"pixels {shape}")


def _number(given: Any) -> float:
    """A number that is finite, be it written as a whole one."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise ValueError(f"{given!r} is no finite number")
    return float(given)


def _whole(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"{given!r} is no whole number")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no text")
    return given


def _shape(given: Any) -> tuple[int, int]:
    height, width = (_whole(side) for side in given)
    if height < 1 or width < 1:  # which numpy would take for "as many as there are"
        raise ValueError(f"a film of {height} x {width}")
    return height, width
