"""Count the rooms of the package, the imports between them, floors and lines.

    python docs/rooms.py               this checkout
    python docs/rooms.py CHECKOUT      another one, for instance a worktree of an older commit

The same survey draws the picture of `docs/architecture.md`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from generation.rooms import survey


def main() -> None:
    parser = argparse.ArgumentParser(description="Count rooms, imports, floors and lines.")
    parser.add_argument("checkout", type=Path, nargs="?", default=Path(__file__).parents[1])
    rooms = survey(parser.parse_args().checkout)
    loose = ", ".join(rooms.loose)
    print(f"rooms                        {len(rooms.imports)}")
    print(f"loose files at the root      {len(rooms.loose)} ({loose})")
    print(f"imports between rooms        {rooms.pairs}")
    print(f"  by files                   {rooms.imports_between_files}")
    print(f"floors of the contract       {len(rooms.floors)}")
    print(f"longest chain of rooms       {rooms.longest_chain}")
    print(f"rooms in a circle            {', '.join(rooms.circles()) or 'none'}")
    print(f"lines of Python              {rooms.lines:,} in {rooms.files} files")
    print(f"  of templates and tables    {rooms.lines_of_pages:,}")
    for room, below in rooms.imports.items():
        print(f"  {room:15} -> {', '.join(sorted(below)) or 'nothing'}")


if __name__ == "__main__":
    main()
