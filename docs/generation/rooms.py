"""The rooms of the package and the imports between them, from the import graph.

A room is a package directly below `pneumoscope`, or a file that lies loose there. Grimp, which
import-linter is built on, reads the imports, also those inside functions and for types only.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import grimp

PACKAGE = "pneumoscope"
TORCH = frozenset({"torch", "torchvision", "timm", "lightning", "torchmetrics"})


@dataclass(frozen=True)
class Rooms:
    """The rooms of a checkout.

    `imports` holds, for every room, the rooms that a file of it imports from; `know_torch` those
    with a file that imports torch or what stands on it. `floors` are those of the contract in
    `pyproject.toml`, the highest first. `loose` are files beside the packages.
    `lines` are those of Python, `lines_of_pages` those of templates, styles and tables of facts.
    """

    source: Path
    files: int
    lines: int
    lines_of_pages: int
    loose: tuple[str, ...]
    imports: Mapping[str, frozenset[str]]
    imports_between_files: int
    know_torch: frozenset[str]
    floors: tuple[tuple[str, ...], ...]

    @property
    def load_torch(self) -> frozenset[str]:
        """Rooms that load torch; the command line does so only for commands that need it."""
        return frozenset(
            room
            for room in self.imports
            if room in self.know_torch or (self._reach(room) & self.know_torch)
        ) - {"cli", "__main__"}

    @property
    def pairs(self) -> int:
        """How many pairs of rooms there are of which one imports from the other."""
        return sum(len(below) for below in self.imports.values())

    @cached_property
    def reduced(self) -> dict[str, frozenset[str]]:
        """Without imports of rooms that can also be reached by way of another room."""
        return {
            room: frozenset(
                below for below in direct if not any(below in self._reach(o) for o in direct)
            )
            for room, direct in self.imports.items()
        }

    @cached_property
    def longest_chain(self) -> int:
        """How many rooms the longest way down passes through. There is no circle."""
        depth: dict[str, int] = {}
        for room in sorted(self.imports, key=lambda room: len(self._reach(room))):
            depth[room] = 1 + max((depth[below] for below in self.imports[room]), default=0)
        return max(depth.values())

    def circles(self) -> list[str]:
        """Rooms that can be reached from themselves."""
        return sorted(room for room in self.imports if room in self._reach(room))

    def _reach(self, room: str) -> frozenset[str]:
        """The rooms that can be reached from a room in one step or more."""
        found: set[str] = set()
        todo = set(self.imports[room])
        while todo:
            found |= todo
            todo = set().union(*(self.imports[below] for below in todo)) - found
        return frozenset(found)


def survey(checkout: Path) -> Rooms:
    """Survey the package in a checkout, and the contract that stands there."""
    source = checkout / "src"
    sys.path.insert(0, str(source))
    try:
        graph = grimp.build_graph(PACKAGE, include_external_packages=True, cache_dir=None)
    finally:
        sys.path.remove(str(source))
    imports: dict[str, set[str]] = {}
    know_torch = set()
    between_files = 0
    for module in graph.modules:
        if not module.startswith(f"{PACKAGE}."):
            continue
        room = _room(module)
        below = imports.setdefault(room, set())
        for imported in graph.find_modules_directly_imported_by(module):
            if imported in TORCH:
                know_torch.add(room)
            elif imported.startswith(f"{PACKAGE}.") and _room(imported) != room:
                below.add(_room(imported))
                between_files += 1
    files = sorted((source / PACKAGE).rglob("*.py"))
    contracts = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    return Rooms(
        source=source / PACKAGE,
        files=len(files),
        lines=_count_lines(files),
        lines_of_pages=_count_lines(
            file
            for file in (source / PACKAGE).rglob("*")
            if file.suffix in (".j2", ".css", ".json", ".yaml")
        ),
        loose=tuple(path.name for path in sorted((source / PACKAGE).glob("*.*")) if path.is_file()),
        imports={room: frozenset(imports[room]) for room in sorted(imports)},
        imports_between_files=between_files,
        know_torch=frozenset(know_torch),
        floors=tuple(
            tuple(room.strip().removeprefix(f"{PACKAGE}.") for room in layer.split("|"))
            for layer in layers
        ),
    )


def _count_lines(files: Iterable[Path]) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def _room(module: str) -> str:
    return module.split(".")[1]
