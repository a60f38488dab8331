"""Synthetic radiographs with opacities of known position.

They serve tests, demonstrations and machines without films of their own.
"""

from pneumoscope.phantoms.chest import Chest, sample_chest
from pneumoscope.phantoms.folder import PhantomFilm, write_phantoms
from pneumoscope.phantoms.phantom import Box, Condition, Phantom, generate_phantom

__all__ = [
    "Box",
    "Chest",
    "Condition",
    "Phantom",
    "PhantomFilm",
    "generate_phantom",
    "sample_chest",
    "write_phantoms",
]
