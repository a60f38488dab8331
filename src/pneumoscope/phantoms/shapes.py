"""Body coordinates, and the path length of the beam through simple shapes in them.

The origin is the middle of the chest, x grows to the right of the picture (the left of the
patient), y grows downwards. A map is float32 `(H, W)`, one value per pixel of the film.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Pose:
    """How the patient stands before one film: body coordinates of every pixel of it."""

    x: Map
    y: Map
    unit: float
    centre: tuple[float, float]
    tilt: float

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.x.shape
        return height, width

    def to_pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel positions (column, row) of body points `(N, 2)`."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        turned = points @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned * self.unit + np.array(self.centre))


def sample_pose(rng: np.random.Generator, shape: tuple[int, int]) -> Pose:
    """Place a patient on a film of `shape` (height, width); size, position and tilt vary."""
    height, width = shape
    unit = min(height / 2, width / 2.3) * rng.uniform(0.9, 1.08)
    centre = (width * rng.normal(0.5, 0.015), height * rng.normal(0.51, 0.02))
    tilt = rng.normal(0.0, 0.03)
    column = (np.arange(width, dtype=np.float32)[None, :] - np.float32(centre[0])) / np.float32(
        unit
    )
    row = (np.arange(height, dtype=np.float32)[:, None] - np.float32(centre[1])) / np.float32(unit)
    cos, sin = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
    return Pose(cos * column + sin * row, -sin * column + cos * row, unit, centre, tilt)


def rows_between(pose: Pose, top: float, bottom: float) -> slice:
    """Rows of the film that can hold body heights from `top` to `bottom`, whatever the tilt."""
    height, width = pose.shape
    slack = abs(np.sin(pose.tilt)) * width
    first = pose.centre[1] + top * pose.unit - slack
    last = pose.centre[1] + bottom * pose.unit + slack
    return slice(int(np.clip(first, 0, height)), int(np.clip(last, 0, height)))


def tube(pose: Pose, start: tuple[float, float], end: tuple[float, float], radius: float) -> Map:
    """Path length through a solid round bar between two points, 1 along its axis."""
    distance = _distance(pose, start, end) / np.float32(radius)
    return np.asarray(np.sqrt(np.clip(1 - distance**2, 0, 1)), dtype=np.float32)


def bone(pose: Pose, start: tuple[float, float], end: tuple[float, float], radius: float) -> Map:
    return hollow_chord(_distance(pose, start, end) / np.float32(radius))


def _distance(pose: Pose, start: tuple[float, float], end: tuple[float, float]) -> Map:
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((pose.x - x0) * dx + (pose.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.asarray(
        np.hypot(pose.x - x0 - along * dx, pose.y - y0 - along * dy), dtype=np.float32
    )


def hollow_chord(offset: Map) -> Map:
    """Path length through a bone with a spongy core; `offset` 1 is its outer edge."""
    shell = np.sqrt(np.clip(1 - offset**2, 0, 1))
    core = np.sqrt(np.clip(0.6 - offset**2, 0, 1))
    return np.asarray(shell - 0.6 * core, dtype=np.float32)


def ellipsoid(
    pose: Pose, centre: tuple[float, float], radii: tuple[float, float], tilt: float
) -> Map:
    """Path length through an ellipsoid, 1 in its middle; `tilt` in radians, clockwise."""
    x, y = pose.x - centre[0], pose.y - centre[1]
    cos, sin = float(np.cos(tilt)), float(np.sin(tilt))
    u, v = (cos * x + sin * y) / radii[0], (-sin * x + cos * y) / radii[1]
    return np.asarray(np.sqrt(np.clip(1 - u * u - v * v, 0, 1)), dtype=np.float32)


def smooth_step(value: Map) -> Map:
    """Smooth step from 0 at `value` 0 to 1 at `value` 1."""
    t = np.clip(value, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Map:
    """Cloudy noise of unit variance with about `cells` clouds along the longer side."""
    height, width = shape
    step = max(shape) / cells
    grid = rng.standard_normal((int(height / step) + 2, int(width / step) + 2), dtype=np.float32)
    cloud = np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
    return np.asarray(cloud / cloud.std(), dtype=np.float32)
