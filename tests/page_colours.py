"""The colours of the pages, as their style sheet names them, and how well they are told apart."""

from __future__ import annotations

import re
from importlib.resources import files


def relative_luminance(colour: str) -> float:
    """As WCAG 2.2 defines it, of `#rrggbb`."""
    channels = [value / 255 for value in bytes.fromhex(colour.removeprefix("#"))]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted(map(relative_luminance, (first, second)))
    return (light + 0.05) / (dark + 0.05)


def colour_schemes() -> list[dict[str, str]]:
    """The named colours of the light and of the dark scheme."""
    css = (files("pneumoscope.report") / "templates" / "style.css").read_text(encoding="utf-8")
    return [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
        if "--" in block
    ]
