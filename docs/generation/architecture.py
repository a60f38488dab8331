"""What `architecture.md` takes from the code: the rooms with their floors, and every file.

Both stand between comments in a page whose other parts are written by hand. What a room and a file
are for is the first sentence of their docstrings.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from generation.rooms import Rooms
from generation.tables import table


def architecture_page(page: Path, rooms: Rooms) -> str:
    """The page, with its generated blocks as they should be now."""
    text = page.read_text(encoding="utf-8")
    for name, block in (("rooms", _rooms(rooms)), ("files", _files(rooms))):
        pattern = rf"(<!-- {name}: written by docs/generate.py -->\n).*?(\n<!-- end -->)"
        text, places = re.subn(
            pattern, lambda found, block=block: found[1] + block + found[2], text, flags=re.DOTALL
        )
        if places != 1:
            raise ValueError(f"{page.name} needs one place for the block `{name}`, not {places}.")
    return text


def _rooms(rooms: Rooms) -> str:
    height = len(rooms.floors)
    rows = [
        [
            str(height - 1 - place),
            f"`{room}`",
            _purpose(_home(rooms, room)),
            "yes" if room in rooms.load_torch else "",
            ", ".join(sorted(rooms.imports[room] - {Path(name).stem for name in rooms.loose})),
        ]
        for place, floor in enumerate(rooms.floors)
        for room in floor
    ]
    return table(["floor", "room", "what it is for", "torch", "imports"], rows).rstrip("\n")


def _files(rooms: Rooms) -> str:
    by_room: dict[str, list[str]] = {}
    for file in sorted(rooms.source.rglob("*.py")):
        name = file.relative_to(rooms.source)
        if name.name != "__init__.py" or len(name.parts) != 2:
            room = name.parts[0] if len(name.parts) > 1 else ""
            by_room.setdefault(room, []).append(f"- `{name.as_posix()}`: {_purpose(file)}")
    return "\n\n".join(
        "\n".join(lines)
        if not room
        else f"### {room}\n\n{_purpose(_home(rooms, room))}\n\n" + "\n".join(lines)
        for room, lines in by_room.items()
    )


def _home(rooms: Rooms, room: str) -> Path:
    """The file that says what a room is for."""
    package = rooms.source / room
    return package / "__init__.py" if package.is_dir() else package.with_suffix(".py")


def _purpose(file: Path) -> str:
    """The first sentence of a file's docstring. Raises `ValueError` where it has none."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    if not docstring:
        raise ValueError(f"{file} has no docstring: what is it for?")
    return re.split(r"(?<=[.?!])\s", " ".join(docstring.split()))[0]
