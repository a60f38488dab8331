"""One synthetic radiograph: a simplified chest, an opacity where asked for, exposure and markers.

Exposure, blur, noise, collimation and markers are drawn without looking at the condition, so that
no trivial statistic of a film gives its label away: a model has to see the opacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter, label
from scipy.special import expit

from pneumoscope.phantoms.chest import Chest, draw_body, lungs, sample_chest
from pneumoscope.phantoms.shapes import Map, Pose, sample_pose, smooth_noise

Condition = Literal["normal", "bacteria", "virus"]
"""What ails a drawn chest, if anything."""

NORMAL, PNEUMONIA = "NORMAL", "PNEUMONIA"
# Body coordinates in which opacities are centred: beside the heart, above the diaphragm.
_SIDE_RANGE, _HEIGHT_RANGE = (0.36, 0.66), (-0.32, 0.2)


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels: `left` and `top` belong to it, `right` and `bottom` do not."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Phantom:
    """A synthetic film: `pixels` uint8 `(H, W)`, bones bright, and a box around each opacity.

    `lung_field`, bool `(H, W)`, is where the lungs are, whatever fills them.
    """

    pixels: NDArray[np.uint8]
    boxes: tuple[Box, ...]
    lung_field: NDArray[np.bool_]
    condition: Condition

    @property
    def label(self) -> str:
        """The class: `NORMAL` or `PNEUMONIA`."""
        return NORMAL if self.condition == "normal" else PNEUMONIA


def generate_phantom(
    rng: np.random.Generator,
    condition: Condition = "normal",
    size: tuple[int, int] = (360, 460),
    anatomy: Chest | None = None,
) -> Phantom:
    """Make one film of `size` (height, width), at least 64 pixels each way.

    `bacteria` gives one dense consolidation, `virus` several faint patches in both lungs, `normal`
    none. Give the same `anatomy` twice for two films of one patient; otherwise a new patient is
    drawn. The same state of `rng` gives the same film.
    """
    if min(size) < 64:
        raise ValueError(f"a phantom needs at least 64 pixels each way, got {size}")
    anatomy = anatomy or sample_chest(rng)
    pose = sample_pose(rng, size)
    lung = lungs(anatomy, pose)
    opacity = _opacity(rng, condition, pose)
    air = lung * (1 - 0.12 * np.clip(smooth_noise(rng, size, 60), -1, 1)) * (1 - opacity)
    attenuation = draw_body(anatomy, pose, air)
    field = lung > 0.15
    boxes = _boxes(opacity * field) if condition != "normal" else ()
    return Phantom(_expose(rng, attenuation), boxes, field, condition)


def _opacity(rng: np.random.Generator, condition: Condition, pose: Pose) -> Map:
    """Share of the air that fluid displaces, in [0, 1]: soft clouds with ragged borders."""
    displaced = np.zeros(pose.shape, dtype=np.float32)
    if condition == "normal":
        return displaced
    ragged = smooth_noise(rng, pose.shape, 18)
    for side in _affected_sides(rng, condition):
        consolidation = condition == "bacteria"
        density = rng.uniform(0.7, 0.95) if consolidation else rng.uniform(0.5, 0.75)
        radius = rng.uniform(0.2, 0.32) if consolidation else rng.uniform(0.12, 0.2)
        x = pose.x - side * rng.uniform(*_SIDE_RANGE)
        y = pose.y - rng.uniform(*_HEIGHT_RANGE)
        distance = np.hypot(x, y / rng.uniform(0.8, 1.3)) / radius
        cloud = expit(7 * (0.8 - distance) + 1.1 * ragged)
        displaced = np.maximum(displaced, density * cloud)
    return np.asarray(displaced, dtype=np.float32)


def _affected_sides(rng: np.random.Generator, condition: Condition) -> list[int]:
    if condition == "bacteria":
        return [int(rng.choice([-1, 1]))]
    return [-1, 1, *(int(side) for side in rng.choice([-1, 1], size=rng.integers(1, 3)))]


def _boxes(opacity: Map) -> tuple[Box, ...]:
    """A box around each separate region where fluid displaces a quarter of the air."""
    regions, count = label(opacity > 0.25)
    boxes = []
    smallest = 0.001 * opacity.size
    for number in range(1, count + 1):
        rows, columns = np.nonzero(regions == number)
        if rows.size >= smallest:
            edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            boxes.append(Box(*(int(edge) for edge in edges)))
    return tuple(boxes)


def _expose(rng: np.random.Generator, attenuation: Map) -> NDArray[np.uint8]:
    """From attenuation to a film: film curve, blur, noise, collimation and marker."""
    body = attenuation[attenuation > 0.1]
    centred = (attenuation - np.float32(body.mean())) / np.float32(body.std())
    level, contrast = rng.uniform(0.1, 0.8), rng.uniform(0.85, 1.25)
    film = expit(contrast * centred + level)
    film = (film - film.min()) / (1 - film.min())
    film = gaussian_filter(film, rng.uniform(0.0008, 0.0024) * min(film.shape))
    white = rng.standard_normal(film.shape, dtype=np.float32)
    grain = gaussian_filter(white, rng.uniform(0.4, 0.8))
    film += rng.uniform(0.004, 0.014) * grain / grain.std()
    film = rng.uniform(0.0, 0.06) + film * rng.uniform(0.86, 0.94)
    film = _collimate(rng, film)
    picture = Image.fromarray(np.clip(film * 255, 0, 255).astype(np.uint8))
    _mark(rng, picture)
    return np.asarray(picture)


def _collimate(rng: np.random.Generator, film: Map) -> Map:
    """Darken what lies outside the beam: often nothing, sometimes a strip on some of the sides."""
    height, width = film.shape
    strips = rng.uniform(0.005, 0.05, 4) * (rng.random(4) < 0.3)
    top, bottom = int(strips[0] * height), height - int(strips[1] * height)
    left, right = int(strips[2] * width), width - int(strips[3] * width)
    beam = np.full(film.shape, 0.08, dtype=np.float32)
    beam[top:bottom, left:right] = 1
    return np.asarray(film * beam, dtype=np.float32)


def _mark(rng: np.random.Generator, picture: Image.Image) -> None:
    """The side marker of the radiographer, and now and then a line of text."""
    width, height = picture.size
    pen = ImageDraw.Draw(picture)
    text = str(rng.choice(["R", "R", "R", "L", "R AP"]))
    font = ImageFont.load_default(size=float(height * rng.uniform(0.035, 0.06)))
    side = 0.86 if text == "L" else 0.04
    place = (width * (side + rng.uniform(0, 0.06)), height * rng.uniform(0.03, 0.3))
    pen.text(place, text, fill=int(rng.integers(215, 256)), font=font)
    if rng.random() < 0.2:
        small = ImageFont.load_default(size=float(max(8.0, height * 0.025)))
        line = f"{rng.integers(60, 90)} kV  {rng.integers(2, 9)} mAs"
        pen.text((width * 0.02, height * 0.95), line, fill=200, font=small)
