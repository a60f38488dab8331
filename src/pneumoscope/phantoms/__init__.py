"""Synthetic radiographs with opacities of known position.

They serve tests, demonstrations and machines without films of their own.
"""

from pneumoscope.phantoms.chest import Anatomy, sample_anatomy
from pneumoscope.phantoms.folder import PhantomFilm, write_phantoms
from pneumoscope.phantoms.phantom import Box, Condition, Phantom, generate_phantom

__all__ = [
    "Anatomy",
    "Box",
    "Condition",
    "Phantom",
    "PhantomFilm",
    "generate_phantom",
    "sample_anatomy",
    "write_phantoms",
]
