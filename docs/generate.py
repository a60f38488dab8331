"""Write what the documentation takes from the code, and run its examples.

    python docs/generate.py            write
    python docs/generate.py --check    change nothing; say what is not current, with status 1

Written whole: `cli.md` from the commands' help, `recipes.md` from the settings of a recipe,
`model-card.md` from the packaged model file, `results.md` and `heatmaps.md` from the files in
`results/`, `licences.md` from the metadata of the dependencies. In `architecture.md` the rooms and
the files come from the code, and so does its picture. In all other pages and in the README, the
outputs of examples are replaced by what they print today.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from pathlib import Path

from generation.architecture import architecture_page
from generation.command_line import command_line_page
from generation.examples import agree, with_fresh_outputs
from generation.heatmaps import heatmaps_page
from generation.licences import licences_page
from generation.model_card import model_card_page
from generation.recipe_settings import recipe_page
from generation.results import results_page
from generation.rooms import Rooms, survey
from generation.rooms_picture import draw_rooms

from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import find_model

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
ARCHITECTURE = DOCS / "architecture.md"


@functools.cache
def _rooms() -> Rooms:
    return survey(DOCS.parent)


GENERATED: dict[Path, Callable[[], str]] = {
    DOCS / "cli.md": command_line_page,
    DOCS / "recipes.md": recipe_page,
    DOCS / "model-card.md": lambda: model_card_page(read_manifest(find_model())),
    DOCS / "results.md": results_page,
    DOCS / "heatmaps.md": heatmaps_page,
    DOCS / "licences.md": licences_page,
    ARCHITECTURE: lambda: architecture_page(ARCHITECTURE, _rooms()),
    DOCS / "images" / "rooms.svg": lambda: draw_rooms(_rooms()),
}


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [README, *sorted(GENERATED.keys() | set(DOCS.glob("*.md")))]


def refreshed(page: Path) -> str | None:
    """The text that a page should have, or `None` where it has it already."""
    written = page.read_text(encoding="utf-8") if page.is_file() else ""
    if page in GENERATED:
        fresh = GENERATED[page]()
        return None if written == fresh else fresh
    fresh = with_fresh_outputs(written)
    return None if agree(written, fresh) else fresh


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the generated parts of the documentation.")
    parser.add_argument("--check", action="store_true", help="change nothing, and say what differs")
    check = parser.parse_args().check
    stale = {page: text for page in pages() if (text := refreshed(page)) is not None}
    if stale:
        names = ", ".join(page.name for page in stale)
        print(f"not current: {names}; run `make docs`" if check else f"wrote {names}")
    if check:
        return 1 if stale else 0
    for page, text in stale.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
