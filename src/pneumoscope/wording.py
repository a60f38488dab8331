"""How things are put into words everywhere: the notice, probabilities, and names of films."""

from __future__ import annotations

NOTICE = "Research software, not a medical device."


def percent(probability: float) -> str:
    """A probability in [0, 1] as a percentage with one decimal, never rounded to certainty."""
    if probability > 0.999:
        return "> 99.9 %"
    if probability < 0.001:
        return "< 0.1 %"
    return f"{100 * probability:.1f} %"


def printable(name: str) -> str:
    """A film's name without what could move the cursor, colour or reverse text, or not encode."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
