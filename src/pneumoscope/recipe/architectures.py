"""How large the registered networks are, known without building them.

The figures lie in `architectures.json`; `models.complexity` counts them and writes that file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_BYTES_PER_PARAMETER = 4


@dataclass(frozen=True)
class Architecture:
    """A registered network with two classes; every class more adds one row to its last layer.

    `multiply_adds` of one film, by the side of the input in pixels and the output stride, which is
    `None` for the network's own.
    """

    name: str
    parameters: int
    multiply_adds: Mapping[tuple[int, int | None], int]

    @property
    def file_bytes(self) -> int:
        """Size of the model file in single precision, within 3 %: its parameters."""
        return _BYTES_PER_PARAMETER * self.parameters


def architectures() -> dict[str, Architecture]:
    """The registered networks by name, our own first."""
    text = (resources.files("pneumoscope.recipe") / "architectures.json").read_text(
        encoding="utf-8"
    )
    return {
        name: Architecture(
            name,
            figures["parameters"],
            {_setting(key): count for key, count in figures["multiply_adds"].items()},
        )
        for name, figures in json.loads(text).items()
    }


def _setting(key: str) -> tuple[int, int | None]:
    """Side and output stride from `224`, or from `224/16`."""
    side, _, stride = key.partition("/")
    return int(side), int(stride) if stride else None
