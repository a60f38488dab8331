"""How large the registered networks are, known without building them."""

from __future__ import annotations

from typing import NamedTuple

SIDE = 224


class Architecture(NamedTuple):
    """A registered network with two classes; every class more adds one row to its last layer.

    `multiply_adds` are those of one film of `SIDE` x `SIDE` pixels, in convolutions and linear
    layers only: that is how papers count.
    """

    parameters: int
    multiply_adds: int

    @property
    def file_bytes(self) -> int:
        """Size of a model file's graph in single precision, within 3 %: its parameters.

        The manifest comes on top, mostly fingerprints of films: 54 bytes for each film seen.
        """
        return 4 * self.parameters


ARCHITECTURES = {
    "small_cnn": Architecture(979746, 852591104),
    "tiny_cnn": Architecture(163930, 379330816),
    "mobilenetv2": Architecture(2226434, 299496832),
    "mobilenetv3": Architecture(2973874, 214082880),
    "resnet50": Architecture(23512130, 4087140352),
    "densenet121": Architecture(6955906, 2833139712),
    "densenet161": Architecture(26476418, 7725703488),
}
