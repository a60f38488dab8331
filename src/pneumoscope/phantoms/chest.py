"""A simplified chest: how much each part of it attenuates the beam.

All sizes are in body coordinates (see `shapes.py`), in which the chest is almost two units wide.
Attenuation is zero in air; bones and fluid add to it, air in the lungs takes away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from pneumoscope.phantoms.shapes import (
    Map,
    Pose,
    bone,
    ellipsoid,
    hollow_chord,
    rows_between,
    smooth_step,
    tube,
)

_VERTEBRA = 0.105  # height of a vertebra with its disc
_RIB_PAIRS = 10


@dataclass(frozen=True)
class Chest:
    """What stays the same between two films of one patient, in body coordinates or as a factor."""

    chest_width: float
    lung_top: float
    diaphragm: float
    heart_size: float
    heart_tilt: float
    mediastinum: float
    soft_tissue: float
    rib_slope: float
    bone_density: float
    arm_angle: float
    stomach_bubble: float
    vessel_seed: int


def sample_chest(rng: np.random.Generator) -> Chest:
    """Draw one patient."""
    return Chest(
        chest_width=rng.uniform(0.80, 0.94),
        lung_top=rng.uniform(-0.86, -0.74),
        diaphragm=rng.uniform(0.36, 0.52),
        heart_size=rng.uniform(1.05, 1.35),
        heart_tilt=rng.uniform(0.5, 0.9),
        mediastinum=rng.uniform(0.13, 0.22),
        soft_tissue=rng.uniform(0.10, 0.20),
        rib_slope=rng.uniform(0.10, 0.24),
        bone_density=rng.uniform(0.75, 1.25),
        arm_angle=rng.uniform(-0.9, 1.1),
        stomach_bubble=rng.uniform(0.0, 0.25),
        vessel_seed=int(rng.integers(2**31)),
    )


def lungs(anatomy: Chest, pose: Pose) -> Map:
    """Thickness of aerated lung in [0, 1]; zero below the diaphragm and outside the chest."""
    side, y = np.abs(pose.x), pose.y
    outer = 0.96 * _chest_half_width(anatomy, y)
    inner = np.float32(0.07)
    middle, half = (outer + inner) / 2, np.maximum((outer - inner) / 2, 1e-3)
    lens = np.sqrt(np.clip(1 - ((side - middle) / half) ** 2, 0, 1))
    lens *= np.clip(half / 0.25, 0, 1)
    lens *= np.sqrt(np.clip((_dome(anatomy, pose) - y) / 0.12, 0, 1))
    return np.asarray(lens, dtype=np.float32)


def draw_body(anatomy: Chest, pose: Pose, air: Map) -> Map:
    """Attenuation of the whole chest, given the thickness of lung that still holds `air`."""
    heart = _heart(anatomy, pose)
    body = 1.1 * _soft_tissue(anatomy, pose)
    body += 0.35 * _abdomen(anatomy, pose)
    body -= 0.72 * air * (1 - 0.8 * heart) * (1 - 0.75 * _mediastinum(anatomy, pose))
    body += 0.14 * heart
    body += anatomy.bone_density * (_ribs(anatomy, pose) + _spine(pose) + _shoulders(anatomy, pose))
    body -= 0.12 * tube(pose, (0.015, -1.3), (0.03, -0.25), 0.05)  # trachea
    body += 0.11 * air * _vessels(anatomy, pose)
    return np.asarray(np.maximum(body, 0), dtype=np.float32)


def _chest_half_width(anatomy: Chest, y: Map) -> Map:
    rise = np.clip((0.45 - y) / (0.45 - anatomy.lung_top), 0, 1)
    return np.asarray(anatomy.chest_width * np.sqrt(1 - rise**2.3), dtype=np.float32)


def _dome(anatomy: Chest, pose: Pose) -> Map:
    """Height of the diaphragm; the patient's right dome (left of the picture) stands higher."""
    side = np.abs(pose.x)
    height = anatomy.diaphragm + 0.05 * (pose.x > 0) + 0.95 * (side - 0.36) ** 2
    return np.asarray(height, dtype=np.float32)


