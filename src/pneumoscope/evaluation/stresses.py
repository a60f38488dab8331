"""The stresses that a model is put to: changes of films by name, with their strengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pneumoscope.evaluation import film_changes as change
from pneumoscope.evaluation.film_changes import Pixels
from pneumoscope.metrics.checks import Integers

LARGEST = 1024
"""Films whose longer side has more pixels are reduced to it before they are changed, for time."""


@dataclass(frozen=True)
class Circumstances:
    """What a stress must know besides the film.

    The network sees a square of `square` pixels a side, and `scale` pixels of the film's longer
    side are one of these. `other` are the `gray_level_counts` of another film, and `seed` is that
    of what is drawn for this one.
    """

    square: int
    scale: float
    other: Integers
    seed: int

    @classmethod
    def of(cls, film: Pixels, square: int, other: Integers, seed: int) -> Circumstances:
        """Those of a film on its way to a square."""
        return cls(square, max(film.shape) / square, other, seed)


Change = Callable[[Pixels, Circumstances], Pixels]


@dataclass(frozen=True)
class Stress:
    """A change of films. One that is `harmless` leaves a film what it is to a person who reads it,
    so no decision should hang on it."""

    name: str
    apply: Change
    harmless: bool = False


def _stresses() -> Iterator[Stress]:
    """All of them: of one kind together, the weakest first.

    Lengths of blur, resampling and sharpening are in pixels of the square that the network sees, so
    that large films are changed as much as small ones; noise and JPEG act on the film's own pixels.
    """
    for sigma, words in ((0.5, "0.5 pixel"), (1, "1 pixel"), (2, "2 pixels")):
        yield Stress(f"blurred by {words}", _blurred(sigma))
    yield Stress("resampled to 512 and back", _plain(change.resample, 512), harmless=True)
    for part, words in ((0.75, "three quarters"), (0.5, "half")):
        yield Stress(f"resampled to {words} and back", _resampled(part))
    for amount, words in ((1, "sharpened"), (2, "sharpened twice as much")):
        yield Stress(words, _sharpened(amount))
    for quality in (95, 75, 60, 40):
        yield Stress(
            f"JPEG of quality {quality}", _plain(change.compress, quality), harmless=quality >= 75
        )
    for levels, words in ((1, "1 gray level"), (5, "5 gray levels"), (10, "10 gray levels")):
        yield Stress(f"noise of {words}", _noisy(levels), harmless=levels == 1)
    for exponent in (0.95, 1.05, 0.7, 1.4):
        yield Stress(
            f"gamma {exponent}",
            _plain(change.change_gamma, exponent),
            harmless=0.95 <= exponent <= 1.05,
        )
    for strength, words in ((0.5, "slightly milky"), (1, "milky")):
        yield Stress(words, _plain(change.make_milky, strength))
    for factor, words in ((0.75, "less"), (1.25, "more")):
        yield Stress(f"a quarter {words} contrast", _plain(change.change_contrast, factor))
    for percent in (1, 5):
        yield Stress(
            f"darkest and brightest {percent} % cut off",
            _plain(change.narrow_window, percent / 100),
        )
    yield Stress(
        "gray levels of another film", lambda film, at: change.match_histogram(film, at.other)
    )
    for degrees in (2, 5):
        yield Stress(
            f"turned by {degrees} degrees", _plain(change.rotate, degrees), harmless=degrees <= 2
        )
    for percent in (2, 5):
        yield Stress(
            f"shifted by {percent} %", _plain(change.shift, percent / 100), harmless=percent <= 2
        )
    for percent in (2, 5):
        yield Stress(
            f"cropped by {percent} % a side",
            _plain(change.crop, percent / 100),
            harmless=percent <= 2,
        )
    yield Stress("black frame of 5 %", _plain(change.frame, 0.05))
    for share, words in ((0.06, "small"), (0.12, "large")):
        yield Stress(f"{words} letter in a corner", _plain(change.mark, "R", share))
    yield Stress("mirrored", _plain(change.mirror))
    yield Stress(
        "stored as DICOM and read again",
        lambda film, at: change.pass_through_dicom(film, at.seed),
        harmless=True,
    )


def _plain(changed: Callable[..., Pixels], *strength: Any) -> Change:
    """A change that is the same for all films."""
    return lambda film, _: changed(film, *strength)


def _blurred(sigma: float) -> Change:
    return lambda film, at: change.blur(film, sigma * at.scale)


def _resampled(part: float) -> Change:
    return lambda film, at: change.resample(film, round(part * at.square))


def _sharpened(amount: float) -> Change:
    return lambda film, at: change.sharpen(film, amount, sigma=at.scale)


def _noisy(levels: float) -> Change:
    return lambda film, at: change.add_noise(film, levels, at.seed)


STRESSES = tuple(_stresses())
