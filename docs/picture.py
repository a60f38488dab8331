"""Set three overlays of a demo side by side: the picture in the README.

pneumoscope demo
python docs/picture.py demo-output
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).parent / "images" / "phantoms.jpeg"
PHANTOMS = ("05-normal.png", "06-bacteria.dcm", "02-bacteria.png")
GAP = 6


def main(demo: Path) -> None:
    panels = [Image.open(demo / "overlays" / f"phantom-{name}.png") for name in PHANTOMS]
    width = sum(panel.width for panel in panels) + GAP * (len(panels) - 1)
    picture = Image.new("RGB", (width, max(panel.height for panel in panels)), "white")
    left = 0
    for panel in panels:
        picture.paste(panel, (left, 0))
        left += panel.width + GAP
    picture.save(TARGET, quality=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