def _soft_tissue(anatomy: Chest, pose: Pose) -> Map:
    lower = np.maximum(pose.y, -0.25)
    half = _chest_half_width(anatomy, lower) + anatomy.soft_tissue
    torso = np.sqrt(np.clip(1 - (pose.x / half) ** 2, 0, 1)) * smooth_step((pose.y + 0.85) / 0.25)
    parts = [torso, 0.85 * tube(pose, (0.0, -1.5), (0.0, -0.4), 0.3)]
    for side in (-1, 1):
        shoulder, elbow = _arm(anatomy, side)
        parts.append(0.75 * tube(pose, (side * 0.1, -0.66), shoulder, 0.26))
        parts.append(0.6 * tube(pose, shoulder, elbow, 0.19))
    thickest: Map = np.maximum.reduce(parts)
    return np.asarray(gaussian_filter(thickest, 0.012 * pose.unit, truncate=2.5))


def _arm(anatomy: Chest, side: int) -> tuple[tuple[float, float], tuple[float, float]]:
    shoulder = (side * (anatomy.chest_width + 0.02), -0.55)
    reach = 0.9
    elbow = (
        shoulder[0] + side * reach * float(np.cos(anatomy.arm_angle)),
        shoulder[1] + reach * float(np.sin(anatomy.arm_angle)),
    )
    return shoulder, elbow


def _abdomen(anatomy: Chest, pose: Pose) -> Map:
    below = smooth_step((pose.y - _dome(anatomy, pose)) / 0.25)
    inside = np.clip(1 - (pose.x / (anatomy.chest_width + 0.05)) ** 2, 0, 1)
    bubble = ellipsoid(pose, (0.42, anatomy.diaphragm + 0.2), (0.2, 0.13), 0.2)
    abdomen = below * np.sqrt(inside) - anatomy.stomach_bubble * bubble
    return np.asarray(abdomen, dtype=np.float32)


def _heart(anatomy: Chest, pose: Pose) -> Map:
    size = anatomy.heart_size
    centre = (0.14 * size, anatomy.diaphragm - 0.19)
    ventricles = ellipsoid(pose, centre, (0.38 * size, 0.27 * size), anatomy.heart_tilt)
    atrium = ellipsoid(pose, (-0.08, anatomy.diaphragm - 0.18), (0.17 * size, 0.24 * size), 0.0)
    return np.maximum(ventricles, atrium)


def _mediastinum(anatomy: Chest, pose: Pose) -> Map:
    # Wider above (the thymus of a child), narrow at the hila.
    half = anatomy.mediastinum * (1 + 0.25 * np.cos(4 * (pose.y + 0.55)))
    return np.asarray(smooth_step((half - np.abs(pose.x)) / 0.05 + 0.5), dtype=np.float32)


def _spine(pose: Pose) -> Map:
    column = np.sqrt(np.clip(1 - (pose.x / 0.11) ** 2, 0, 1))
    phase = 2 * np.pi * pose.y / _VERTEBRA
    discs = 0.75 + 0.25 * np.tanh(2.5 * (np.cos(phase) + 0.55))
    pedicles = np.exp(-(((np.abs(pose.x) - 0.06) / 0.018) ** 2) - ((np.sin(phase / 2)) / 0.35) ** 2)
    process = np.exp(-((pose.x / 0.016) ** 2)) * (0.5 + 0.5 * np.cos(phase + 2))
    return np.asarray(0.22 * column * discs + 0.06 * pedicles + 0.05 * process, dtype=np.float32)


def _ribs(anatomy: Chest, pose: Pose) -> Map:
    """Posterior ribs from the spine out to the wall, and anterior ones from there down and in."""
    density = np.zeros(pose.shape, dtype=np.float32)
    tops = np.linspace(anatomy.lung_top + 0.09, anatomy.diaphragm + 0.12, _RIB_PAIRS)
    for number, top in enumerate(tops):
        slope = anatomy.rib_slope * (0.7 + 0.6 * number / _RIB_PAIRS)
        rows = rows_between(pose, top - 0.12, top + slope + 0.12)
        _add_posterior_rib(density, anatomy, pose, rows, float(top), slope)
        if number < _RIB_PAIRS - 3:
            rows = rows_between(pose, top + slope - 0.12, top + slope + 0.5)
            _add_anterior_rib(density, anatomy, pose, rows, float(top) + slope)
    return density


def _add_posterior_rib(
    density: Map, anatomy: Chest, pose: Pose, rows: slice, top: float, slope: float
) -> None:
    side, y = np.abs(pose.x[rows]), pose.y[rows]
    wall = _chest_half_width(anatomy, y) + 0.01
    along = np.clip((side - 0.08) / (wall - 0.08), 0, 1)
    centre = top - 0.035 * np.sin(np.pi * along) + slope * along**2.6
    steepness = np.hypot(1, 2.6 * slope * along**1.6 / np.maximum(wall, 0.1))
    chord = hollow_chord((y - centre) / steepness / 0.027)
    # A rib that turns forward at the wall is seen along its length and looks denser.
    density[rows] += 0.24 * chord * (1 + 0.8 * along**5) * ((side > 0.08) & (side < wall))


def _add_anterior_rib(density: Map, anatomy: Chest, pose: Pose, rows: slice, start: float) -> None:
    side, y = np.abs(pose.x[rows]), pose.y[rows]
    wall = _chest_half_width(anatomy, y) + 0.01
    inward = np.clip((wall - side) / np.maximum(wall, 0.1), 0, 1)
    centre = start + 0.06 + 0.42 * inward**0.8
    steepness = np.hypot(1, 0.336 * np.maximum(inward, 0.02) ** -0.2 / np.maximum(wall, 0.1))
    chord = hollow_chord((y - centre) / steepness / 0.03)
    cartilage = smooth_step((0.62 - inward) / 0.1 + 0.5)
    density[rows] += 0.11 * chord * cartilage * (side < wall)


def _shoulders(anatomy: Chest, pose: Pose) -> Map:
    density = np.zeros(pose.shape, dtype=np.float32)
    for side in (-1, 1):
        shoulder, elbow = _arm(anatomy, side)
        middle = (side * 0.38, -0.71)
        outer = (shoulder[0] * 0.9, -0.7)
        density = np.maximum(density, 0.26 * bone(pose, (side * 0.09, -0.6), middle, 0.03))
        density = np.maximum(density, 0.26 * bone(pose, middle, outer, 0.027))
        density = np.maximum(density, 0.34 * bone(pose, shoulder, elbow, 0.06))
        density = np.maximum(density, 0.2 * ellipsoid(pose, shoulder, (0.075, 0.075), 0.0))
        blade = ellipsoid(pose, (shoulder[0] * 0.86, -0.36), (0.1, 0.27), side * 0.25)
        density += 0.07 * blade**0.5
    return density


def _vessels(anatomy: Chest, pose: Pose) -> Map:
    """Branching vessels from both hila outwards, thinner and fainter with every fork."""
    rng = np.random.default_rng(anatomy.vessel_seed)
    height, width = pose.shape
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    for side in (-1.0, 1.0):
        for angle in np.linspace(-1.2, 1.35, 9):
            start = np.array([side * 0.17, -0.06 + 0.1 * angle])
            _grow(pen, pose, rng, start, angle + rng.normal(0, 0.12), side, 0.026, 0.15)
    blurred = gaussian_filter(np.asarray(picture, dtype=np.float32), 0.006 * pose.unit)
    return np.asarray(blurred / 255, dtype=np.float32)


def _grow(
    pen: ImageDraw.ImageDraw,
    pose: Pose,
    rng: np.random.Generator,
    start: NDArray[np.float64],
    angle: float,
    side: float,
    thickness: float,
    length: float,
) -> None:
    if thickness < 0.006:
        return
    end = start + length * np.array([side * np.cos(angle), np.sin(angle)])
    for turn in (-0.35, 0.3):
        bent = angle + turn + rng.normal(0, 0.15)
        _grow(pen, pose, rng, end, bent, side, thickness * 0.66, length * rng.uniform(0.7, 0.95))
    line = [tuple(point) for point in pose.to_pixels(np.stack([start, end]))]
    pen.line(
        line, fill=int(90 + 165 * thickness / 0.026), width=max(1, round(thickness * pose.unit))
    )
